"""Which groups a person is in, by the department's own way of writing it down: groupOfNames, posixGroup or memberOf.

Spec: RFC 4519 §3.5 (groupOfNames), RFC 2307 §2.2 (posixGroup, memberUid), RFC 4514 (names are compared by parts).
Deliberately follows no nested groups: what a group gives must be readable in one place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import parse_dn

from adapters.connectors.ldap_settings import GroupScheme

DnKey = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """What of a person's entry says how groups name them."""

    dn: str
    posix_names: tuple[str, ...]
    member_of: tuple[str, ...]


def membership_filter(scheme: GroupScheme, member: Membership) -> str | None:
    """The filter that finds this person's groups; None when no search is needed or nothing could be found."""
    if scheme.kind == "groupOfNames":
        return f"(&(objectClass=groupOfNames)(member={escape_filter_chars(member.dn)}))"
    if scheme.kind == "posixGroup" and member.posix_names:
        names = "".join(f"(memberUid={escape_filter_chars(name)})" for name in member.posix_names)
        return f"(&(objectClass=posixGroup)(|{names}))"
    return None


def names_from_member_of(scheme: GroupScheme, member: Membership) -> tuple[str, ...]:
    """Names of the groups that the entry itself lists and that stand under the scheme's base; others do not count."""
    base = dn_key(scheme.base_dn)
    found = set()
    for dn in member.member_of:
        key = dn_key(dn)
        if len(key) > len(base) and key[-len(base) :] == base:
            found.add(_first_value(dn))
    return tuple(sorted(found))


class Roll:
    """All groups of a directory, read once, to answer for many people."""

    def __init__(self, scheme: GroupScheme) -> None:
        self._scheme = scheme
        self._by_dn: dict[DnKey, set[str]] = {}
        self._by_posix_name: dict[str, set[str]] = {}

    @property
    def filter(self) -> str | None:
        """The filter that reads all groups; None when people's entries already say it."""
        return None if self._scheme.kind == "memberOf" else f"(objectClass={self._scheme.kind})"

    def add(self, name: str, group: Mapping[str, Sequence[str]]) -> None:
        """Note one group and its members."""
        for dn in group.get("member", ()):
            self._by_dn.setdefault(dn_key(dn), set()).add(name)
        for posix_name in group.get("memberUid", ()):
            self._by_posix_name.setdefault(posix_name, set()).add(name)

    def of(self, member: Membership) -> tuple[str, ...]:
        """Names of the groups that this person is in."""
        if self._scheme.kind == "memberOf":
            return names_from_member_of(self._scheme, member)
        if self._scheme.kind == "groupOfNames":
            return tuple(sorted(self._by_dn.get(dn_key(member.dn), ())))
        return tuple(sorted(_union(self._by_posix_name.get(name, set()) for name in member.posix_names)))


def dn_key(dn: str) -> DnKey:
    """A name in a form that equals itself however it was written: case and spaces round the parts do not count."""
    return tuple((kind.lower(), value.lower()) for kind, value, _ in parse_dn(dn, strip=True))


def _first_value(dn: str) -> str:
    return str(parse_dn(dn, strip=True)[0][1])


def _union(sets: Iterable[set[str]]) -> set[str]:
    return set().union(*sets)
