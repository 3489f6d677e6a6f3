"""What a round would change, without changing anything: for each person, and for each membership why it maps or not."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from idp.errors import Conflict, Unavailable
from idp.flows.context import Idp
from idp.flows.sync import guard, pieces
from idp.flows.sync.guard import LEFT, ROLE
from idp.flows.sync.reading import EVERYBODY
from idp.flows.sync.terms import terms_of
from idp.flows.sync.under_way import batches
from idp.mapping import derive, from_table
from idp.model import ADMINISTRATOR_ROLES, Department, Entry, Losing

Why = str
"""`mapped` to a role or a clearance, `administrator` (a role that no directory gives), `unmapped`, `disabled`."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One person. what: joins, changes, disabled, returns, left, loses; empty: nothing, shown for its memberships.

    groups: each with why it maps or does not. given, taken: roles.
    """

    what: str
    stable_id: str
    name: str
    subject_id: str | None = None
    given: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    groups: Mapping[str, Why] = field(default_factory=dict)


@dataclass(slots=True)
class Preview:
    """counts: as a round's. reasons: (group, why) → how many memberships. held: whom the guard would keep."""

    counts: Counter[str] = field(default_factory=Counter)
    people: list[Foreseen] = field(default_factory=list)
    reasons: Counter[tuple[str, Why]] = field(default_factory=Counter)
    held: tuple[Losing, ...] = ()


def preview(idp: Idp, department: Department, now: datetime) -> Preview:
    """Read everybody, write nothing. Raises Conflict (there is no directory), Unavailable (it cannot be read whole)."""
    connector = idp.ports.directories.of(department)
    if connector is None:
        raise Conflict(f"{department.id} keeps its people here: there is no directory to read")
    found, seen, losing = Preview(), set[str](), list[Losing]()
    for entries in batches(connector.entries(), pieces.SIZE):
        sorted_ = pieces.sort(idp, department, entries, now, frozenset())
        found.counts.update({"read": len(entries), "added": len(sorted_.joining), "unchanged": len(sorted_.same)})
        seen.update(one.subject_id for one in sorted_.same)
        for entry in entries:
            found.reasons.update(memberships(department, entry).items())
        found.people += [_foreseen(department, "joins", entry) for entry in sorted_.joining]
        for entry, linked in sorted_.changed:
            seen.add(linked.subject_id)
            what = "disabled" if entry.disabled else "returns" if linked.disabled else "changes"
            if what == "disabled" and linked.disabled:
                continue
            found.counts[{"changes": "changed", "returns": "returned"}.get(what, what)] += 1
            found.people.append(_foreseen(department, what, entry, linked.subject_id))
        for entry, linked, lost in sorted_.losing:
            seen.add(linked.subject_id)
            losing += [Losing(linked.subject_id, ROLE + role) for role in sorted(lost)]
            found.counts.update({"changed": 1, "roles-taken": len(lost)})
            found.people.append(_foreseen(department, "loses", entry, linked.subject_id, tuple(sorted(lost))))
    links = idp.ports.truth.links
    if not found.counts["read"] and links.count(department.id):
        raise Unavailable(department.id, "people_filter: the directory shows nobody at all; see what it may read")
    for subject_id in links.unread(department.id, now, EVERYBODY):
        if subject_id not in seen:
            losing.append(Losing(subject_id, LEFT))
            found.counts["left"] += 1
            found.people.append(_left(idp, subject_id))
    _, found.held = guard.sift(idp, department, terms_of(idp.settings, department), losing, now)
    found.counts["roles-given"] = sum(len(one.given) for one in found.people)
    return found


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


def _foreseen(
    department: Department, what: str, entry: Entry, subject_id: str | None = None, taken: tuple[str, ...] = ()
) -> Foreseen:
    roles = derive(entry, from_table(department.mapping)).roles if what == "joins" else frozenset()
    groups = memberships(department, entry)
    return Foreseen(what, entry.stable_id, entry.display_name, subject_id, tuple(sorted(roles)), taken, groups)


def _left(idp: Idp, subject_id: str) -> Foreseen:
    subject, link = idp.ports.truth.people.get(subject_id), idp.ports.truth.people.link_of(subject_id)
    name = subject.display_name.en if subject else subject_id
    return Foreseen(LEFT, link.stable_id if link else "", name, subject_id)
