"""People and applications from elsewhere come: looked at first, then written in pieces, each with its events.

A piece is one transaction, so that a run that is cut off is taken up where it stopped by running it again. Secrets are
written and never shown. Spec: NIST SP 800-63B-4 §4.1.2 (who binds an authenticator answers for it), §3.1.1.2 (hashes).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from idp.errors import Conflict, Invalid
from idp.events import PersonAdded, PersonChanged
from idp.flows.admin import clients as registrations
from idp.flows.admin.client_secrets import minted
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp
from idp.flows.migration import proofs
from idp.flows.migration.difference import (
    Case,
    Wanted,
    What,
    Wishes,
    case_of,
    problems_of,
    wanted_client,
    wanted_person,
)
from idp.flows.migration.moved import Left, Moved
from idp.flows.people import disable, sync_roles
from idp.model import Client, Link, Post, Subject
from idp.ports import Tx

PIECE = 100
"""People in one transaction."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of the report. also: what of it is new besides (`password`, `totp`, `passkey`, `secret`)."""

    kind: Literal["person", "client"]
    about: str
    what: What
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that comes, and all that does not. unmapped: groups and roles that give nothing here → how many have them."""

    source: str
    lines: tuple[Line, ...]
    left: tuple[Left, ...]
    unmapped: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """`person added` → how many."""
        return dict(sorted(Counter(f"{one.kind} {one.what}" for one in self.lines).items()))


@dataclass(frozen=True, slots=True)
class _Plan:
    people: tuple[tuple[Wanted, tuple[proofs.Bound, ...]], ...]
    clients: tuple[tuple[Client, What], ...]
    report: Report


def look(idp: Idp, admin: Admin, moved: Moved, wishes: Wishes, now: datetime) -> Report:
    """What would be done; nothing is written. Raises Invalid with everything that may not be."""
    return _plan(case_of(idp, moved, wishes, now), admin, moved).report


def carry(idp: Idp, admin: Admin, moved: Moved, wishes: Wishes, reason: str, now: datetime) -> Report:
    """Do it. Raises Invalid with nothing written; Unavailable: run it again, it goes on where it stopped."""
    reason = required_reason(reason)
    case = case_of(idp, moved, wishes, now)
    plan = _plan(case, admin, moved)
    waiting = [(one, bound) for one, bound in plan.people if bound or one.what in ("added", "changed")]
    refused = list[Left]()
    size = max(1, len(waiting)) if wishes.whole else PIECE
    for begin in range(0, len(waiting), size):
        refused += _write_piece(case, admin, waiting[begin : begin + size], reason)
    with idp.ports.truth.begin() as tx:
        for client, what in plan.clients:
            _write_client(case, tx, client, what, reason, by=admin.subject_id)
    return replace(plan.report, left=(*plan.report.left, *refused))


def _plan(case: Case, admin: Admin, moved: Moved) -> _Plan:
    admin.require("admin.people.write")
    admin.require("admin.apps.write")
    admin.require_sees_department(case.department.id)
    if problems := tuple(problems_of(case, moved)):
        raise Invalid("\n".join(problems))
    people, left, lines = list[tuple[Wanted, tuple[proofs.Bound, ...]]](), list(moved.left), list[Line]()
    for person in moved.people:
        found = wanted_person(case, person)
        if isinstance(found, Left):
            left.append(found)
            continue
        bound = tuple(proofs.new_ones(case, found))
        people.append((found, bound))
        lines.append(Line("person", person.identifiers[0], found.what, tuple(one.factor for one in bound)))
    if case.wishes.whole and len(left) > len(moved.left):
        raise Invalid("\n".join(f"{one.place}: {one.why}; {one.fix}" for one in left[len(moved.left) :]))
    clients = list[tuple[Client, What]]()
    for one in moved.clients:
        planned = wanted_client(case, one)
        if isinstance(planned, Left):
            left.append(planned)
            continue
        clients.append(planned)
        lines.append(Line("client", planned[0].id, planned[1]))
    report = Report(moved.source, tuple(lines), tuple(left), dict(_unmapped(case, moved)))
    return _Plan(tuple(people), tuple(clients), report)


def _unmapped(case: Case, moved: Moved) -> Iterator[tuple[str, int]]:
    """By how many have them, the most first: the mapping is written from the top."""
    known: set[str] = set()
    for part in (case.department.mapping.get("groups"), _inner(case.department.mapping.get("clearance"))):
        known |= set(part) if isinstance(part, dict) else set()
    counted = Counter(group for person in moved.people for group in person.groups if group not in known)
    yield from sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _inner(table: object) -> object:
    return table.get("groups") if isinstance(table, dict) else None


def _write_piece(
    case: Case, admin: Admin, piece: Sequence[tuple[Wanted, tuple[proofs.Bound, ...]]], reason: str
) -> Iterator[Left]:
    """All of it; where one of them cannot be, each by itself, so that nobody waits for somebody else's trouble."""
    try:
        with case.idp.ports.truth.begin() as tx:
            for one, bound in piece:
                _write_person(case, tx, one, bound, reason, by=admin.subject_id)
    except Conflict:
        if case.wishes.whole:
            raise
        if len(piece) == 1:
            why = "their id or their name was taken meanwhile, or they were erased here at their own wish"
            yield Left(f"person {piece[0][0].person.identifiers[0]}", why, "add them anew if they ask for it")
            return
        for single in piece:
            yield from _write_piece(case, admin, [single], reason)


def _write_person(case: Case, tx: Tx, one: Wanted, bound: Sequence[proofs.Bound], reason: str, *, by: str) -> None:
    subject, idp = one.subject, case.idp
    link = Link(subject.id, case.department.id, one.person.stable_id, case.now, one.said)
    if one.what == "added":
        # The row is written as of somebody who is there, and disabled as everybody is: with its event.
        tx.people.add(_enabled(subject), _post(case, subject, one.person.title), link)
        tx.record(PersonAdded(subject_id=subject.id, department_id=case.department.id, by=by, reason=reason))
    elif one.what == "changed" and one.held is not None:
        tx.people.change(replace(subject, disabled=one.held.disabled, disabled_by=one.held.disabled_by))
        tx.people.touch_link(link)
        tx.record(PersonChanged(subject_id=subject.id, by=by, fields=("moved",), reason=reason))
        if one.held.clearance != subject.clearance:
            tx.people.bump_access(subject.id)
            tx.grants.outdate(subject.id, case.now)
    if one.what in ("added", "changed"):
        sync_roles(idp, tx, subject, one.roles, case.now)
        _stand(case, tx, one)
    for proof in bound:
        proofs.write(case, tx, subject, proof, reason, by=by)


def _stand(case: Case, tx: Tx, one: Wanted) -> None:
    """Disabled at the source is disabled here; back again there is back here, unless an administrator ended it."""
    was = one.held.disabled if one.held is not None else False
    if one.subject.disabled and not was:
        current = tx.people.get(one.subject.id) or one.subject
        disable(case.idp, tx, current, case.now, by="directory", why="disabled where they came from")
    elif was and not one.subject.disabled and one.held is not None and one.held.disabled_by == "directory":
        current = tx.people.get(one.subject.id) or one.subject
        tx.people.change(replace(_enabled(current), access_version=current.access_version + 1))


def _enabled(subject: Subject) -> Subject:
    return replace(subject, disabled=False, disabled_by=None)


def _post(case: Case, subject: Subject, title: str | None) -> Post:
    return Post(case.idp.id("post"), subject.id, case.department.id, "regular", title, case.now, is_default=True)


def _write_client(case: Case, tx: Tx, client: Client, what: What, reason: str, *, by: str) -> None:
    """One whose secret did not come gets one that nobody has seen: a new one is asked for when it is wanted."""
    if what in ("added", "changed"):
        client, _ = minted(case.idp, client)
        registrations.write(tx, client, what, reason, by=by)
