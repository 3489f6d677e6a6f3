"""What people wish about their own data, decided by whoever keeps people: a second person, with a reason.

An approved erasure destroys the person's key: names and everything sealed under it are gone everywhere at once, from
copies of the database too; rows of the log stay and verify. Spec: PIPL articles 46-47, 50 (a refusal says why).
"""

from dataclasses import dataclass
from datetime import datetime

from idp.errors import Conflict, NotFound
from idp.events import ChangeDecided, PersonChanged, PersonErased
from idp.flows import notices
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp
from idp.flows.sessions import end_everything
from idp.flows.wishes import is_ours, value_of, with_value
from idp.model import PendingChange, Subject
from idp.ports import Tx

KINDS = ("correction", "erasure")


@dataclass(frozen=True, slots=True)
class Wish:
    """One that waits. `was`: what stands there now, of a correction."""

    change: PendingChange
    subject: Subject
    was: str | None


def listed(idp: Idp, admin: Admin) -> tuple[Wish, ...]:
    """Those of people whom this administrator keeps, oldest first; empty for one who keeps nobody."""
    if not admin.may("admin.people.write"):
        return ()
    found = []
    for change in idp.ports.truth.desk.pending():
        subject = idp.ports.truth.people.get(change.asked_by) if change.kind in KINDS else None
        if subject is not None and admin.sees(subject.department_id):
            was = value_of(subject, change.body["field"]) if change.kind == "correction" else None
            found.append(Wish(change, subject, was))
    return tuple(found)


def decide(idp: Idp, admin: Admin, change_id: str, reason: str, *, approve: bool, now: datetime) -> None:
    """Carry a wish out, or turn it down. Raises: NotFound (decided, not of this branch), Conflict (their own)."""
    admin.require("admin.people.write")
    reason = required_reason(reason)
    wish = next((one for one in listed(idp, admin) if one.change.id == change_id), None)
    if wish is None:
        raise NotFound("no such wish waits")
    if admin.subject_id == wish.subject.id:
        raise Conflict("a second person decides, not who asked")
    if approve and not is_ours(idp, wish.subject):
        raise Conflict("a directory keeps this person by now: it is put right there")
    outcome = "approved" if approve else "refused"
    with idp.ports.truth.begin() as tx:
        if tx.desk.decide_change(change_id, admin.subject_id, now, outcome) is None:  # type: ignore[arg-type]
            raise Conflict("somebody decided it first")
        tx.record(
            ChangeDecided(
                subject_id=wish.subject.id, change_id=change_id, by=admin.subject_id, outcome=outcome, reason=reason
            )
        )
        if approve and wish.change.kind == "erasure":
            _erase(idp, tx, admin, wish, now)
        elif approve:
            _correct(idp, tx, admin, wish)


def _correct(idp: Idp, tx: Tx, admin: Admin, wish: Wish) -> None:
    field, wanted = wish.change.body["field"], wish.change.body["wanted"]
    tx.people.change(with_value(wish.subject, field, wanted))
    tx.record(PersonChanged(subject_id=wish.subject.id, by=admin.subject_id, fields=(field,)))
    notices.tell(idp, tx, wish.subject.id, "data-corrected")


def _erase(idp: Idp, tx: Tx, admin: Admin, wish: Wish, now: datetime) -> None:
    """Ended first, so that every application hears of it; then there is nobody to tell."""
    end_everything(idp, tx, wish.subject.id, now, why="erased", by=admin.subject_id)
    if not tx.people.erase(wish.subject.id):
        raise Conflict("that person is gone already")
    tx.record(PersonErased(subject_id=wish.subject.id, by=admin.subject_id, change_id=wish.change.id))
