"""`/admin/apps/new`: kind, four fields, a reason: an application is registered. What was typed survives a mistake."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Response, redirect, request

from idp.errors import Conflict, Invalid
from idp.flows.admin import app_draft
from idp.flows.admin.app_draft import Draft
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import hash_of
from idp.web.admin.app import show as show_app
from idp.web.admin.app_page import Shown
from idp.web.admin.apps import address_of
from idp.web.admin.console import Console
from idp.web.answers import SEE_OTHER
from idp.web.pages import AdminAppNew, Choice, Notice, Reason, Words

PATH = "/apps/new"
FIELDS = (
    "kind",
    "name",
    "name_zh",
    "address",
    "audience",
    "department",
    "id",
    "grade",
    "first_party",
    "authenticators",
    "reason",
)
FORM_LIFE = timedelta(hours=8)


def show(
    console: Console,
    admin: Admin,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, Words] | None = None,
    notice: Notice | None = None,
) -> Response:
    admin.require("admin.apps.write")
    departments = _departments(console, admin)
    page = AdminAppNew(
        action="/admin/apps/new",
        once=console.idp.token(),
        departments=departments if len(departments) > 1 else (),
        passkeys=tuple((one, Reason(f"app.authenticators.{one}")) for one in app_draft.PASSKEYS),
        wrong=wrong or {},
        typed=typed or {},
        notice=notice,
    )
    return console.page(admin, page)


def take(console: Console, admin: Admin) -> Response:
    admin.require("admin.apps.write")
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    draft = _draft(typed, _departments(console, admin))
    wrong = _wrong(console, admin, draft, typed["reason"])
    if wrong:
        return show(console, admin, typed, wrong)
    if draft.client_id == "":
        typed["id"] = app_draft.id_of(draft.name, console.idp.ports.truth.configuration())
    secret: list[str | None] = []

    def register() -> Notice:
        _first_time(console)
        client, made = app_draft.register(console.idp, admin, draft, typed["reason"])
        typed["id"] = client.id
        secret.append(made)
        return Notice("good", "")

    notice = console.tried(register)
    if not secret:
        return show(console, admin, typed, notice=notice)
    if secret[0] is None:
        return redirect(address_of(typed["id"]), SEE_OTHER)  # type: ignore[return-value]
    return show_app(console, admin, typed["id"], Shown(secret=secret[0], registered=True))


def _departments(console: Console, admin: Admin) -> tuple[Choice, ...]:
    known = console.idp.ports.truth.configuration().departments.values()
    return tuple(Choice(one.id, one.name) for one in sorted(known, key=lambda one: one.id) if admin.sees(one.id))


def _draft(typed: Mapping[str, str], departments: tuple[Choice, ...]) -> Draft:
    return Draft(
        kind=typed["kind"],
        name=typed["name"],
        name_zh=typed["name_zh"],
        address=typed["address"],
        audience=typed["audience"],
        department_id=departments[0].value if len(departments) == 1 else typed["department"],
        client_id=typed["id"],
        first_party=typed["first_party"] == "yes",
        authenticators=typed["authenticators"] or "any",
        grade=int(typed["grade"]) if typed["grade"] in ("1", "2", "3", "4") else int(not typed["grade"]),
    )


def _wrong(console: Console, admin: Admin, draft: Draft, reason: str) -> dict[str, Words]:
    """The first problem of each field."""
    found: dict[str, Words] = {}
    for one in app_draft.problems_of(console.idp, admin, draft):
        found.setdefault(one.where, Reason(one.message, one.facts))
    try:
        required_reason(reason)
    except Invalid:
        found["reason"] = Reason("app.reason-unfit" if reason else "app.reason-missing")
    return found


def _first_time(console: Console) -> None:
    """A form that is sent twice registers once: a second application would have its own secret, which nobody sees."""
    once = request.form.get("once", "")
    if not once or not console.idp.ports.brief.spend("app-form", hash_of(once), FORM_LIFE):
        raise Conflict("this form was sent before; look for the application in the list")
