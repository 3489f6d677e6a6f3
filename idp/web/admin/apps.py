"""`/admin/apps`: registered applications with their last use and last error."""

import json
import re
from datetime import timedelta

from flask import Response

from idp.flows.admin import clients
from idp.flows.admin.app_draft import kind_of
from idp.flows.admin.scope import Admin
from idp.model import Client
from idp.ports import AuditRow
from idp.web.admin.console import Console
from idp.web.pages import AdminApps, AppRow, Name, Reason

PATH = "/apps"
NEW = "/admin/apps/new"
LATELY = timedelta(days=30)

_ENDED = (
    "what it came from is gone",
    "the application is disabled",
    "everything of the application was ended",
    "the grant is revoked",
    "the person is disabled or signed out everywhere",
    "the post is not held any more",
    "the browser was not seen for too long",
)
ERRORS: dict[str, str] = {
    "no such code, or it is over": "app.error.code-over",
    "redirect_uri is not the one of the authorization request": "app.error.redirect",
    "verifier missing, malformed or unasked": "app.error.verifier",
    "wrong verifier": "app.error.verifier",
    "the code is bound to another key": "app.error.key",
    "the token is bound to another key": "app.error.key",
    "not the current token, or revoked": "app.error.refresh-old",
    "the family is over": "app.error.refresh-old",
    "no such family": "app.error.refresh-old",
    **dict.fromkeys(_ENDED, "app.error.ended"),
}
"""Why tokens were refused, as the log says it → the sentence that says what to do."""
_ANOTHERS = re.compile(r"the (code|token) of .* was shown by ")


def show(console: Console, admin: Admin) -> Response:
    rows = tuple(_row(console, admin, one) for one in clients.listed(console.idp, admin) if not one.disabled)
    return console.page(admin, AdminApps(rows, NEW if admin.may("admin.apps.write") else None))


def address_of(client_id: str) -> str:
    """An application's own page."""
    return f"/admin/apps/{client_id}"


def department_of(console: Console, one: Client) -> Name:
    """The name of the department that runs it."""
    found = console.idp.department(one.department_id)
    return found.name if found else one.department_id


def last(console: Console, admin: Admin, one: Client, event: str) -> AuditRow | None:
    """The newest event of that kind in the last 30 days."""
    return clients.last_event(console.idp, admin, one.id, event, console.front.visit().now - LATELY)


def said(failed: AuditRow) -> Reason:
    """A refusal in plain words."""
    body = json.loads(failed.body)
    why = str(body.get("why", ""))
    if body.get("reference"):
        return Reason("app.error.policy", {"why": why})
    if _ANOTHERS.match(why):
        return Reason("app.error.another-client")
    if why.startswith("the session is "):
        return Reason("app.error.ended")
    return Reason(ERRORS[why]) if why in ERRORS else Reason("app.error.other", {"why": why})


def _row(console: Console, admin: Admin, one: Client) -> AppRow:
    used, failed = last(console, admin, one, "token.issued"), last(console, admin, one, "token.refused")
    return AppRow(
        name=one.name,
        client_id=one.id,
        department=department_of(console, one),
        grade=one.grade,
        kind=kind_of(one),
        href=address_of(one.id),
        used=used.at if used else None,
        error=said(failed) if failed else None,
        error_at=failed.at if failed else None,
    )
