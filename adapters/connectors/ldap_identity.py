"""Which entry a typed name or a kept id means, as a filter; and the binary forms that Active Directory gives ids.

Spec: RFC 4515 §3 (escaping); MS-DTYP §2.3.4.2 (GUID in bytes), §2.4.2.2 (SID in bytes).
Deliberately asks nothing, and makes no name out of another: `DOMAIN\\name` is only ever the name of a named domain.
"""

import re
import uuid
from collections.abc import Mapping
from typing import Any

from ldap3.utils.conv import escape_filter_chars

from adapters.connectors.ldap_settings import LdapSettings

_PART = re.compile(r"(?:[^,+\\]|\\.)+")
_ESCAPED = re.compile(r"\\([0-9a-fA-F]{2}|.)")
_OCTETS = re.compile("(?:\udc00[0-9a-fA-F]{2})+")
_GUID = 16
_SID_HEAD = 8  # revision, count, six bytes of authority
_RID = 4


def name_filter(settings: LdapSettings, typed: str) -> str:
    """The filter of whoever is called so; the typed text is escaped."""
    names = settings.attributes
    domain, slash, account = typed.partition("\\")
    known = {one.casefold() for one in settings.netbios_domains}
    if slash and names.account_name and account and domain.casefold() in known:
        return f"({names.account_name}={escape_filter_chars(account)})"
    value = escape_filter_chars(typed)
    return f"(|{''.join(f'({name}={value})' for name in names.identifiers)})"


def id_filter(settings: LdapSettings, stable_id: str) -> str | None:
    """The filter of who has this stable id. None: nobody can have it."""
    names = settings.attributes
    if names.stable_id_form == "text":
        return f"({names.stable_id}={escape_filter_chars(stable_id)})"
    try:
        kept = uuid.UUID(stable_id)
    except ValueError:
        return None
    return f"({names.stable_id}={octets(kept.bytes_le)})" if str(kept) == stable_id else None


def stable_ids(settings: LdapSettings, raw: Mapping[str, Any], texts: tuple[str, ...]) -> tuple[str, ...]:
    """The values of the stable id, written as text. Args: raw: as the directory sent them; texts: those in UTF-8."""
    if settings.attributes.stable_id_form == "text":
        return texts
    wanted = settings.attributes.stable_id.lower()
    values = [value for name, held in raw.items() if name.lower() == wanted for value in held]
    return tuple(str(uuid.UUID(bytes_le=value)) for value in values if len(value) == _GUID)


def primary_sid(person_sid: bytes, rid: str) -> bytes | None:
    """The SID of the group of that number in the person's own domain. None: one of the two is none."""
    if len(person_sid) <= _SID_HEAD + _RID or not rid.isdecimal() or int(rid) >= 2 ** (8 * _RID):
        return None
    return person_sid[:-_RID] + int(rid).to_bytes(_RID, "little")


def octets(value: bytes) -> str:
    """Bytes as a filter's value. Spec: RFC 4515 §3 (`\\` and two hexadecimal digits)."""
    return "".join(f"\\{byte:02x}" for byte in value)


def domain_of(dn: str) -> str:
    """The `dc=` parts at the end of a name: the root of its domain; the name itself where it has none."""
    domain: list[str] = []
    for kind, value in reversed(parts(dn)):
        if kind.lower() != "dc":
            break
        domain.insert(0, f"{kind}={value}")
    return ",".join(domain) or dn


def parts(dn: str) -> list[tuple[str, str]]:
    """The attributes and values of a name, unescaped, without spaces round them; what is no name has no parts.

    More lenient than ldap3, which refuses names that directories have and send, such as `cn=Pat #1`.

    Spec: RFC 4514 §3.
    """
    found = []
    for piece in _PART.findall(dn):
        kind, _, value = piece.partition("=")
        found.append((kind.strip(), _plain(value)))
    return found


def _plain(value: str) -> str:
    """Spec: RFC 4514 §2.4: `\\` before a character, or before the two hexadecimal digits of an octet of UTF-8."""
    octets_in = _ESCAPED.sub(lambda found: found[1] if len(found[1]) == 1 else f"\udc00{found[1]}", value.strip(" "))
    return _OCTETS.sub(lambda found: bytes.fromhex(found[0].replace("\udc00", "")).decode(errors="replace"), octets_in)
