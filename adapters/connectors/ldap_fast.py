"""The same connection by python-ldap, for departments that ask for it: `library = "python-ldap"`, `gerege[fast-ldap]`.

Spec: RFC 4511 §4.2, §4.5, §4.12 (bind, search, extended), RFC 4513 §3.1.3 (server identity), RFC 2696 (paging).
It has of ldap3's `Connection` what the connector asks of one, and answers in its shapes, so that nothing above knows
which library it is. TLS is libldap's own: chain and name verified, 1.2 at least; our pins are compared after it. Why a
handshake failed libldap does not say: a second one by ldap3 finds the cause. Deliberately bounds time alone: what an
answer weighs is known here only when it is whole.
"""

import contextlib
import time
from collections.abc import Mapping, Sequence
from datetime import UTC
from types import SimpleNamespace
from typing import Any

import ldap
from cryptography import x509
from ldap.controls import SimplePagedResultsControl
from ldap.ldapobject import SimpleLDAPObject
from ldap3 import BASE, SASL
from ldap3.core.results import RESULT_CODES

from adapters.connectors.ldap_connection import Answer
from adapters.connectors.ldap_deadline import _Bounded
from adapters.connectors.ldap_settings import LdapSettings
from adapters.connectors.ldap_stream import PAGED, Page, Row
from adapters.connectors.ldap_tls import VerifiedTls, pin_of

_CHANGES = {"MODIFY_ADD": ldap.MOD_ADD, "MODIFY_DELETE": ldap.MOD_DELETE, "MODIFY_REPLACE": ldap.MOD_REPLACE}
_TLS_1_2 = 0x303
Controls = Sequence[tuple[str, bool, bytes | None]]


class _Line(_Bounded):
    """Where the deadline of a question stands, and the descriptor that says whether the other side spoke."""

    def __init__(self, held: SimpleLDAPObject) -> None:
        self._held = held

    def fileno(self) -> int:
        return int(self._held.fileno())


class FastConnection:
    """One connection to one replica. Whatever libldap itself could not do is a ConnectionError or a TimeoutError."""

    def __init__(self, settings: LdapSettings, url: str, tls: VerifiedTls, until: float) -> None:
        self.server = SimpleNamespace(tls=tls)
        self.strategy, self.closed = self, False
        self.password: object = None
        self.request: object = None
        self.read_only = True
        self.sasl_credentials: object = None
        self._patience = settings.receive_timeout.total_seconds()
        self._held = SimpleLDAPObject(url)
        self.socket = _Line(self._held)
        self.socket.until = until
        self._prepare(settings)
        if url.startswith("ldap://"):
            self._answer(self._held._l.start_tls_s)

    def rebind(self, user: str = "", password: bytes = b"", *, controls: Any = None, **how: Any) -> Answer:
        """A simple bind; EXTERNAL where `authentication` is SASL. Spec: RFC 4511 §4.2."""
        if how.get("authentication") == SASL:
            return self._answer(lambda: self._held.sasl_external_bind_s())
        return self._ask(lambda: self._held._l.simple_bind(user, password, _encoded(controls), None))

    def search(self, base: str, query: str, scope: Any, **how: Any) -> Answer:
        """As ldap3's, with what came before a limit was reached. Spec: RFC 4511 §4.5."""
        asked = self._begin(
            lambda: self._held._l.search_ext(
                base, _scope(scope), query, how["attributes"], 0, None, None, self._left(), how["size_limit"]
            )
        )
        rows: list[Row] = []
        while True:
            kind, result, found, _ = self._take(asked, whole=False)
            rows += found
            if kind != ldap.RES_SEARCH_ENTRY and kind != ldap.RES_SEARCH_REFERENCE:
                return result["result"] == 0, result, rows, None

    def page(self, base: str, query: str, attributes: list[str], size: int, cookie: bytes) -> Page:
        """One page of everything. Spec: RFC 2696."""
        control = SimplePagedResultsControl(True, size=size, cookie=cookie)
        controls = [(PAGED.decode(), True, control.encodeControlValue())]
        asked = self._begin(
            lambda: self._held._l.search_ext(
                base, ldap.SCOPE_SUBTREE, query, attributes, 0, controls, None, self._patience, 0
            )
        )
        _, result, rows, told = self._take(asked, whole=True)
        if (value := told.get(PAGED.decode())) is None:
            return Page(rows, result, b"")
        control.decodeControlValue(value)
        return Page(rows, result, bytes(control.cookie or b""))

    def extended(self, oid: str, value: bytes, **how: Any) -> Answer:
        """Spec: RFC 4511 §4.12."""
        return self._ask(lambda: self._held._l.extop(oid, value, None, None))

    def modify(self, dn: str, changes: Mapping[str, Sequence[tuple[str, list[bytes]]]]) -> Answer:
        """Spec: RFC 4511 §4.6."""
        listed = [(_CHANGES[kind], name, values) for name, parts in changes.items() for kind, values in parts]
        return self._ask(lambda: self._held._l.modify_ext(dn, listed, None, None))

    def close(self) -> None:
        self.closed = True
        with contextlib.suppress(ldap.LDAPError, AttributeError):
            self._held.unbind_ext()

    def require_pin(self, pins: tuple[str, ...]) -> None:
        """After the handshake. Raises ConnectionError: its key is none of those that were named."""
        certificate = self._held.get_option(ldap.OPT_X_TLS_PEERCERT)
        self.server.tls.certificate_expires = x509.load_der_x509_certificate(
            certificate
        ).not_valid_after_utc.astimezone(UTC)
        found = pin_of(certificate)
        if pins and found not in pins:
            self.server.tls.unpinned = found
            raise ConnectionError(f"the key is {found}, which is not pinned")

    def _prepare(self, settings: LdapSettings) -> None:
        options = {
            ldap.OPT_PROTOCOL_VERSION: ldap.VERSION3,
            ldap.OPT_REFERRALS: 0,
            ldap.OPT_DEREF: ldap.DEREF_NEVER,
            ldap.OPT_NETWORK_TIMEOUT: settings.connect_timeout.total_seconds(),
            ldap.OPT_TIMEOUT: self._patience,
            ldap.OPT_X_KEEPALIVE_IDLE: 60,
            ldap.OPT_X_TLS_CACERTFILE: str(settings.ca_file),
            ldap.OPT_X_TLS_REQUIRE_CERT: ldap.OPT_X_TLS_DEMAND,
            ldap.OPT_X_TLS_PROTOCOL_MIN: _TLS_1_2,
        }
        if settings.client_certificate_file is not None:
            options[ldap.OPT_X_TLS_CERTFILE] = str(settings.client_certificate_file)
            options[ldap.OPT_X_TLS_KEYFILE] = str(settings.client_key_file)
        for name, value in (options | {ldap.OPT_X_TLS_NEWCTX: 0}).items():  # in that order: the context takes the rest
            self._held.set_option(name, value)

    def _left(self) -> float:
        """Seconds. Raises TimeoutError."""
        left = min(self._patience, self.socket.until - time.monotonic())
        if left <= 0:
            raise TimeoutError("timed out: the answer came too slowly")
        return left

    def _ask(self, send: Any) -> Answer:
        _, result, rows, told = self._take(self._begin(send), whole=True)
        result["controls"] = {oid: {"value": value} for oid, value in told.items()}
        return result["result"] == 0, result, rows, None

    def _begin(self, send: Any) -> int:
        with _local():
            return int(send())

    def _answer(self, call: Any) -> Answer:
        """Of a call that waits by itself."""
        try:
            with _local():
                call()
        except ldap.LDAPError as error:
            return False, _result(error), [], None
        return True, _result(None), [], None

    def _take(
        self, asked: int, *, whole: bool
    ) -> tuple[int | None, dict[str, Any], list[Row], dict[str, bytes | None]]:
        try:
            with _local():
                kind, found, _, controls, *_ = self._held._l.result4(asked, int(whole), self._left(), 0, 0, 0)
        except ldap.LDAPError as error:
            told = error.args[0].get("ctrls", ()) if error.args else ()
            return None, _result(error), [], {oid: value for oid, _, value in told}
        rows = [
            {"type": "searchResEntry", "dn": dn, "raw_attributes": values}
            for dn, values in found or ()
            if dn is not None
        ]
        return kind, _result(None), rows, {oid: value for oid, _, value in controls or ()}


@contextlib.contextmanager
def _local() -> Any:
    """What libldap could not do is told apart from what a server answered: its numbers are negative."""
    try:
        yield
    except ldap.TIMEOUT as error:
        raise TimeoutError("timed out: the answer came too slowly") from error
    except ldap.LDAPError as error:
        told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        if told.get("result", -1) <= 0:
            raise ConnectionError(f"{told.get('desc', error)} {told.get('info', '')}".rstrip()) from error
        raise


def _result(error: ldap.LDAPError | None) -> dict[str, Any]:
    """As ldap3's."""
    told = error.args[0] if error is not None else {}
    code = int(told.get("result", 0))
    return {"result": code, "description": RESULT_CODES.get(code, str(code)), "message": told.get("info", "")}


def _encoded(controls: Any) -> Controls | None:
    return [(oid, bool(critical), value) for oid, critical, value in controls] if controls else None


def _scope(scope: Any) -> int:
    return int(ldap.SCOPE_BASE if scope == BASE else ldap.SCOPE_SUBTREE)
