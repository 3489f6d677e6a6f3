"""`/admin/departments`: the tree with each directory's health."""

from datetime import datetime, timedelta

from flask import Response, request

from idp.flows.admin import departments
from idp.flows.admin.departments import Seen
from idp.flows.admin.scope import Admin
from idp.model import Department, Health
from idp.web.admin.console import Console
from idp.web.pages import AdminDepartments, DepartmentNode, DirectoryState, Notice, Reason

PATH = "/departments"
SLOW = timedelta(milliseconds=500)


def show(console: Console, admin: Admin, notice: Notice | None = None) -> Response:
    now = console.front.visit().now
    tree = departments.tree(console.idp, admin)
    health = states(console, admin, now)
    testable = admin.may("admin.departments.write")
    nodes = tuple(_node(one, health.get(one.department.id), testable) for one in tree)
    return console.page(admin, AdminDepartments("/admin/departments", nodes, notice))


def take(console: Console, admin: Admin) -> Response:
    admin.require("admin.departments.write")
    found = departments.get(console.idp, admin, request.form.get("department", ""))
    health = console.healths.ask(console.idp, found, console.front.visit().now)
    if health is None or health.up:
        notice = Notice("good", Reason("console.directory-up", {"department": found.name}))
    else:
        facts = {"department": found.name, "error": health.error or ""}
        notice = Notice("bad", Reason("console.directory-down", facts))
    return show(console, admin, notice)


def states(console: Console, admin: Admin, now: datetime) -> dict[str, DirectoryState]:
    """How the directories of this branch answered last."""
    kept = console.idp.ports.truth.configuration().departments.values()
    mine = [one for one in kept if one.connector not in (None, "local") and admin.sees(one.id)]
    last = console.healths.of(console.idp, mine, now)
    return {one.id: _state(one, last.get(one.id), now) for one in mine}


def _state(one: Department, last: tuple[Health, datetime] | None, now: datetime) -> DirectoryState:
    if last is None:
        return DirectoryState(one.name, "unknown")
    health, at = last
    state = "down" if not health.up else "slow" if health.latency > SLOW else "good"
    return DirectoryState(one.name, state, health.latency, now - at, health.error)  # type: ignore[arg-type]


def _node(seen: Seen, state: DirectoryState | None, testable: bool) -> DepartmentNode:
    one = seen.department
    return DepartmentNode(
        id=one.id,
        name=one.name,
        depth=seen.depth,
        people=seen.people,
        connector=one.connector or "none",
        directory=state,
        testable=testable and state is not None,
    )
