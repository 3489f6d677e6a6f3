"""`/admin/approvals`: what waits for a second person."""

from flask import Response, request

from idp.flows.admin import roles, wishes
from idp.flows.admin.bootstrap import NAMES
from idp.flows.admin.roles import Waiting
from idp.flows.admin.scope import Admin
from idp.flows.admin.sentences import Teller
from idp.flows.admin.wishes import Wish
from idp.web.admin.audit import said
from idp.web.admin.console import Console
from idp.web.pages import AdminApprovals, Approval, Notice, Reason, WishRow

PATH = "/approvals"


def show(console: Console, admin: Admin, notice: Notice | None = None) -> Response:
    teller = Teller(console.idp, admin, console.known)
    found = roles.waiting(console.idp, admin, console.front.visit().now)
    wished = tuple(_wish(admin, one) for one in wishes.listed(console.idp, admin))
    page = AdminApprovals("/admin/approvals", tuple(_line(teller, admin, one) for one in found), notice, wished)
    return console.page(admin, page)


def take(console: Console, admin: Admin) -> Response:
    approve = request.form.get("do") == "approve"

    def decide() -> Notice:
        now = console.front.visit().now
        change_id, reason = request.form.get("approval", ""), request.form.get("reason", "")
        if wish := request.form.get("wish", ""):
            wishes.decide(console.idp, admin, wish, reason, approve=approve, now=now)
            return Notice("good", Reason("wish.done" if approve else "wish.refused"))
        roles.decide(console.idp, admin, change_id, reason, approve=approve, now=now)
        return Notice("good", Reason("console.approved" if approve else "console.turned-down"))

    return show(console, admin, console.tried(decide))


def _line(teller: Teller, admin: Admin, one: Waiting) -> Approval:
    asked = teller.person(one.change.asked_by)
    own = admin.subject_id in (one.change.asked_by, one.change.body["subject"]) or not admin.may("admin.roles.approve")
    return Approval(
        id=one.change.id,
        requester=said(asked) if isinstance(asked, tuple) else asked,  # type: ignore[arg-type]
        person=one.subject.display_name if one.subject else one.change.body["subject"],
        role=NAMES.get(one.role, one.role),
        reason=one.change.reason,
        asked_at=one.change.asked_at,
        expires=one.lapses_at,
        until=one.until,
        own=own,
    )


def _wish(admin: Admin, one: Wish) -> WishRow:
    words = Reason("wish.erasure")
    if one.change.kind == "correction":
        field = Reason(f"data.field.{one.change.body['field']}")
        words = Reason("wish.correction", {"field": field, "was": one.was or "–", "wanted": one.change.body["wanted"]})
    return WishRow(
        id=one.change.id,
        kind="erasure" if one.change.kind == "erasure" else "correction",
        person=one.subject.display_name,
        words=words,
        asked_at=one.change.asked_at,
        why=one.change.reason,
        own=admin.subject_id == one.subject.id,
    )
