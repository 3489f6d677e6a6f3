"""A person changes the password that their directory keeps, through us, where the department allows it.

Spec: RFC 3062 (password modify), as the person; MS-ADTS §3.1.1.3.1.5 (unicodePwd: the old value taken away and the new
one added in one request), as the read-only account, which Active Directory lets do so with the old password alone.
Deliberately proves the old password by a bind first, and sets none without it: that is the help desk's, over there.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from ldap3 import MODIFY_ADD, MODIFY_DELETE, Connection

from adapters.connectors import ldap_ppolicy
from adapters.connectors.ldap_connection import AWAY, Answer, Away, bind_account, rebind, translated
from adapters.connectors.ldap_settings import LdapSettings
from adapters.connectors.ldap_states import password_state
from adapters.connectors.ldap_vendors import Change
from idp.errors import Invalid, Unavailable

MODIFY_OID = "1.3.6.1.4.1.4203.1.11.1"
# constraintViolation, unwillingToPerform. By RFC 3062 the latter is a server that takes no writes, a read-only replica.
AGAINST_RULES: Mapping[Change, frozenset[int]] = {"rfc3062": frozenset({19}), "unicodePwd": frozenset({19, 53})}
INSUFFICIENT_RIGHTS = 50


def change_password(settings: LdapSettings, connection: Connection, dn: str, old: bytes, new: bytes) -> None:
    """Set a new password; `old` and `new` in UTF-8, neither empty.

    Raises:
        ProofRejected: the old one is not right, or the account may not be used.
        Invalid: the directory refuses the new one, or lets nobody change one that has expired.
        Unavailable: it did not answer, or lets nobody change passwords.
    """
    with translated(settings, "bind"):
        result = rebind(connection, dn, old, [ldap_ppolicy.REQUEST])
    state = password_state(settings, result)
    if state.expired and settings.vendor.changes_by == "rfc3062":
        raise Invalid(
            "Your password has expired. Ask your help desk for a new one.", "expired: no bind to change it by"
        )
    result = _WAYS[settings.vendor.changes_by](settings, connection, dn, old, new)
    told = f"{result['description']} {result['message']}".rstrip()
    if result["result"] in AGAINST_RULES[settings.vendor.changes_by]:
        raise Invalid("Your department's rules refuse this password. Choose another one.", f"password change: {told}")
    if result["result"] == INSUFFICIENT_RIGHTS:
        told = f"change_password: {told}; let people write their own password there, or write change_password = false"
        raise Unavailable(settings.department, told)
    if result["result"] != 0:
        kind = Away if result["result"] in AWAY else Unavailable
        raise kind(settings.department, f"password change: the directory answered {told}; see its log")


def _modify(settings: LdapSettings, connection: Connection, dn: str, old: bytes, new: bytes) -> dict[str, Any]:
    """As the person who is bound. Spec: RFC 3062 §2."""
    body = _element(0x80, dn.encode()) + _element(0x81, old) + _element(0x82, new)
    with translated(settings, "password change"):
        answer = connection.extended(MODIFY_OID, _element(0x30, body), no_encode=True)
    return cast(Answer, answer)[1]


def _unicode(settings: LdapSettings, connection: Connection, dn: str, old: bytes, new: bytes) -> dict[str, Any]:
    """As the account, since who must change a password cannot bind. Spec: MS-ADTS §3.1.1.3.1.5."""
    bind_account(settings, connection, settings.urls[0])
    values = [f'"{one.decode()}"'.encode("utf-16-le") for one in (old, new)]
    changes = {"unicodePwd": [(MODIFY_DELETE, values[:1]), (MODIFY_ADD, values[1:])]}
    connection.read_only = False
    try:
        with translated(settings, "password change"):
            answer = connection.modify(dn, changes)  # type: ignore[no-untyped-call]
    finally:
        connection.read_only = True
        connection.request = None
    return cast(Answer, answer)[1]


_Way = Callable[[LdapSettings, Connection, str, bytes, bytes], dict[str, Any]]
_WAYS: dict[Change, _Way] = {"rfc3062": _modify, "unicodePwd": _unicode}


def _element(tag: int, content: bytes) -> bytes:
    """Definite length, in its shortest form. Spec: X.690 §8.1.3."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
