"""Letters by SMTP, each handed over while the caller waits: the outbox, which keeps and tries them again.

The server is verified (STARTTLS or TLS; without either only on this machine), and a letter that could carry another
header, another recipient or nothing is refused. In a demonstration without a server, letters become files. Nothing of
a letter stands in a log.
Spec: RFC 5321, RFC 5322 §2.2, RFC 3207, RFC 8314 §3.3. Deliberately not here: what is written, to whom, and when.
"""

import os
import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from config.settings import Mail as MailSettings
from idp.errors import Invalid, Unavailable, Undeliverable

LONGEST_SUBJECT = 200
LINES = SMTP.clone(cte_type="7bit")
"""Readable to every server, whatever it announces."""

NO_SERVER = "no server"
"""Why nothing is sent where `mail.server` is empty."""

Deliver = Callable[[EmailMessage], None]


class OutgoingMail:
    """`idp.ports.Mail`."""

    def __init__(self, deliver: Deliver, sender: str) -> None:
        self._deliver, self._sender = deliver, sender

    def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        """Hand one letter over. Raises Invalid, Undeliverable, Unavailable."""
        letter = letter_of(self._sender, to, subject, text, html)
        try:
            self._deliver(letter)
        except (OSError, smtplib.SMTPException) as error:  # its words may quote the letter; its name does not
            raise Unavailable("mail", type(error).__name__) from None


def letter_of(sender: str, to: str, subject: str, text: str, html: str | None = None) -> EmailMessage:
    """One letter to one person. Raises Invalid: an address that is none, or a line break where none may be."""
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        raise Invalid("mail subject", "a subject must be one printable line")
    letter = EmailMessage(policy=LINES)
    try:
        letter["From"], letter["To"] = _one(sender), _one(to)
        letter["Subject"] = subject
        letter["Date"] = format_datetime(datetime.now(UTC))
        letter["Message-ID"] = f"<{os.urandom(16).hex()}@{sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answer comes back
        letter.set_content(text)
        if html is not None:
            letter.add_alternative(html, subtype="html")
    except (ValueError, MessageError, IndexError) as error:
        raise Invalid("mail address", "the letter cannot be written") from error
    return letter


def _one(address: str) -> Address:
    """Exactly one bare address: no names, lists, groups, comments or white space. Raises ValueError."""
    if not address.isprintable() or len(address) > 254 or any(letter in address for letter in ' ,;:<>()[]\\"'):
        raise ValueError("not one bare address")
    name, at, domain = address.rpartition("@")
    if not (name and at and domain) or "@" in name:
        raise ValueError("not an address")
    return Address(username=name, domain=domain)


def by_smtp(settings: MailSettings) -> Deliver:
    """One connection for each letter. Raises ValueError: a file of the settings cannot be read."""
    try:
        trust = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
        password = settings.password_file.read_text(encoding="utf-8").strip() if settings.password_file else ""
    except OSError as error:
        raise ValueError(f"mail: {error.filename or settings.ca_file}: {error.strerror or error}") from error
    trust.minimum_version = ssl.TLSVersion.TLSv1_2

    def deliver(letter: EmailMessage) -> None:
        with _connected(settings, trust) as server:
            if settings.user:
                server.login(settings.user, password)
            try:
                server.send_message(letter)
            except smtplib.SMTPRecipientsRefused as error:
                codes = [code for code, _ in error.recipients.values()]
                if all(code >= 500 for code in codes):
                    raise Undeliverable("refused") from error
                raise
            except smtplib.SMTPResponseException as error:
                if error.smtp_code >= 500:
                    raise Undeliverable("refused") from error
                raise

    return deliver


def _connected(settings: MailSettings, trust: ssl.SSLContext) -> smtplib.SMTP:
    """A connection that is verified before anything is said on it; a server without STARTTLS is refused."""
    own_name = settings.sender.rpartition("@")[2] or "localhost"  # ours to say: the machine's is nobody's business
    where, patience = (settings.server, settings.port, own_name), settings.timeout_seconds
    if settings.tls == "tls":
        return smtplib.SMTP_SSL(*where, timeout=patience, context=trust)
    server = smtplib.SMTP(*where, timeout=patience)
    if settings.tls == "starttls":
        try:
            server.starttls(context=trust)
        except BaseException:
            server.close()
            raise
    return server


def into_folder(folder: Path) -> Deliver:
    """Each letter a file, newest last by name: for a demonstration."""

    def deliver(letter: EmailMessage) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.urandom(3).hex()}.eml"
        (folder / name).write_bytes(letter.as_bytes())

    return deliver


def nowhere(letter: EmailMessage) -> None:
    """No server is configured. Raises Undeliverable."""
    raise Undeliverable(NO_SERVER)
