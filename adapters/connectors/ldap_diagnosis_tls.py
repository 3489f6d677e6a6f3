"""The first two steps to a directory: does anything answer at its address, and is it who it says.

Spec: RFC 4511 §4.14 (StartTLS), RFC 4513 §3.1.3, RFC 9525 §6 (server identity), RFC 5280 §4.1.
Deliberately sends nothing but the handshake on the connection that shows a chain without believing it: whom nobody
vouched for is told no name and no password.
"""

import errno
import hashlib
import socket
import ssl
from contextlib import closing
from datetime import UTC
from typing import Any, cast
from urllib.parse import urlsplit

from cryptography import x509
from ldap3 import NONE, SAFE_SYNC, Connection, Server
from ldap3.core.exceptions import LDAPExceptionError, LDAPExtensionError, LDAPStartTLSError

from adapters.connectors.ldap_connection import BROKEN, close_connection
from adapters.connectors.ldap_settings import DEFAULT_PORTS, LdapSettings
from adapters.connectors.ldap_tls import VerifiedTls, pin_of, verifying_context
from idp.errors import Unavailable
from idp.ports.diagnosis import Certificate

EXPIRED, NOT_YET = 10, 9
_VERIFY = {EXPIRED: "expired", NOT_YET: "not-yet", 62: "other-name", 64: "other-name"}
_UNTRUSTED = {2, 18, 19, 20, 21}
LONGEST_CHAIN = 10


class Faulty(Exception):
    """What is wrong at a step: a word, the raw code, and what fills its sentence."""

    def __init__(self, fault: str, code: str, **facts: str) -> None:
        super().__init__(fault)
        self.fault, self.code, self.facts = fault, code, facts


def knock(settings: LdapSettings, url: str) -> dict[str, str]:
    """Resolve the name and open its door. Raises Faulty: dns, refused, silent, unreachable."""
    host, port = _door(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Faulty("dns", _unresolved(error), host=host) from error
    patience = settings.connect_timeout.total_seconds()
    failure: Faulty | None = None
    for family, kind, protocol, _, address in found[:4]:
        try:
            with socket.socket(family, kind, protocol) as held:
                held.settimeout(patience)
                held.connect(address)
            return {"host": host, "port": str(port), "address": str(address[0])}
        except OSError as error:
            failure = failure or _closed(error, host, port)
    raise failure or Faulty("dns", "no address", host=host)


def shown_chain(settings: LdapSettings, url: str) -> tuple[Certificate, ...]:
    """The certificates that are shown there, its own first; empty when no TLS came about."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Only to show an administrator what answers: nothing is sent on this connection, and nothing it says is believed.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with closing(_Line(settings, url, VerifiedTls(context))) as line:
            line.protect()
            return tuple(_certificate(one) for one in _chain(line.held.socket))
    except (*BROKEN, Faulty):
        return ()


def protect(settings: LdapSettings, url: str) -> None:
    """A handshake that is believed. Raises Faulty: untrusted, other-name, expired, not-yet, not-pinned, no-tls …"""
    try:
        tls = VerifiedTls(verifying_context(settings), settings.pins)
    except Unavailable as error:
        raise Faulty("ca-unusable", "", why=error.detail) from error
    host, _ = _door(url)
    try:
        with closing(_Line(settings, url, tls)) as line:
            line.protect()
    except BROKEN as error:
        if tls.unpinned:
            raise Faulty("not-pinned", "", pin=tls.unpinned) from error
        if tls.refusal is not None:
            code = tls.refusal.verify_code
            fault = "untrusted" if code in _UNTRUSTED else _VERIFY.get(code, "refused")
            raise Faulty(fault, f"X509 {code} {tls.refusal.verify_message}", host=host) from error
        if isinstance(error, LDAPStartTLSError):
            raise Faulty("no-starttls", str(error)[:200], host=host) from error
        raise Faulty("no-tls", _said(error), host=host) from error


class _Line:
    """One connection that is looked at and closed."""

    def __init__(self, settings: LdapSettings, url: str, tls: VerifiedTls) -> None:
        host, port = _door(url)
        self._plain = urlsplit(url).scheme == "ldap"
        server = Server(
            host, port=port, use_ssl=not self._plain, tls=tls, get_info=NONE,
            connect_timeout=settings.connect_timeout.total_seconds(),
        )  # fmt: skip
        wait = max(1, int(settings.receive_timeout.total_seconds()))
        self.held = Connection(server, client_strategy=SAFE_SYNC, receive_timeout=wait, raise_exceptions=False)

    def protect(self) -> None:
        """Raises what ldap3 and ssl raise."""
        self.held.open(read_server_info=False)
        if not self._plain:
            return
        try:
            self.held.start_tls(read_server_info=False)
        except LDAPExtensionError as error:  # how ldap3 takes a refusal that is not wrapped as RFC 4511 has it
            raise LDAPStartTLSError(f"extendedResp: {error}") from error

    def close(self) -> None:
        close_connection(self.held)


def _door(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]


def _unresolved(error: OSError | UnicodeError) -> str:
    number = getattr(error, "errno", None)
    names = (one for one in dir(socket) if one.startswith("EAI_") and getattr(socket, one) == number)
    return f"{next(names, '')} {number}" if number is not None else type(error).__name__


def _closed(error: OSError, host: str, port: int) -> Faulty:
    code = f"{errno.errorcode.get(error.errno or 0, type(error).__name__)} {error.errno or ''}".strip()
    if isinstance(error, TimeoutError):
        return Faulty("silent", "ETIMEDOUT", host=host, port=str(port))
    fault = "refused" if isinstance(error, ConnectionRefusedError) else "unreachable"
    return Faulty(fault, code, host=host, port=str(port))


def _said(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    text = str(error) if isinstance(error, LDAPExceptionError) or not reason else str(reason)
    return f"{type(error).__name__}: {text}"[:200]


def _chain(wrapped: Any) -> list[bytes]:
    """All that were shown; the first alone where Python does not tell the others."""
    inner = getattr(wrapped, "_sslobj", None)
    tell = getattr(inner, "get_unverified_chain", None)  # public since Python 3.13
    if tell is not None:
        return [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in (tell() or [])[:LONGEST_CHAIN]]
    return [cast(bytes, wrapped.getpeercert(binary_form=True))]


def _certificate(der: bytes) -> Certificate:
    read = x509.load_der_x509_certificate(der)
    expires = read.not_valid_after_utc.astimezone(UTC)
    digest = hashlib.sha256(der).hexdigest()
    return Certificate(read.subject.rfc4514_string(), read.issuer.rfc4514_string(), expires, digest, pin_of(der))
