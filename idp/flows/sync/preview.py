"""What a round would change, without changing anything: for each person, and for each membership why it maps or not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from idp.errors import Conflict, Unavailable
from idp.flows.context import Idp
from idp.flows.people import role_changes
from idp.flows.sync import guard, pieces
from idp.flows.sync.guard import LEFT, ROLE
from idp.flows.sync.reading import NOBODY, everybody
from idp.flows.sync.terms import terms_of
from idp.flows.sync.under_way import batches
from idp.mapping import derive, from_table
from idp.model import ADMINISTRATOR_ROLES, Department, Entry, Linked, Losing

Why = str
"""`mapped` to a role or a clearance, `administrator` (a role that no directory gives), `unmapped`, `disabled`."""
COUNTED = {"changes": "changed", "loses": "changed", "returns": "returned", "disabled": "disabled"}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One person. what: joins, changes, disabled, returns, left, loses (a role, and whatever else changed).

    groups: each with why it maps or does not. given, taken: roles.
    """

    what: str
    stable_id: str
    name: str
    subject_id: str | None = None
    given: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    groups: Mapping[str, Why] = field(default_factory=dict)

    @property
    def losing(self) -> tuple[str, ...]:
        """What the guard asks about."""
        if self.what == LEFT:
            return (LEFT,)
        return tuple(ROLE + role for role in self.taken) if self.what == "loses" else ()


@dataclass(slots=True)
class Preview:
    """counts: as a round's. reasons: (group, why) → how many memberships. held: whom the guard would keep."""

    counts: Counter[str] = field(default_factory=Counter)
    people: list[Foreseen] = field(default_factory=list)
    reasons: Counter[tuple[str, Why]] = field(default_factory=Counter)
    held: tuple[Losing, ...] = ()


def preview(idp: Idp, department: Department, now: datetime) -> Preview:
    """Read everybody of this department's directory, as `department` maps it, and write nothing.

    The department need not be kept yet: who is known is looked up by its id, the directory by its settings.

    Raises: Conflict (there is no directory), Unavailable (it cannot be read whole).
    """
    connector = idp.ports.directories.of(department)
    if connector is None:
        raise Conflict(f"{department.id} keeps its people here: there is no directory to read")
    found, seen = Preview(), set[str]()
    for entries in batches(connector.entries(), pieces.SIZE):
        _piece(idp, department, entries, now, found, seen)
    links = idp.ports.truth.links
    if not found.counts["read"] and links.count(department.id):
        raise Unavailable(department.id, NOBODY)
    for subject_id in everybody(links, department.id, now):
        if subject_id not in seen:
            found.counts["left"] += 1
            found.people.append(_left(idp, subject_id))
    losing = [Losing(one.subject_id, what) for one in found.people if one.subject_id for what in one.losing]
    _, found.held = guard.sift(idp, department, terms_of(idp.settings, department), losing, now)
    return found


def _piece(
    idp: Idp, department: Department, entries: Sequence[Entry], now: datetime, found: Preview, seen: set[str]
) -> None:
    """Some of them, sorted as a round would."""
    piece = pieces.sort(idp, department, entries, now, frozenset())
    found.counts.update({"read": len(entries), "added": len(piece.joining), "unchanged": len(piece.same)})
    for entry in entries:
        found.reasons.update(memberships(department, entry).items())
    known = [*piece.changed, *((entry, linked) for entry, linked, _ in piece.losing)]
    seen.update(one.subject_id for one in piece.same)
    seen.update(one.subject_id for _, one in known)
    foreseen = [_joining(department, entry) for entry in piece.joining]
    foreseen += [_known(idp, department, *one, now) for one in known if not (one[0].disabled and one[1].disabled)]
    found.people += foreseen
    for one in foreseen:
        found.counts.update({"roles-given": len(one.given), "roles-taken": len(one.taken)})
        found.counts.update([COUNTED[one.what]] if one.what in COUNTED else [])


def memberships(department: Department, entry: Entry) -> dict[str, Why]:
    """For each group of an entry why it gives something, or nothing."""
    table = from_table(department.mapping)
    return {group: _why(group, table.roles.get(group, ()), group in table.clearance, entry) for group in entry.groups}


def _why(group: str, roles: tuple[str, ...], clears: bool, entry: Entry) -> Why:
    if entry.disabled:
        return "disabled"
    if clears or any(role not in ADMINISTRATOR_ROLES for role in roles):
        return "mapped"
    return "administrator" if roles else "unmapped"


def _joining(department: Department, entry: Entry) -> Foreseen:
    given = tuple(sorted(derive(entry, from_table(department.mapping)).roles))
    return Foreseen("joins", entry.stable_id, entry.display_name, given=given, groups=memberships(department, entry))


def _known(idp: Idp, department: Department, entry: Entry, linked: Linked, now: datetime) -> Foreseen:
    """Somebody who is here already, and is there otherwise than they were."""
    groups = memberships(department, entry)
    if entry.disabled:
        return Foreseen("disabled", entry.stable_id, entry.display_name, linked.subject_id, groups=groups)
    given, taken = role_changes(idp.ports.truth.people, department, entry, linked.subject_id, now)
    what = "returns" if linked.disabled else "loses" if taken else "changes"
    roles = tuple(sorted(given)), tuple(sorted(taken))
    return Foreseen(what, entry.stable_id, entry.display_name, linked.subject_id, *roles, groups)


def _left(idp: Idp, subject_id: str) -> Foreseen:
    subject, link = idp.ports.truth.people.get(subject_id), idp.ports.truth.people.link_of(subject_id)
    name = subject.display_name.en if subject else subject_id
    return Foreseen(LEFT, link.stable_id if link else "", name, subject_id)
