"""`/admin/departments/<id>`: one department: its place in the tree, its directory, how that answered for a day."""

from datetime import timedelta

from flask import Response

from idp.flows.admin import departments, departments_health
from idp.flows.admin.departments_health import Hour
from idp.flows.admin.scope import Admin
from idp.model import Department
from idp.web.admin.console import Console
from idp.web.admin.departments import states
from idp.web.pages import Link, Notice, Reason
from idp.web.pages.admin_departments import AdminDepartment, HourLine

PATH = "/departments/<department>"
HOME = "/admin/departments"
TALLEST, LONGEST = 28, timedelta(seconds=1)


def show(console: Console, admin: Admin, department: str, notice: Notice | None = None) -> Response:
    one = departments.get(console.idp, admin, department)
    return console.page(admin, page_of(console, admin, one, notice))


def take(console: Console, admin: Admin, department: str) -> Response:
    admin.require("admin.departments.write")
    found = departments.get(console.idp, admin, department)
    now = console.front.visit().now
    health = console.healths.ask(console.idp, found, now)
    departments_health.noted(console.idp, found.id, health, now)
    if health is None or health.up:
        return show(
            console, admin, department, Notice("good", Reason("console.directory-up", {"department": found.name}))
        )
    facts = {"department": found.name, "error": health.error or ""}
    return show(console, admin, department, Notice("bad", Reason("console.directory-down", facts)))


def page_of(console: Console, admin: Admin, one: Department, notice: Notice | None) -> AdminDepartment:
    now, tree = console.front.visit().now, departments.tree(console.idp, admin)
    named = {seen.department.id: seen for seen in tree}
    lineage = reversed(console.idp.ports.truth.configuration().lineage(one.id))
    asked = one.connector not in (None, "local")
    settings, may = one.settings, admin.may("admin.departments.write")
    return AdminDepartment(
        action=f"{HOME}/{one.id}",
        name=one.name,
        id=one.id,
        level=one.level,
        people=named[one.id].people if one.id in named else 0,
        connector=one.connector or "none",
        above=tuple(_link(named[name].department) for name in lineage if name in named and name != one.id),
        beneath=tuple(_link(seen.department) for seen in tree if seen.department.parent_id == one.id),
        domains=one.domains,
        prefixes=one.prefixes,
        addresses=_texts(settings.get("urls")),
        vendor=str(settings.get("vendor", "")) if one.connector == "ldap" else "",
        account=str(settings.get("bind_dn", "")),
        base=str(settings.get("base_dn", "")),
        directory=states(console, admin, now).get(one.id) if asked else None,
        day=tuple(map(_line, departments_health.day(console.idp, admin, one.id, now))) if asked else (),
        edit=f"{HOME}/{one.id}/directory/address" if may and one.connector in (None, "ldap") else None,
        sync=f"{HOME}/{one.id}/sync" if asked else None,
        testable=may and asked,
        notice=notice,
    )


def _link(one: Department) -> Link:
    return Link(f"{HOME}/{one.id}", one.name)


def _line(hour: Hour) -> HourLine:
    share = min(1.0, (hour.slowest or timedelta()) / LONGEST)
    height = TALLEST if hour.state == "down" else max(2, round(4 + (TALLEST - 4) * share)) if hour.answers else 2
    return HourLine(hour.begins, hour.state, hour.answers, hour.failures, hour.slowest, hour.code, height)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
