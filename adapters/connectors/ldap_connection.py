"""One verified connection to one replica: opened, protected, bound; and every driver exception turned into ours.

Spec: RFC 4511 §4.14 (StartTLS), RFC 4513 §3.1 (server identity), §5.1 (simple bind), RFC 8996 (TLS 1.2 at least).
Deliberately replaces ldap3's own TLS wrapping, which verifies nothing unless asked, and follows no referral: a password
is never sent to a server that the operator did not name.
"""

import contextlib
import math
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from ldap3 import NONE, SAFE_SYNC, Connection, Server, Tls
from ldap3.core.exceptions import LDAPExceptionError
from pyasn1.error import PyAsn1Error

from adapters.connectors.ldap_canary import nobody
from adapters.connectors.ldap_deadline import BoundedTls, bound, bounded
from adapters.connectors.ldap_settings import DEFAULT_PORTS, LdapSettings
from idp.errors import Unavailable

BROKEN = (LDAPExceptionError, OSError, PyAsn1Error, ValueError, TypeError, IndexError, KeyError, AttributeError)
"""What ldap3 raises when the other side goes away or speaks nonsense: its decoder lets Python's own errors through."""

Answer = tuple[bool, dict[str, Any], list[dict[str, Any]] | None, dict[str, Any] | None]
"""What SAFE_SYNC returns: success, the result, the entries, the request."""

AWAY = {1, 3, 8, 10, 11, 13, 51, 52, 80}
"""Result codes by which a server says that it cannot serve now: operationsError, timeLimitExceeded,
strongerAuthRequired, referral, adminLimitExceeded, confidentialityRequired, busy, unavailable, other.
None of them says anything of a password."""

_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
_KEEPIDLE = getattr(socket, "TCP_KEEPIDLE", None)
_HOST_ERRORS = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_TRUST_ERRORS = {2, 18, 19, 20, 21}  # no issuer found, self-signed, unverifiable: not our CA


class Away(Unavailable):
    """The directory did not answer, or says that it cannot serve: what the breaker counts."""


class VerifiedTls(Tls):
    """Always verifies chain and name by the operator's CA; keeps what the refusal was, for the plain cause."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = context
        self.refusal: ssl.SSLCertVerificationError | None = None
        self.certificate_expires: datetime | None = None

    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:
        """Handshake now, under the receive timeout; the context checks chain, name and version.

        Spec: RFC 4513 §3.1.3, RFC 9525 §6.
        """
        plain: socket.socket = connection.socket
        if _QUICKACK is not None:
            # Without it the server's second flight waits about 40 ms for our delayed acknowledgement.
            plain.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if _KEEPIDLE is not None:
            plain.setsockopt(socket.IPPROTO_TCP, _KEEPIDLE, 60)  # before a firewall forgets the kept connection
        try:
            wrapped = self._context.wrap_socket(plain, server_hostname=connection.server.host)
        except ssl.SSLCertVerificationError as error:
            self.refusal = error
            raise
        certificate = wrapped.getpeercert() or {}
        if ends := certificate.get("notAfter"):
            self.certificate_expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(ends)), UTC)
        connection.socket = wrapped


def verifying_context(settings: LdapSettings) -> ssl.SSLContext:
    """A client context that trusts the department's CA and nobody else.

    Raises:
        Unavailable: the CA file cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # CERT_REQUIRED and check_hostname from the start
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = BoundedTls
    try:
        context.load_verify_locations(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        told = f"ca_file: {settings.ca_file} holds no certificate that can be used ({error}); give the CA's PEM file"
        raise Unavailable(settings.department, told) from error
    return context


@contextmanager
def translated(settings: LdapSettings, doing: str) -> Iterator[None]:
    """Turn whatever the driver raises while `doing` into Away with its cause.

    Safe: inside stands only the driver's call, so that an error of ours is never mistaken for a directory that is away.

    Raises:
        Away: any failure.
    """
    try:
        yield
    except BROKEN as error:
        raise Away(settings.department, f"{doing}: {error or type(error).__name__}") from error


def open_connection(
    settings: LdapSettings, context: ssl.SSLContext, url: str, *, bind: bool, until: float = math.inf
) -> Connection:
    """Connect to one replica, protect the connection, see that it refuses what it must, and bind the read-only account
    when `bind` is asked.

    Args:
        until: of `time.monotonic`; by then it is done.
    Raises:
        Away: with the setting to look at and what to do.
    """
    parts = urlsplit(url)
    tls = VerifiedTls(context)
    server = Server(
        parts.hostname or "",
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        use_ssl=parts.scheme == "ldaps",
        tls=tls,
        get_info=NONE,
        connect_timeout=settings.connect_timeout.total_seconds(),
    )
    connection = Connection(
        server,
        client_strategy=SAFE_SYNC,
        receive_timeout=math.ceil(settings.receive_timeout.total_seconds()),
        auto_referrals=False,
        auto_range=False,
        check_names=False,
        read_only=True,
        raise_exceptions=False,
    )
    try:
        connection.open(read_server_info=False)
        connection.socket = bounded(connection.socket)
        bound(connection.socket, until)
        if parts.scheme == "ldap":
            connection.start_tls(read_server_info=False)
        if not isinstance(connection.socket, ssl.SSLSocket):
            raise ssl.SSLError(
                "the connection is not protected"
            )  # no password leaves without TLS, whatever came before
        bound(connection.socket, until)
        _refuse_credulous(settings, connection, url)
        if bind:
            _bind_account(settings, connection, url)
    except BROKEN as error:
        close_connection(connection)
        raise Away(settings.department, _cause(settings, url, tls, error)) from error
    except Unavailable:
        close_connection(connection)
        raise
    return connection


def close_connection(connection: Connection) -> None:
    """Close the socket without a word: saying goodbye to a frozen server would wait for it."""
    with contextlib.suppress(*BROKEN):  # it was closed already: nothing is left to leak
        connection.strategy.close()


def rebind(connection: Connection, dn: str, password: bytes, controls: list[Any] | None = None) -> dict[str, Any]:
    """Bind anew on an open connection and leave no password behind in it. Returns the result.

    `password` goes as bytes: ldap3 would pass text through SASLprep, and the person's password would be another one.

    Raises:
        ldap3's exceptions: the caller translates.
        ValueError: empty (RFC 4513 §5.1.2: it would succeed as nobody).
    """
    if not password or not dn:
        raise ValueError("a bind needs a name and a password")
    try:
        # The stubs know only the strategies that return a flag; SAFE_SYNC returns an Answer.
        _, result, _, _ = cast(Answer, connection.rebind(dn, password, read_server_info=False, controls=controls))
    finally:
        connection.password = None
        connection.request = None
    return result


def certificate_expiry(connection: Connection) -> datetime | None:
    """When the certificate that this connection was verified by ends."""
    tls = connection.server.tls
    return tls.certificate_expires if isinstance(tls, VerifiedTls) else None


def _refuse_credulous(settings: LdapSettings, connection: Connection, url: str) -> None:
    """Raises Away: it said yes to what must be refused, or cannot answer now."""
    result = rebind(connection, *nobody(settings.base_dn))
    if result["result"] == 0:
        fix = "see what answers at that address; no password is believed from there"
        raise Away(settings.department, f"urls: {url} accepts any password: nobody was let in with a random one; {fix}")
    if result["result"] in AWAY:
        raise Away(settings.department, f"urls: {url} answered {result['description']} to a bind; see its log")


def _bind_account(settings: LdapSettings, connection: Connection, url: str) -> None:
    what = settings.department
    try:
        secret = settings.bind_password()
    except (OSError, ValueError) as error:
        told = f"bind_password_file: {settings.bind_password_file}: {error}; write the password of bind_dn into it"
        raise Away(what, told) from error
    result = rebind(connection, settings.bind_dn, secret)
    if result["result"] == 49:
        fix = f"put the right password into {settings.bind_password_file}, or correct bind_dn"
        raise Away(what, f"bind_password_file: {url} refused {settings.bind_dn}; {fix}")
    if result["result"] != 0:
        told = f"bind_dn: {url} answered {result['description']} to {settings.bind_dn} ({result['message']})"
        raise Away(what, f"{told}; see that this account may bind")


def _cause(settings: LdapSettings, url: str, tls: VerifiedTls, error: Exception) -> str:
    if tls.refusal is None:
        if isinstance(error, ssl.SSLError) or "ssl" in str(error).lower() or "startTLS" in str(error):
            return f"urls: no TLS with {url} ({error}); see whether it speaks ldaps:// or StartTLS, at TLS 1.2 or later"
        return f"urls: {url} does not answer ({error}); see that the directory runs and that this address is right"
    code, told = tls.refusal.verify_code, tls.refusal.verify_message
    if code in _HOST_ERRORS:
        return f"urls: the certificate of {url} is for another name ({told}); use a name that stands in the certificate"
    if code in _TRUST_ERRORS:
        return f"ca_file: {settings.ca_file} did not sign the certificate of {url} ({told}); give the CA that did"
    return f"urls: the certificate of {url} is refused ({told}); renew it"
