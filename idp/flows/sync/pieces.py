"""One piece of a directory: who is new joins in bulk, who says the same is confirmed, the others are taken over.

Whoever would lose a role keeps everything as it is until the guard has seen the whole round; only their reading counts.
One transaction for each piece: whoever is killed in the middle has done whole pieces, which cost a look next time.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.errors import Conflict, Unavailable
from idp.flows import people
from idp.flows.context import Idp
from idp.flows.sync.guard import ROLE
from idp.model import Department, Entry, Linked, Losing
from idp.ports import Tx

SIZE = 500


@dataclass(frozen=True, slots=True)
class Sorted:
    """The entries of a piece by what they ask for. strangers: not known here and disabled there: never ours."""

    joining: Sequence[Entry] = ()
    same: Sequence[Linked] = ()
    changed: Sequence[tuple[Entry, Linked]] = ()
    losing: Sequence[tuple[Entry, Linked, frozenset[str]]] = ()
    strangers: int = 0


def sort(
    idp: Idp, department: Department, entries: Sequence[Entry], now: datetime, allowed: frozenset[Losing]
) -> Sorted:
    """Look each up. `allowed`: who may lose what without being held. Raises Unavailable: an id is there twice."""
    if len({entry.stable_id for entry in entries}) != len(entries):
        raise Unavailable(department.id, "stable_id: two entries have the same; name an attribute that is never shared")
    truth = idp.ports.truth
    known = truth.links.known(department.id, [entry.stable_id for entry in entries])
    joining, same, changed, losing, strangers = [], [], [], [], 0
    for entry in entries:
        linked = known.get(entry.stable_id)
        if linked is None and entry.disabled:
            strangers += 1
        elif linked is None:
            joining.append(entry)
        elif linked.said == people.said(idp, department, entry) and (entry.disabled or not linked.disabled):
            same.append(linked)
        elif entry.disabled or linked.disabled:
            changed.append((entry, linked))
        else:
            lost = people.roles_lost(truth.people, department, entry, linked.subject_id, now)
            if any(Losing(linked.subject_id, ROLE + role) not in allowed for role in lost):
                losing.append((entry, linked, lost))
            else:
                changed.append((entry, linked))
    return Sorted(joining, same, changed, losing, strangers)


def take(
    idp: Idp, department: Department, entries: Sequence[Entry], now: datetime, allowed: frozenset[Losing] = frozenset()
) -> tuple[Counter[str], list[Losing]]:
    """Take a piece over. (counts, who would lose which role)."""
    try:
        return _take(idp, department, entries, now, allowed)
    except Conflict:  # somebody of it signed in for the first time meanwhile: they are known now
        return _take(idp, department, entries, now, allowed)


def _take(
    idp: Idp, department: Department, entries: Sequence[Entry], now: datetime, allowed: frozenset[Losing]
) -> tuple[Counter[str], list[Losing]]:
    found = sort(idp, department, entries, now, allowed)
    counts = Counter({"read": len(entries), "added": len(found.joining), "unchanged": len(found.same)})
    joiners = [people.joiner(idp, department, entry, now) for entry in found.joining]
    counts["roles-given"] += sum(len(grants) for *_, grants in joiners)
    read = [one.subject_id for one in found.same] + [one.subject_id for _, one, _ in found.losing]
    if joiners or read or found.changed:
        with idp.ports.truth.begin() as tx:
            if joiners:
                people.join(tx, joiners)
            tx.links.confirm(read, now)
            for entry, linked in found.changed:
                counts += renewed(idp, tx, department, entry, linked.subject_id, now)
    lost = [Losing(linked.subject_id, ROLE + role) for _, linked, roles in found.losing for role in sorted(roles)]
    return counts, lost


def renewed(idp: Idp, tx: Tx, department: Department, entry: Entry, subject_id: str, now: datetime) -> Counter[str]:
    """Take one entry over; what that came to."""
    before = tx.people.get(subject_id)
    if before is None:  # erased meanwhile
        return Counter()
    after = people.renew(idp, tx, department, entry, before, now)
    return Counter(
        {
            "changed": int(not before.disabled and not after.subject.disabled),
            "disabled": int(not before.disabled and after.subject.disabled),
            "returned": int(before.disabled and not after.subject.disabled),
            "roles-given": after.given,
            "roles-taken": after.taken,
        }
    )
