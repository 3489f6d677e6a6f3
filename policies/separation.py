"""Separation of duty: roles that one person must not hold together, whatever post or group they come from.

Obeys: ANSI INCITS 359-2012 §5.4 (static separation of duty: a set of roles and how many of them are too many).
Does not: look roles up. The caller hands in every role of the person, inherited and group-derived ones included.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from policies.roles import ADMINISTRATORS, HELP_DESK


@dataclass(frozen=True, slots=True)
class ExclusiveSet:
    """Roles of which one person may hold at most `at_most`."""

    id: str
    roles: frozenset[str]
    at_most: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.at_most < len(self.roles):
            raise ValueError(f"exclusive set {self.id}: at_most must be from 1 to {len(self.roles) - 1}")


@dataclass(frozen=True, slots=True)
class Conflict:
    """An exclusive set of which too many roles are held."""

    set_id: str
    held: frozenset[str]
    at_most: int


class RolesConflict(ValueError):
    """Somebody would hold roles that exclude each other."""

    def __init__(self, found: tuple[Conflict, ...]) -> None:
        self.conflicts = found
        super().__init__("; ".join(f"{c.set_id}: {', '.join(sorted(c.held))} (at most {c.at_most})" for c in found))


ADMINISTRATORS_APART = ExclusiveSet("administrators", ADMINISTRATORS)
DESK_APART = tuple(
    ExclusiveSet(f"help-desk-and-{role}", frozenset({HELP_DESK, role})) for role in sorted(ADMINISTRATORS)
)
"""Whoever helps people back in neither gives roles, nor runs the system, nor reads what is kept of both."""


def conflicts(roles: Collection[str], more: Iterable[ExclusiveSet] = ()) -> tuple[Conflict, ...]:
    """What is wrong with holding these roles together. `more` are sets from data; they never replace ours.

    Spec: ANSI INCITS 359-2012 §5.4.
    """
    held = [(s, s.roles & set(roles)) for s in (ADMINISTRATORS_APART, *DESK_APART, *more)]
    return tuple(Conflict(s.id, h, s.at_most) for s, h in held if len(h) > s.at_most)


def require_compatible(roles: Collection[str], more: Iterable[ExclusiveSet] = ()) -> None:
    """Prove that these roles may be held together. Raises: RolesConflict. Spec: ANSI INCITS 359-2012 §5.4."""
    if found := conflicts(roles, more):
        raise RolesConflict(found)
