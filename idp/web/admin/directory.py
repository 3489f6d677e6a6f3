"""`/admin/departments/<id>/directory/<step>`: a directory is connected, one proved step after another."""

from flask import Response, redirect, request

from idp.errors import Conflict, NotFound, Throttled
from idp.flows.admin.directory import wizard
from idp.flows.admin.directory.draft import FIELDS, Draft, has_password
from idp.flows.admin.directory.wizard import ROAD, Tried
from idp.flows.admin.scope import Admin
from idp.model import Department
from idp.web import drafts
from idp.web.admin import departments_one
from idp.web.admin.console import Console
from idp.web.admin.directory_shown import shown
from idp.web.answers import SEE_OTHER
from idp.web.pages import Notice, Reason
from idp.web.pages.admin_departments import AdminDirectory

PATH = "/departments/<department>/directory/<step>"
SECRETS = ("account_password", "password")
PICKED = {"people_in": "base_dn", "groups_in": "groups_base"}
"""Buttons beside a name that was browsed, and the field that it fills."""


def show(console: Console, admin: Admin, department: str, step: str) -> Response:
    kept, draft = wizard.load(console.idp, admin, department)
    opened = wizard.open_step(draft, _known(step))
    if opened != step:
        return redirect(address(department, opened), SEE_OTHER)  # type: ignore[return-value]
    return console.page(admin, page_of(kept, draft, step))


def take(console: Console, admin: Admin, department: str, step: str) -> Response:
    _known(step)
    do = request.form.get("do", "")
    if do == "forget":
        wizard.drop(console.idp, admin, department)
        return redirect(f"{departments_one.HOME}/{department}", SEE_OTHER)  # type: ignore[return-value]
    if step == "save":
        return _save(console, admin, department)
    browse = request.form.get("browse", "") if step == "base" else ""
    given = {name: request.form[name] for name in (*FIELDS[step], *SECRETS) if name in request.form}
    for button, field in PICKED.items() if step == "base" else ():
        if button in request.form:
            given[field] = browse = request.form[button]
    try:
        tried = wizard.try_step(console.idp, console.front.visit(), admin, department, step, given, browse)
    except Throttled:
        kept, draft = wizard.load(console.idp, admin, department)
        return console.page(admin, page_of(kept, draft, step, notice=Notice("bad", Reason("directory.too-often"))))
    except Conflict:
        kept, draft = wizard.load(console.idp, admin, department)
        return redirect(address(department, wizard.open_step(draft, step)), SEE_OTHER)  # type: ignore[return-value]
    kept, _ = wizard.load(console.idp, admin, department)
    return console.page(admin, page_of(kept, tried.draft, step, tried, browse))


def page_of(
    kept: Department,
    draft: Draft,
    step: str,
    tried: Tried | None = None,
    browse: str = "",
    notice: Notice | None = None,
) -> AdminDirectory:
    """The step with what came of it."""
    place, passed = ROAD.index(step), step in draft.passed
    return AdminDirectory(
        action=address(kept.id, step),
        back=f"{departments_one.HOME}/{kept.id}",
        department=kept.name,
        step=step,
        road=tuple((one, _state(draft, one, step, tried), address(kept.id, one)) for one in ROAD),
        typed=draft.typed,
        kept_password=has_password(draft, kept),
        previous=address(kept.id, ROAD[place - 1]) if place else None,
        next=address(kept.id, ROAD[place + 1]) if passed and place + 1 < len(ROAD) else None,
        browsed=browse,
        notice=notice,
        **(shown(tried, draft) if tried else {}),  # type: ignore[arg-type]
    )


def address(department_id: str, step: str) -> str:
    """Of a step."""
    return f"{departments_one.HOME}/{department_id}/directory/{step}"


def _save(console: Console, admin: Admin, department: str) -> Response:
    me = console.front.signed_in()
    kept, draft = wizard.load(console.idp, admin, department)
    if me is None or not drafts.proved_lately(console.front, me):
        return drafts.step_up(console.front)  # the reason comes back with the page; the draft is on the server

    def change() -> Notice:
        wizard.save(console.idp, admin, department, request.form.get("reason", ""))
        return Notice("good", Reason("directory.saved"))

    notice = console.tried(change)
    if notice.tone == "good":
        return departments_one.show(console, admin, department, notice)
    return console.page(admin, page_of(kept, draft, "save", notice=notice))


def _known(step: str) -> str:
    if step not in ROAD:
        raise NotFound(f"no step {step[:40]!r}")
    return step


def _state(draft: Draft, one: str, here: str, tried: Tried | None) -> str:
    if one == here and tried is not None and not tried.well:
        return "wrong"
    if one in draft.passed:
        return "well"
    return "here" if one == here else "later"
