"""`/admin/desk/people/<subject>`: verify somebody by the script, then help.

Each visit takes a recent proof of one's own. The verification is a sealed cookie of this browser; the flows ask whose
it is. A code is on one answer and nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Response, request

from idp.errors import Invalid
from idp.flows.account import RECENT, is_recent
from idp.flows.admin import tokens
from idp.flows.admin.scope import Admin
from idp.flows.authorize import enter
from idp.flows.desk import find, passes, repair, script, verification
from idp.flows.desk.passes import Made
from idp.flows.desk.verification import Verified
from idp.model import AAL2, Subject
from idp.web.admin.console import Console
from idp.web.admin.person_page import line_of
from idp.web.answers import answer
from idp.web.pages import Choice, DeskPass, DeskPerson, Notice, Reason, Text

PATH = "/desk/people/<subject>"
COOKIE = "desk"
MAY = {
    "verify": "admin.desk.verify",
    "pass": "admin.desk.pass",
    "enrolment-code": "admin.desk.pass",
    "reset": "admin.desk.reset",
    "end-sessions": "admin.desk.reset",
    "give-token": "admin.tokens.write",
}
ONE_PERSON_ONLY = frozenset({"enrolment-code", "reset", "give-token"})
"""What is not done for a privileged person at all."""


@dataclass(frozen=True, slots=True)
class _Shown:
    notice: Notice | None = None
    made: DeskPass | None = None
    verified: Verified | None = None
    typed: dict[str, str] = field(default_factory=dict)
    ticked: tuple[str, ...] = ()


def show(console: Console, admin: Admin, subject: str) -> Response:
    one = find.person(console.idp, admin, subject)
    return fresh(console) or _page(console, admin, one, _Shown(verified=_verified(console)))


def take(console: Console, admin: Admin, subject: str) -> Response:
    one = find.person(console.idp, admin, subject)
    if (first := fresh(console)) is not None:
        return first
    do = request.form.get("do", "")
    if do == "verify":
        return _verify(console, admin, one)
    if do in ("pass", "enrolment-code"):
        return _make(console, admin, one, do)
    if do not in CHANGES:
        raise Invalid("there is no such button")
    notice = console.tried(lambda: CHANGES[do](console, admin, one))
    return _page(console, admin, one, _Shown(notice, verified=_verified(console)))


def fresh(console: Console) -> Response | None:
    """Through one more proof and back to this page, when the desk person's own last one is not recent."""
    front = console.front
    me, visit = front.signed_in(), front.visit()
    if me is not None and is_recent(visit, me):
        return None
    return answer(front, enter(console.idp, visit, request.path, max_age=int(RECENT.total_seconds()), acr=AAL2))


def _verified(console: Console) -> Verified | None:
    return verification.opened(console.idp, console.front.cookie(COOKIE))


def _verify(console: Console, admin: Admin, one: Subject) -> Response:
    done, note = tuple(request.form.getlist("check")), request.form.get("note", "")
    found: list[Verified] = []

    def verify() -> Notice:
        found.append(verification.verify(console.idp, admin, one.id, done, note, console.front.visit().now))
        return Notice("good", "")

    notice = console.tried(verify)
    if not found:
        return _page(console, admin, one, _Shown(notice, typed={"note": note[:500]}, ticked=done))
    console.front.set_cookie(COOKIE, verification.seal(console.idp, found[0]))
    return _page(console, admin, one, _Shown(verified=found[0]))


def _make(console: Console, admin: Admin, one: Subject, do: str) -> Response:
    now, reason = console.front.visit().now, request.form.get("reason", "")
    strong, verified = request.form.get("strong") == "yes", _verified(console)
    made: list[Made] = []

    def make() -> Notice:
        if do == "pass":
            made.append(passes.give(console.idp, admin, verified, one.id, reason, now, strong=strong))
        else:
            made.append(passes.enrolment_code(console.idp, admin, verified, one.id, reason, now))
        return Notice("good", "")

    notice = console.tried(make)
    if not made:
        typed = {"reason": reason[:200]} | ({"strong": "yes"} if strong else {})
        return _page(console, admin, one, _Shown(notice, verified=verified, typed=typed))
    shown = DeskPass(made[0].code, made[0].until, made[0].waits, enrolment=do != "pass")
    return _page(console, admin, one, _Shown(made=shown, verified=verified))


def _reset(console: Console, admin: Admin, one: Subject) -> Notice:
    which, reason = request.form.get("method", ""), request.form.get("reason", "")
    now = console.front.visit().now
    count = repair.reset(console.idp, admin, _verified(console), one.id, which, reason, now)
    return Notice("good", Reason("desk.reset-done", {"count": count}))


def _end_sessions(console: Console, admin: Admin, one: Subject) -> Notice:
    now, reason = console.front.visit().now, request.form.get("reason", "")
    count = repair.end_sessions(console.idp, admin, _verified(console), one.id, reason, now)
    return Notice("good", Reason("desk.sessions-done", {"count": count}))


def _give_token(console: Console, admin: Admin, one: Subject) -> Notice:
    serial, code, reason = (request.form.get(name, "") for name in ("serial", "code", "reason"))
    now = console.front.visit().now
    bound = tokens.assign(console.idp, admin, one.id, serial, code, reason, now, _verified(console))
    return Notice("good", Reason("desk.token-given", {"serial": bound.label}))


CHANGES: dict[str, Callable[[Console, Admin, Subject], Notice]] = {
    "reset": _reset,
    "end-sessions": _end_sessions,
    "give-token": _give_token,
}


def _page(console: Console, admin: Admin, one: Subject, shown: _Shown) -> Response:
    idp, now = console.idp, console.front.visit().now
    mine = shown.verified
    holds = mine is not None and (mine.by, mine.subject_id) == (admin.subject_id, one.id) and mine.until > now
    two = script.is_privileged(idp, one.id, now)
    may = {do for do, permission in MAY.items() if admin.may(permission)} - (ONE_PERSON_ONLY if two else frozenset())
    helpless = one.id == admin.subject_id or one.disabled
    page = DeskPerson(
        action=request.path,
        name=one.display_name,
        identifier=one.identifiers[0] if one.identifiers else one.id,
        department=console.department(one.department_id),
        checks=tuple(
            Choice(check.id, Text(check.en, check.zh), str(check.strength)) for check in script.checks_for(idp, one)
        ),
        enough=idp.settings.desk.enough,
        enough_strong=idp.settings.desk.enough_strong,
        verified_until=mine.until if mine is not None and holds else None,
        strength=mine.strength if mine is not None and holds else 0,
        two=two,
        methods=tuple(map(line_of, repair.methods(idp, admin, mine, one.id, now))) if holds else (),
        may=frozenset() if helpless else frozenset(may),
        notice=shown.notice,
        made=shown.made,
        typed=shown.typed,
        ticked=shown.ticked,
    )
    return console.page(admin, page)
