"""A real mail server on loopback: SMTP with STARTTLS by a certificate of its own, that keeps what it is given.

What it is for: tests of `adapters.mail` over a socket. It can be told to refuse, to be busy, or to offer no STARTTLS.
"""

import datetime
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Postbox(socketserver.ThreadingTCPServer):
    """`letters` are (sender, recipients, text). `answers`: what the next recipients are answered, then 250."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder: Path, *, name: str = "localhost", starttls: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.letters: list[tuple[str, list[str], str]] = []
        self.answers: list[str] = []
        self.logins: list[str] = []
        self.secured: list[bool] = []
        self.ca_file, key_file = folder / "mail-ca.pem", folder / "mail-key.pem"
        _certify(name, self.ca_file, key_file)
        self.starttls = starttls
        self.trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.trust.load_cert_chain(self.ca_file, key_file)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    """RFC 5321, as far as a client of ours speaks it."""

    server: Postbox

    def handle(self) -> None:
        self.secure, self.sender = False, ""
        self.to: list[str] = []
        self.say("220 postbox")
        while line := self.rfile.readline():
            text = line.decode().strip()
            verb = text[:4].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"on_{verb.lower()}", lambda _: self.say("250 ok"))(text)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def on_ehlo(self, text: str) -> None:
        offers = ["postbox", *(["STARTTLS"] if self.server.starttls and not self.secure else []), "AUTH PLAIN"]
        for offer in offers[:-1]:
            self.say(f"250-{offer}")
        self.say(f"250 {offers[-1]}")

    def on_star(self, text: str) -> None:
        if not self.server.starttls:
            return self.say("502 no")
        self.say("220 go on")
        wrapped: Any = self.server.trust.wrap_socket(self.request, server_side=True)
        self.request, self.secure = wrapped, True
        self.rfile, self.wfile = wrapped.makefile("rb"), wrapped.makefile("wb", buffering=0)
        return None

    def on_auth(self, text: str) -> None:
        self.server.logins.append(text)
        self.say("235 ok")

    def on_mail(self, text: str) -> None:
        self.sender, self.to = text, []
        self.say("250 ok")

    def on_rcpt(self, text: str) -> None:
        answer = self.server.answers.pop(0) if self.server.answers else "250 ok"
        if answer.startswith("250"):
            self.to.append(text)
        self.say(answer)

    def on_data(self, text: str) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            lines.append(line.removeprefix(".") if line.startswith("..") else line)
        self.server.letters.append((self.sender, self.to, "".join(lines)))
        self.server.secured.append(self.secure)
        self.say("250 taken")


@contextmanager
def postbox(folder: Path, **how: Any) -> Iterator[Postbox]:
    """Served until the end of the block."""
    with Postbox(folder, **how) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)


def _certify(name: str, certificate_file: Path, key_file: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
