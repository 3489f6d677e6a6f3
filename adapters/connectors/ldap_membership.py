"""The groups of one person, or of everybody, read on an open connection.

Spec: RFC 4511 §4.5 (search), RFC 4519 §3.5 (groupOfNames), MS-ADTS §3.1.1.3.4.4.3 (rule in chain).
Deliberately looks at each group once and climbs no higher than the scheme says, so that a circle of groups ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ldap3 import Connection

from adapters.connectors.ldap_entry import texts
from adapters.connectors.ldap_groups import (
    DnKey,
    Membership,
    Roll,
    counts,
    dn_key,
    group_attributes,
    group_filter,
    groups_base,
    membership_filter,
    names_from_member_of,
    parents_filter,
)
from adapters.connectors.ldap_search import Row, search, sweep
from adapters.connectors.ldap_settings import LdapSettings

ASKED_AT_ONCE = 50
_IDENTITY = {"primaryGroupID": "objectSid", "gidNumber": "gidNumber"}


def groups_of(settings: LdapSettings, connection: Connection, member: Membership) -> tuple[str, ...]:
    """Names of the groups that this person is in, in alphabetical order.

    Raises:
        Unavailable: they could not be read in full.
    """
    scheme = settings.groups
    listed = set(names_from_member_of(scheme, member)) if scheme.kind == "memberOf" else set()
    query = membership_filter(scheme, member)
    wanted = [scheme.name, *([member.primary[0]] if member.primary else [])]
    direct = search(settings, connection, groups_base(scheme), query, wanted).entries if query else []
    found = {dn_key(str(row["dn"])): row for row in direct}
    if scheme.nested == "chain":
        # The directory climbs from the person in one question, but not from the primary group, which lists nobody.
        primary = [str(row["dn"]) for row in direct if member.primary and _is_primary(member.primary, row)]
        _note(found, _parents(settings, connection, primary))
    elif scheme.nested == "climb" and scheme.kind != "posixGroup":
        _climb(settings, connection, found, [*member.member_of] if scheme.kind == "memberOf" else [])
    names = {name for row in found.values() if counts(scheme, str(row["dn"])) for name in _name(settings, row)}
    return tuple(sorted(names | listed))


def read_roll(settings: LdapSettings, connection: Connection) -> Roll:
    """All groups, to answer for many people.

    Raises:
        Unavailable: they could not be read in full.
    """
    scheme = settings.groups
    roll, query = Roll(scheme), group_filter(scheme)
    if query:
        for row in sweep(settings, connection, groups_base(scheme), query, group_attributes(scheme)):
            for name in _name(settings, row):
                roll.add(name, texts(row), str(row["dn"]), _identity(scheme.primary, row["raw_attributes"]))
    return roll


def _climb(settings: LdapSettings, connection: Connection, found: dict[DnKey, Row], also: Sequence[str]) -> None:
    edge = [*(str(row["dn"]) for row in found.values()), *(dn for dn in also if counts(settings.groups, dn))]
    for _ in range(settings.groups.depth):
        if not edge:
            return
        before = set(found)
        _note(found, _parents(settings, connection, edge))
        edge = [str(found[key]["dn"]) for key in found.keys() - before]


def _parents(settings: LdapSettings, connection: Connection, dns: Sequence[str]) -> list[Row]:
    scheme, rows = settings.groups, list[Row]()
    for start in range(0, len(dns), ASKED_AT_ONCE):
        query = parents_filter(scheme, dns[start : start + ASKED_AT_ONCE])
        rows += search(settings, connection, groups_base(scheme), query, [scheme.name]).entries
    return rows


def _note(found: dict[DnKey, Row], rows: Iterable[Row]) -> None:
    for row in rows:
        found.setdefault(dn_key(str(row["dn"])), row)


def _name(settings: LdapSettings, row: Row) -> Sequence[str]:
    return texts(row).get(settings.groups.name, ())[:1]


def _identity(primary: str, raw: Mapping[str, Any]) -> bytes | None:
    wanted = _IDENTITY.get(primary, "").lower()
    return next((bytes(held[0]) for name, held in raw.items() if name.lower() == wanted and held), None)


def _is_primary(primary: tuple[str, bytes], row: Row) -> bool:
    wanted, value = primary
    return any(value in held for name, held in row["raw_attributes"].items() if name.lower() == wanted.lower())
