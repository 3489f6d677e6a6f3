"""Which groups a person is in, by the department's own way of writing it down, groups of groups and primary group too.

Spec: RFC 4519 §3.5 (groupOfNames), RFC 2307 §2.2 (posixGroup, memberUid, gidNumber), RFC 4514 (names are compared by
parts), MS-ADTS §3.1.1.3.4.4.3 (rule in chain).
Deliberately counts only groups under the scheme's base; where we climb ourselves, groups between stand there as well.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ldap3.utils.conv import escape_filter_chars

from adapters.connectors.ldap_identity import domain_of, octets, parts
from adapters.connectors.ldap_vendors import GroupScheme

IN_CHAIN = ":1.2.840.113556.1.4.1941:"
DnKey = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """What of a person's entry says how groups name them. `primary`: the group attribute that has this value."""

    dn: str
    posix_names: tuple[str, ...]
    member_of: tuple[str, ...]
    primary: tuple[str, bytes] | None = None


def group_filter(scheme: GroupScheme) -> str | None:
    """The filter that reads all groups; None when people's entries already say it and nothing is nested."""
    if scheme.kind != "memberOf":
        return f"(objectClass={scheme.kind})"
    return None if scheme.nested == "none" else "(member=*)"


def group_attributes(scheme: GroupScheme) -> list[str]:
    """What of a group says its name, its members, and whose primary group it is."""
    identity = {"primaryGroupID": ["objectSid"], "gidNumber": ["gidNumber"]}.get(scheme.primary, [])
    return [scheme.name, "memberUid" if scheme.kind == "posixGroup" else "member", *identity]


def groups_base(scheme: GroupScheme) -> str:
    """Where groups between a person and one that counts may stand."""
    return domain_of(scheme.base_dn) if scheme.nested == "chain" else scheme.base_dn


def membership_filter(scheme: GroupScheme, member: Membership) -> str | None:
    """The filter that finds this person's groups; None when no search is needed or nothing could be found."""
    named = []
    if scheme.kind == "posixGroup":
        named = [f"(memberUid={escape_filter_chars(name)})" for name in member.posix_names]
    elif scheme.kind != "memberOf":
        named = [parents_filter(scheme, [member.dn])]
    if member.primary:
        named.append(f"({member.primary[0]}={octets(member.primary[1])})")
    if not named:
        return None
    of_kind = "" if scheme.kind == "memberOf" else f"(objectClass={scheme.kind})"
    return f"(&{of_kind}(|{''.join(named)}))" if len(named) > 1 else f"(&{of_kind}{named[0]})"


def parents_filter(scheme: GroupScheme, dns: Iterable[str]) -> str:
    """The filter of the groups that list one of these names."""
    rule = IN_CHAIN if scheme.nested == "chain" else ""
    each = [f"(member{rule}={escape_filter_chars(dn)})" for dn in dns]
    return each[0] if len(each) == 1 else f"(|{''.join(each)})"


def names_from_member_of(scheme: GroupScheme, member: Membership) -> tuple[str, ...]:
    """Names of the groups that the entry itself lists and that stand under the scheme's base; others do not count."""
    return tuple(sorted({_first_value(dn) for dn in member.member_of if counts(scheme, dn)}))


def counts(scheme: GroupScheme, dn: str) -> bool:
    """Whether a group of that name stands under the scheme's base."""
    base, key = dn_key(scheme.base_dn), dn_key(dn)
    return len(key) > len(base) and key[len(key) - len(base) :] == base


class Roll:
    """All groups of a directory, read once, to answer for many people."""

    def __init__(self, scheme: GroupScheme) -> None:
        self._scheme = scheme
        self._names: dict[DnKey, str] = {}
        self._by_dn: dict[DnKey, set[DnKey]] = {}
        self._by_posix_name: dict[str, set[DnKey]] = {}
        self._by_identity: dict[bytes, set[DnKey]] = {}

    def add(self, name: str, group: Mapping[str, Sequence[str]], dn: str = "", identity: bytes | None = None) -> None:
        """Note one group and its members.

        Args:
            dn: the group's own name, by which other groups list it.
            identity: the value that a person's `primary` would have.
        """
        key = dn_key(dn) if dn else (("", name),)
        if not dn or counts(self._scheme, dn):
            self._names[key] = name
        for member in group.get("member", ()):
            self._by_dn.setdefault(dn_key(member), set()).add(key)
        for posix_name in group.get("memberUid", ()):
            self._by_posix_name.setdefault(posix_name, set()).add(key)
        if identity is not None:
            self._by_identity.setdefault(identity, set()).add(key)

    def of(self, member: Membership) -> tuple[str, ...]:
        """Names of the groups that this person is in."""
        scheme = self._scheme
        listed = names_from_member_of(scheme, member) if scheme.kind == "memberOf" else ()
        if scheme.kind == "posixGroup":
            direct = _union(self._by_posix_name.get(name, set()) for name in member.posix_names)
        elif scheme.kind == "memberOf":
            direct = {dn_key(dn) for dn in member.member_of if counts(scheme, dn)}
        else:
            direct = set(self._by_dn.get(dn_key(member.dn), ()))
        if member.primary:
            direct |= self._by_identity.get(member.primary[1], set())
        found = self._climb(direct) if scheme.nested != "none" else direct
        return tuple(sorted({self._names[key] for key in found if key in self._names} | set(listed)))

    def _climb(self, direct: set[DnKey]) -> set[DnKey]:
        """Groups of groups. Safe with circles: each is looked at once; and ends at the scheme's depth."""
        seen, edge = set(direct), set(direct)
        steps = self._scheme.depth if self._scheme.nested == "climb" else len(self._by_dn)
        for _ in range(steps):
            edge = _union(self._by_dn.get(key, set()) for key in edge) - seen
            if not edge:
                break
            seen |= edge
        return seen


def dn_key(dn: str) -> DnKey:
    """A name in a form that equals itself however it was written: case and spaces round the parts do not count."""
    return tuple((kind.lower(), value.lower()) for kind, value in parts(dn))


def _first_value(dn: str) -> str:
    return parts(dn)[0][1]


def _union(sets: Iterable[set[DnKey]]) -> set[DnKey]:
    return set().union(*sets)
