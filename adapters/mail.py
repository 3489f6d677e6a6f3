"""Mails leave by SMTP, behind the answer that caused them: a bounded row in this process, each letter tried four times.

The server is verified (STARTTLS or TLS; without either only on this machine), and a letter that could carry another
header, another recipient or nothing is refused before it stands in the row. What cannot be handed over is told as lost.
In a demonstration without a server, letters become files. Nothing of a letter stands in a log.
Spec: RFC 5321, RFC 5322 §2.2, RFC 3207, RFC 8314 §3.3. Deliberately not here: what is written, and to whom. What waits
in the row is lost with the process: these are notices, the thing itself waits in the stores.
"""

import heapq
import itertools
import logging
import os
import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from config.settings import Mail as MailSettings
from idp.errors import Invalid

ROOM = 500
"""Letters in the row. One more is lost at once, and told so."""
WAITS = (2.0, 15.0, 60.0)
"""Seconds before the second, third and fourth try."""
CLOSING_SECONDS = 3.0
LONGEST_SUBJECT = 200
LINES = SMTP.clone(cte_type="7bit")
"""Readable to every server, whatever it announces."""

Deliver = Callable[[EmailMessage], None]
log = logging.getLogger("gerege.mail")


class Undeliverable(Exception):
    """The server said that it never will (5xx)."""


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at: float
    number: int
    letter: EmailMessage = field(compare=False)
    tries: int = field(compare=False, default=0)


class BackgroundMail:
    """`idp.ports.Mail`. One thread, begun with the first letter, so that a fork before it harms nothing."""

    def __init__(
        self,
        deliver: Deliver,
        sender: str,
        lost: Callable[[str], None],
        *,
        room: int = ROOM,
        waits: tuple[float, ...] = WAITS,
    ) -> None:
        """`lost` hears why, in one word of ours."""
        self._deliver, self._sender, self._lost = deliver, sender, lost
        self._room, self._waits = room, waits
        self._row: list[_Due] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        """Put a letter into the row. Raises Invalid: no such letter can be."""
        letter = letter_of(self._sender, to, subject, text, html)
        with self._changed:
            full = len(self._row) >= self._room
            if not full:
                heapq.heappush(self._row, _Due(time.monotonic(), next(self._numbers), letter))
                self._begin()
                self._changed.notify()
        if full:
            self._lose("no room")

    def close(self) -> None:
        """Let the letter under way go out, and what is due now; no longer than a moment."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(CLOSING_SECONDS)

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="mail", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (due := self._next()) is not None:
            self._try(due)

    def _next(self) -> _Due | None:
        """The next letter, when it is due; None when nothing more is to be done."""
        with self._changed:
            while True:
                wait = self._row[0].at - time.monotonic() if self._row else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._row)
                if self._closing:
                    return None
                self._changed.wait(wait)

    def _try(self, due: _Due) -> None:
        try:
            self._deliver(due.letter)
        except Undeliverable:
            self._lose("refused")
        except (OSError, smtplib.SMTPException) as error:
            log.warning("a mail could not be handed over: %s", type(error).__name__)
            self._again(due)
        except Exception:  # no trace: it could quote the letter
            log.error("a mail could not be handed over: it broke")
            self._lose("broken")

    def _again(self, due: _Due) -> None:
        if due.tries >= len(self._waits):
            self._lose("no answer")
            return
        at = time.monotonic() + self._waits[due.tries]
        with self._changed:
            heapq.heappush(self._row, _Due(at, due.number, due.letter, due.tries + 1))

    def _lose(self, why: str) -> None:
        try:
            self._lost(why)
        except Exception:
            log.exception("that a mail was lost could not be told")


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
                    raise Undeliverable from error
                raise
            except smtplib.SMTPResponseException as error:
                if error.smtp_code >= 500:
                    raise Undeliverable from error
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
    """No server is configured."""
    log.info("a mail was not sent: no server is configured (mail.server)")
