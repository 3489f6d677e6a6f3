"""`/admin/desk/approvals`: passes that wait for a second person, with what the first one checked."""

from flask import Response, request

from idp.errors import Invalid
from idp.flows.admin.scope import Admin
from idp.flows.admin.sentences import Teller
from idp.flows.desk import passes, script
from idp.flows.desk.passes import Waiting
from idp.web.admin.audit import said
from idp.web.admin.console import Console
from idp.web.admin.desk_person import fresh
from idp.web.pages import DeskApprovals, DeskWaiting, Notice, Reason, Text

PATH = "/desk/approvals"
DECISIONS = {"approve": (passes.approve, "desk.approved"), "refuse": (passes.refuse, "desk.refused")}


def show(console: Console, admin: Admin, notice: Notice | None = None) -> Response:
    idp, now = console.idp, console.front.visit().now
    teller = Teller(idp, admin, console.known)
    rows = tuple(_row(console, teller, one) for one in passes.waiting(idp, admin, now))
    return console.page(admin, DeskApprovals("/admin/desk/approvals", rows, notice))


def take(console: Console, admin: Admin) -> Response:
    admin.require("admin.desk.approve")
    if (first := fresh(console)) is not None:
        return first

    decide, said_then = DECISIONS.get(request.form.get("do", ""), (None, ""))
    if decide is None:
        raise Invalid("there is no such button")

    def decided() -> Notice:
        code_id, reason = request.form.get("pass", ""), request.form.get("reason", "")
        decide(console.idp, admin, code_id, reason, console.front.visit().now)
        return Notice("good", Reason(said_then))

    return show(console, admin, console.tried(decided))


def _row(console: Console, teller: Teller, one: Waiting) -> DeskWaiting:
    maker = teller.person(one.made.created_by)
    words = {check.id: Text(check.en, check.zh) for check in script.checks_for(console.idp, one.subject)}
    return DeskWaiting(
        id=one.made.id,
        person=one.subject.display_name,
        department=console.department(one.subject.department_id),
        maker=said(maker) if isinstance(maker, tuple) else maker,  # type: ignore[arg-type]
        checks=tuple(words.get(check, check) for check in one.checks),
        note=one.note,
        reason=one.reason,
        until=one.made.expires_at,
        own=one.own,
    )
