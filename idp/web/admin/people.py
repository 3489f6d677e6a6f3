"""`/admin/people`: found on the server, within the administrator's branch."""

from urllib.parse import quote

from flask import Response, request

from idp.flows.admin import people
from idp.flows.admin.scope import Admin
from idp.model import Subject
from idp.web.admin.console import Console
from idp.web.pages import AdminPeople, Choice, Paging, PersonRow

PATH = "/people"


def show(console: Console, admin: Admin) -> Response:
    text, department = request.args.get("q", "").strip(), request.args.get("department", "")
    number = max(request.args.get("page", 1, type=int), 1)
    found = people.search(console.idp, admin, text, department or None, number)
    seen = people.last_seen(console.idp, admin, found.people, console.front.visit().now)
    pages = max(-(-found.total // people.PAGE), 1)
    query = (("q", text), ("department", department))
    page = AdminPeople(
        action="/admin/people",
        rows=tuple(_row(console, one, seen) for one in found.people),
        paging=Paging(number, pages, found.total, "/admin/people", query),
        departments=choices(console, admin),
        q=text[: people.LONGEST_QUERY],
        department=department,
    )
    return console.page(admin, page)


def choices(console: Console, admin: Admin) -> tuple[Choice, ...]:
    """The departments whose people this administrator sees."""
    kept = console.idp.ports.truth.configuration().departments.values()
    mine = (one for one in kept if one.connector is not None and admin.sees(one.id))
    return tuple(Choice(one.id, one.name) for one in sorted(mine, key=lambda one: one.name.en))


def _row(console: Console, one: Subject, seen: dict) -> PersonRow:  # type: ignore[type-arg]
    department = console.idp.department(one.department_id)
    return PersonRow(
        href=f"/admin/people/{quote(one.id)}",
        name=one.display_name,
        identifier=one.identifiers[0] if one.identifiers else one.id,
        department=department.name if department else one.department_id,
        state="disabled" if one.disabled else "active",
        seen=seen.get(one.id),
    )
