"""One verified connection to one replica: opened, protected, bound; and every driver exception turned into ours.

Spec: RFC 4511 §4.14 (StartTLS), RFC 4513 §3.1 (server identity), §5.1 (simple bind), RFC 8996 (TLS 1.2 at least).
Deliberately follows no referral: a password is never sent to a server that the operator did not name. What TLS is
believed stands in `ldap_tls`.
"""

import contextlib
import dataclasses
import importlib
import math
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from ldap3 import EXTERNAL, NONE, SAFE_SYNC, SASL, Connection, Server
from ldap3.core.exceptions import LDAPExceptionError
from pyasn1.error import PyAsn1Error

from adapters.connectors.ldap_canary import nobody
from adapters.connectors.ldap_deadline import bound, bounded
from adapters.connectors.ldap_settings import DEFAULT_PORTS, LdapSettings
from adapters.connectors.ldap_tls import VerifiedTls, cause_of
from idp.errors import Unavailable

BROKEN = (LDAPExceptionError, OSError, PyAsn1Error, ValueError, TypeError, IndexError, KeyError, AttributeError)
"""What ldap3 raises when the other side goes away or speaks nonsense: its decoder lets Python's own errors through."""

Answer = tuple[bool, dict[str, Any], list[dict[str, Any]] | None, dict[str, Any] | None]
"""What SAFE_SYNC returns: success, the result, the entries, the request."""

AWAY = {1, 3, 8, 10, 11, 13, 51, 52, 80}
"""Result codes by which a server says that it cannot serve now: operationsError, timeLimitExceeded,
strongerAuthRequired, referral, adminLimitExceeded, confidentialityRequired, busy, unavailable, other.
None of them says anything of a password."""


class Away(Unavailable):
    """The directory did not answer, or says that it cannot serve: what the breaker counts."""


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
        told = f"{doing}: {error or type(error).__name__}; see that the directory runs and is not overloaded"
        raise Away(settings.department, told) from error


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
    if settings.library == "python-ldap":
        return cast(Connection, _open_fast(settings, context, url, bind=bind, until=until))
    tls = VerifiedTls(context, settings.pins)
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
        return_empty_attributes=False,
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
            bind_account(settings, connection, url)
    except BROKEN as error:
        close_connection(connection)
        raise Away(settings.department, cause_of(settings, url, tls, error)) from error
    except Unavailable:
        close_connection(connection)
        raise
    return connection


def _open_fast(settings: LdapSettings, context: ssl.SSLContext, url: str, *, bind: bool, until: float) -> Any:
    """By the other library; see `ldap_fast`."""
    try:
        fast = importlib.import_module("adapters.connectors.ldap_fast")
    except ImportError as error:
        told = 'library: python-ldap is not installed; install gerege[fast-ldap], or write library = "ldap3"'
        raise Away(settings.department, told) from error
    connection: Any = None
    try:
        connection = fast.FastConnection(settings, url, VerifiedTls(context, settings.pins), until)
        _refuse_credulous(settings, connection, url)
        connection.require_pin(settings.pins)
        if bind:
            bind_account(settings, connection, url)
    except BROKEN as error:
        close_connection(connection)
        plain = dataclasses.replace(settings, library="ldap3")
        close_connection(open_connection(plain, context, url, bind=False, until=until))  # raises Away, with the cause
        raise Away(settings.department, f"urls: {url} does not answer ({error}); see its log") from error
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


def bind_account(settings: LdapSettings, connection: Connection, url: str) -> None:
    """Bind as the read-only account: by its password, or as who the client's certificate says.

    Raises:
        Away: with the setting to look at.
    """
    what = settings.department
    if settings.client_certificate_file is not None:
        _bind_external(settings, connection, url)
        return
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


def _bind_external(settings: LdapSettings, connection: Connection, url: str) -> None:
    """Who the certificate says, which an empty first response asks for. Spec: RFC 4513 §5.2.1.2, §5.2.3 (EXTERNAL)."""
    connection.sasl_credentials = cast(Any, b"")  # rebind() would take it for none, and OpenLDAP then waits for more
    answer = connection.rebind(authentication=SASL, sasl_mechanism=EXTERNAL, read_server_info=False)
    _, result, _, _ = cast(Answer, answer)
    if result["result"] != 0:
        told = f"{url} answered {result['description']} to the client certificate ({result['message']})"
        fix = f"see that it trusts {settings.client_certificate_file} and knows whose it is"
        raise Away(settings.department, f"client_certificate_file: {told}; {fix}")
