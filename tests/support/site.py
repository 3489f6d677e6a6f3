"""Real servers on loopback that answer exactly what a test says, octet by octet, with or without TLS.

`Authority` issues certificates; `Site` listens, keeps what was asked, and answers by path: octets, or a function that
is given the connection. What it does not do: any HTTP of its own, so that answers can be as wrong as needed.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Speech = bytes | Callable[[socket.socket], None]


class Authority:
    """A certificate authority of the test. `file` is what a client trusts."""

    def __init__(self, folder: Path, name: str = "Test authority") -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue(self, *names: str) -> tuple[Path, Path]:
        """(certificate, private key) of these DNS names and addresses, as PEM files."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        built = self._builder(subject, key).add_extension(
            x509.SubjectAlternativeName(list(map(_general, names))), False
        )
        held = self.folder / f"{names[0]}.crt", self.folder / f"{names[0]}.key"
        held[0].write_bytes(built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        held[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
        return held

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now, number = datetime.now(UTC) - timedelta(minutes=5), x509.random_serial_number()
        return x509.CertificateBuilder(self._name, subject, key.public_key(), number, now, now + timedelta(days=2))


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclass
class Site:
    """What answers at one port. `asked`: the head of each request, as it came."""

    port: int
    says: dict[str, Speech] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [head.split(" ")[1] for head in self.asked]

    def answer(self, line: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            more = line.recv(65536)
            if not more:
                return
            head += more
        self.asked.append(head.decode("latin-1"))
        speech = self.says.get(self.paths[-1].partition("?")[0], b"HTTP/1.1 404 Nothing\r\nContent-Length: 0\r\n\r\n")
        if isinstance(speech, bytes):
            line.sendall(speech)
        else:
            speech(line)


def page(body: bytes | str, *headers: str, content_type: str = "application/json", status: str = "200 OK") -> bytes:
    """An honest answer."""
    octets = body.encode() if isinstance(body, str) else body
    head = (f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(octets)}", *headers)
    return "\r\n".join(head).encode() + b"\r\n\r\n" + octets


@contextmanager
def site(
    tls: ssl.SSLContext | tuple[Path, Path] | None = None, address: str = "127.0.0.1", port: int = 0
) -> Iterator[Site]:
    """A listening site; gone at the end. `tls`: certificate and key, or a whole context."""
    context = _context(*tls) if isinstance(tls, tuple) else tls
    with socket.create_server((address, port)) as door:
        held, over = Site(door.getsockname()[1]), threading.Event()

        def speak(line: socket.socket) -> None:
            with suppress(OSError), line:
                line.settimeout(10)
                held.answer(context.wrap_socket(line, server_side=True) if context else line)

        def listen() -> None:
            while not over.is_set():
                with suppress(OSError):
                    threading.Thread(target=speak, args=(door.accept()[0],), daemon=True).start()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            yield held
        finally:
            over.set()
            with suppress(OSError), socket.socket() as bell:
                bell.connect((address, held.port))
            listener.join(2)


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
