"""What a person wishes about their own data: that something wrong is put right, that all of it is erased.

A wish is decided by whoever keeps people (`idp.flows.admin.wishes`), never by the person alone. What a directory keeps
is put right there, so such a wish is answered at once. Spec: PIPL articles 46 (correction) and 47 (erasure).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from idp.errors import Invalid
from idp.events import ChangeAsked
from idp.flows import notices
from idp.flows.admin.scope import optional_reason
from idp.flows.context import Idp, SignedInAs, Visit
from idp.model import ADMINISTRATOR_ROLES, PendingChange, Subject, Text

LONGEST = 200
FIELDS = ("name_en", "name_zh", "mail")
"""What may be wished otherwise; what one may do is not wished here."""


def is_ours(idp: Idp, subject: Subject) -> bool:
    """Whether this house keeps the person, and not a directory."""
    department = idp.department(subject.department_id)
    return department is not None and department.connector == "local"


def value_of(subject: Subject, field: str) -> str:
    """As it stands now."""
    values = {"name_en": subject.display_name.en, "name_zh": subject.display_name.zh, "mail": subject.mail or ""}
    return values[field]


def with_value(subject: Subject, field: str, wanted: str) -> Subject:
    """As it would stand then."""
    if field == "mail":
        return replace(subject, mail=wanted)
    name = subject.display_name
    return replace(subject, display_name=Text(wanted, name.zh) if field == "name_en" else Text(name.en, wanted))


def correct(idp: Idp, visit: Visit, me: SignedInAs, field: str, wanted: str, words: str) -> PendingChange:
    """Wish one value otherwise. Raises Invalid: `directory`, `field`, `wanted`, `same`, `waits`."""
    _require_ours(idp, me)
    wanted = " ".join(wanted.split())
    if field not in FIELDS:
        raise Invalid("field")
    if not wanted or len(wanted) > LONGEST or not wanted.isprintable() or (field == "mail" and "@" not in wanted):
        raise Invalid("wanted")
    if wanted == value_of(me.subject, field):
        raise Invalid("same")
    if any(one.body.get("field") == field for one in open_of(idp, me.subject)):
        raise Invalid("waits")
    body = {"subject": me.subject.id, "field": field, "wanted": wanted}
    change = PendingChange(
        idp.id("change"), "correction", me.subject.id, visit.now, body, optional_reason(words) or "", None
    )
    return _ask(idp, me, change)


def erase(idp: Idp, visit: Visit, me: SignedInAs) -> PendingChange:
    """Wish to be erased. Raises Invalid: `directory`, `waits`, `administrator`."""
    _require_ours(idp, me)
    if any(one.kind == "erasure" for one in open_of(idp, me.subject)):
        raise Invalid("waits")
    if not is_ordinary(idp, me.subject, visit.now):
        raise Invalid("administrator")
    change = PendingChange(idp.id("change"), "erasure", me.subject.id, visit.now, {"subject": me.subject.id}, "")
    return _ask(idp, me, change)


def withdraw(idp: Idp, visit: Visit, me: SignedInAs, change_id: str) -> bool:
    """Take one's own wish back. False: it was decided before, or is nobody's of that id."""
    if all(one.id != change_id for one in open_of(idp, me.subject)):
        return False
    with idp.ports.truth.begin() as tx:
        return tx.desk.decide_change(change_id, me.subject.id, visit.now, "refused") is not None


def is_ordinary(idp: Idp, subject: Subject, now: datetime) -> bool:
    """No administrator: such a role is given back first, or nobody would hold what it keeps safe."""
    held = idp.ports.truth.people.role_grants(subject.id)
    return all(one.role not in ADMINISTRATOR_ROLES or (one.ends_at is not None and one.ends_at <= now) for one in held)


def all_of(idp: Idp, subject: Subject) -> Sequence[PendingChange]:
    """Their wishes, newest first, with what became of them."""
    return [one for one in idp.ports.truth.desk.changes_by(subject.id) if one.kind in ("correction", "erasure")]


def open_of(idp: Idp, subject: Subject) -> Sequence[PendingChange]:
    return [one for one in all_of(idp, subject) if one.outcome is None]


def _require_ours(idp: Idp, me: SignedInAs) -> None:
    if not is_ours(idp, me.subject):
        raise Invalid("directory")


def _ask(idp: Idp, me: SignedInAs, change: PendingChange) -> PendingChange:
    with idp.ports.truth.begin() as tx:
        tx.desk.ask_change(change)
        tx.record(
            ChangeAsked(
                subject_id=me.subject.id,
                sid=me.session.sid,
                change_id=change.id,
                kind=change.kind,
                by=me.subject.id,
                reason=change.reason or None,
            )
        )
        if change.kind == "erasure":
            notices.tell(idp, tx, me.subject.id, "data-erasure")
    return change
