"""Temporary access passes: made by one person for ordinary staff, by two for everybody else; shown once.

A pass opens enrolment alone. What is bound with it is worth what was verified: AAL2 by one person, phishing-resistant
by two. Administrators take two people of different roles. Spec: NIST SP 800-63B-4 §4.2.2 (issued recovery codes).
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.errors import Conflict, NotFound
from idp.events import EnrolmentCodeMade, PassApproved, PassAsked, PassMade, PassRefused
from idp.flows.admin.people import new_code
from idp.flows.admin.scope import OPERATOR, Admin, required_reason
from idp.flows.context import Idp
from idp.flows.desk.find import somebody_else
from idp.flows.desk.script import is_privileged, roles_of
from idp.flows.desk.verification import Verified, require, spend
from idp.flows.notices import tell
from idp.flows.sign_in.enrol import clean_code, hash_code
from idp.model import AAL2, AAL2_PHR, ADMINISTRATOR_ROLES, EnrolmentCode, Subject
from policies.roles import HELP_DESK

DECIDED = "somebody decided it first, or it is over"


@dataclass(frozen=True, slots=True)
class Made:
    """A code as it is shown once. waits: a second person has to say so first."""

    code: str
    until: datetime
    waits: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pass that waits, with the checks and the words of whoever made it."""

    made: EnrolmentCode
    subject: Subject
    checks: tuple[str, ...]
    note: str
    reason: str
    own: bool


def give(
    idp: Idp, admin: Admin, verified: Verified | None, subject_id: str, reason: str, now: datetime, *, strong: bool
) -> Made:
    """Make a pass for a person who was verified.

    Args:
        strong: what is bound with it may be phishing-resistant; that takes a second person, as privileged people do.
    Raises: NotFound, Conflict, Expired (not verified), Invalid (no reason).
    """
    admin.require("admin.desk.pass")
    subject = somebody_else(idp, admin, subject_id)
    why = required_reason(reason)
    two = strong or is_privileged(idp, subject.id, now)
    desk = idp.settings.desk
    found = require(idp, admin, verified, subject.id, desk.enough_strong if two else desk.enough, now)
    spend(idp, found, "credential", now)
    code, until = new_code(idp), now + timedelta(minutes=desk.pass_minutes)
    kept = EnrolmentCode(
        id=idp.id("code"),
        subject_id=subject.id,
        code_hash=hash_code(idp, clean_code(code)),
        created_by=admin.subject_id,
        expires_at=until,
        kind="pass",
        ceiling=AAL2_PHR if two else AAL2,
        waits=two,
    )
    event = PassAsked if two else PassMade
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_code(kept)
        tx.record(
            event(subject_id=subject.id, by=admin.subject_id, ceiling=kept.ceiling, until=until.isoformat(), reason=why)
        )
        if not two:
            tell(idp, tx, subject.id, "pass-made", by="desk", until=until.isoformat())
    return Made(code, until, two)


def enrolment_code(
    idp: Idp, admin: Admin, verified: Verified | None, subject_id: str, reason: str, now: datetime
) -> Made:
    """A code that vouches for a new factor beside the password, worth AAL2; privileged people take a pass, by two."""
    admin.require("admin.desk.pass")
    subject = somebody_else(idp, admin, subject_id)
    why = required_reason(reason)
    if is_privileged(idp, subject.id, now):
        raise Conflict("that person takes two people: make a pass")
    found = require(idp, admin, verified, subject.id, idp.settings.desk.enough, now)
    spend(idp, found, "credential", now)
    code, until = new_code(idp), now + timedelta(hours=idp.settings.life.enrolment_code_hours)
    hashed = hash_code(idp, clean_code(code))
    kept = EnrolmentCode(idp.id("code"), subject.id, hashed, admin.subject_id, until, ceiling=AAL2)
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_code(kept)
        tx.record(EnrolmentCodeMade(subject_id=subject.id, by=admin.subject_id, reason=why))
        tell(idp, tx, subject.id, "pass-made", by="desk", until=until.isoformat())
    return Made(code, until, waits=False)


def waiting(idp: Idp, admin: Admin, now: datetime) -> tuple[Waiting, ...]:
    """Passes of the branch that wait for a second person."""
    admin.require("admin.desk.approve")
    found = []
    for made in idp.ports.truth.authenticators.waiting_codes(now):
        subject = idp.ports.truth.people.get(made.subject_id)
        if subject is not None and admin.sees(subject.department_id):
            own = admin.subject_id in (made.created_by, subject.id)
            found.append(Waiting(made, subject, *_told(idp, made), own))
    return tuple(found)


def _told(idp: Idp, made: EnrolmentCode) -> tuple[tuple[str, ...], str, str]:
    """(checks, note, reason) as the log has them: what the second person reads was not written for them alone."""
    audit = idp.ports.truth.audit
    by = [
        row for row in audit.search(name="desk.verified", subject_id=made.subject_id, limit=10) if _by(row.body, made)
    ]
    asked = [
        row for row in audit.search(name="desk.pass-asked", subject_id=made.subject_id, limit=10) if _by(row.body, made)
    ]
    checks = tuple(json.loads(by[0].body).get("checks", ())) if by else ()
    return checks, (by[0].reason or "") if by else "", (asked[0].reason or "") if asked else ""


def _by(body: str, made: EnrolmentCode) -> bool:
    return bool(json.loads(body).get("by") == made.created_by)


def approve(idp: Idp, admin: Admin, code_id: str, reason: str, now: datetime) -> Subject:
    """The second person's yes: the pass is good from now on.

    Raises: NotFound (over, not of this branch), Conflict (their own, about themselves, or of the same role where two
    roles are needed).
    """
    why, found = required_reason(reason), _of_another(idp, admin, code_id, now)
    _require_two_roles(idp, admin, found, now)
    with idp.ports.truth.begin() as tx:
        if tx.authenticators.approve_code(code_id, admin.subject_id, now) is None:
            raise Conflict(DECIDED)
        tx.record(
            PassApproved(subject_id=found.subject.id, by=admin.subject_id, made_by=found.made.created_by, reason=why)
        )
        tell(idp, tx, found.subject.id, "pass-made", by="desk", until=found.made.expires_at.isoformat())
    return found.subject


def refuse(idp: Idp, admin: Admin, code_id: str, reason: str, now: datetime) -> Subject:
    """The second person's no: the pass never opens anything. Raises NotFound, Conflict (their own, decided before)."""
    why, found = required_reason(reason), _of_another(idp, admin, code_id, now)
    with idp.ports.truth.begin() as tx:
        if not tx.authenticators.refuse_code(code_id, admin.subject_id, now):
            raise Conflict(DECIDED)
        tx.record(
            PassRefused(subject_id=found.subject.id, by=admin.subject_id, made_by=found.made.created_by, reason=why)
        )
    return found.subject


def _of_another(idp: Idp, admin: Admin, code_id: str, now: datetime) -> Waiting:
    """A pass that this person may decide. Raises NotAllowed, NotFound, Conflict: they made it, or it is for them."""
    found = next((one for one in waiting(idp, admin, now) if one.made.id == code_id), None)
    if found is None:
        raise NotFound("no such pass waits")
    if found.own:
        raise Conflict("a second person decides: not who made it, and not whom it is for")
    return found


def _require_two_roles(idp: Idp, admin: Admin, found: Waiting, now: datetime) -> None:
    """An administrator comes back only by two people of different roles. Raises Conflict."""
    if roles_of(idp, found.subject.id, now).isdisjoint(ADMINISTRATOR_ROLES):
        return
    if _desk_roles(idp, admin.subject_id, now) & _desk_roles(idp, found.made.created_by, now):
        raise Conflict("an administrator's pass takes two people of different roles")


def _desk_roles(idp: Idp, subject_id: str, now: datetime) -> frozenset[str]:
    if subject_id == OPERATOR.subject_id:
        return frozenset({subject_id})
    return roles_of(idp, subject_id, now) & {*ADMINISTRATOR_ROLES, HELP_DESK}
