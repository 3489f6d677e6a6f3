"""From what a directory says of a person to what they may be: groups to roles and clearance, by the department's table.

Obeys no specification. Denies by default: a group that nobody mapped gives nothing, a disabled person has nothing.
Deliberately reads no file and no directory, and can give no administrator's role: those are given by people.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from idp.model import ADMINISTRATOR_ROLES, Entry, Text

LOWEST_CLEARANCE, HIGHEST_CLEARANCE = 1, 4


@dataclass(frozen=True, slots=True)
class RoleMapping:
    """One department's table: which group gives which roles and which clearance (data grade, 1 to 4)."""

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    clearance: Mapping[str, int] = field(default_factory=dict)
    default_clearance: int = LOWEST_CLEARANCE


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from an entry. because: for each role the groups that gave it; unmapped: groups that gave none."""

    roles: frozenset[str]
    clearance: int
    display_name: Text
    because: Mapping[str, tuple[str, ...]]
    unmapped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """What a department expects of its own table: somebody with these groups has exactly these roles."""

    name: str
    groups: tuple[str, ...]
    roles: frozenset[str]
    clearance: int | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An example that does not hold. `field` is the key of the example that is not as written."""

    example: int
    name: str
    field: str
    expected: str
    found: str


def derive(entry: Entry, mapping: RoleMapping) -> Derived:
    """What a person may be by the table. Total: never raises, never guesses."""
    because: dict[str, tuple[str, ...]] = {}
    groups = () if entry.disabled else tuple(sorted(set(entry.groups)))
    for group in groups:
        for role in mapping.roles.get(group, ()):
            # A directory's administrator must not be able to become ours, even when a table slipped past its check.
            if role not in ADMINISTRATOR_ROLES:
                because[role] = (*because.get(role, ()), group)
    known = mapping.roles.keys() | mapping.clearance.keys()
    return Derived(
        roles=frozenset(because),
        clearance=LOWEST_CLEARANCE if entry.disabled else _clearance(groups, mapping),
        display_name=Text(entry.display_name, entry.display_name_zh or entry.display_name),
        because=because,
        unmapped=tuple(group for group in groups if group not in known),
    )


def check_examples(mapping: RoleMapping, examples: Iterable[Example]) -> tuple[Mismatch, ...]:
    """Run the department's own examples; empty when all hold."""
    return tuple(found for index, example in enumerate(examples) for found in _mismatches(index, example, mapping))


def forbidden_roles(mapping: RoleMapping, givable: Iterable[str] | None = None) -> tuple[tuple[str, str], ...]:
    """(group, role) pairs that this table must not hold: administrators' roles, and those that are not `givable`.

    Args:
        givable: the roles of the department's own branch; None: every role but an administrator's.
    """
    allowed = None if givable is None else frozenset(givable)
    pairs = ((group, role) for group, roles in mapping.roles.items() for role in roles)
    return tuple(
        (group, role)
        for group, role in pairs
        if role in ADMINISTRATOR_ROLES or (allowed is not None and role not in allowed)
    )


def to_table(mapping: RoleMapping) -> dict[str, object]:
    """The form kept with the department (`Department.mapping`): plain values for JSON."""
    return {
        "groups": {group: list(roles) for group, roles in mapping.roles.items()},
        "clearance": {"default": mapping.default_clearance, "groups": dict(mapping.clearance)},
    }


def from_table(table: Mapping[str, object]) -> RoleMapping:
    """Read the kept form back; it was checked when it was written, so that only `to_table`'s shape comes here."""
    groups = cast(Mapping[str, list[str]], table.get("groups", {}))
    clearance = cast(Mapping[str, object], table.get("clearance", {}))
    return RoleMapping(
        roles={group: tuple(roles) for group, roles in groups.items()},
        clearance=dict(cast(Mapping[str, int], clearance.get("groups", {}))),
        default_clearance=cast(int, clearance.get("default", LOWEST_CLEARANCE)),
    )


def _clearance(groups: Iterable[str], mapping: RoleMapping) -> int:
    given = max((mapping.clearance.get(group, LOWEST_CLEARANCE) for group in groups), default=LOWEST_CLEARANCE)
    return min(max(given, mapping.default_clearance), HIGHEST_CLEARANCE)


def _mismatches(index: int, example: Example, mapping: RoleMapping) -> Iterable[Mismatch]:
    entry = Entry("example", "", (), example.name, None, None, example.groups, example.disabled)
    derived = derive(entry, mapping)
    if derived.roles != example.roles:
        yield Mismatch(index, example.name, "roles", _listed(example.roles), _listed(derived.roles))
    if example.clearance is not None and derived.clearance != example.clearance:
        yield Mismatch(index, example.name, "clearance", str(example.clearance), str(derived.clearance))


def _listed(roles: Iterable[str]) -> str:
    return ", ".join(sorted(roles)) or "no role"
