"""`/admin/desk`: find the person who asks for help; within the branch, on the server, and never a list of all."""

from urllib.parse import quote

from flask import Response, request

from idp.flows.admin.scope import Admin
from idp.flows.desk import find, passes
from idp.web.admin.console import Console
from idp.web.pages import DeskFind, DeskRow

PATH = "/desk"


def show(console: Console, admin: Admin) -> Response:
    text = request.args.get("q", "").strip()[: find.LONGEST]
    found = find.find(console.idp, admin, text)
    now = console.front.visit().now
    waiting = len(passes.waiting(console.idp, admin, now)) if admin.may("admin.desk.approve") else 0
    rows = tuple(
        DeskRow(
            href=f"/admin/desk/people/{quote(one.id)}",
            name=one.display_name,
            identifier=one.identifiers[0] if one.identifiers else one.id,
            department=console.department(one.department_id),
        )
        for one in found
    )
    return console.page(admin, DeskFind("/admin/desk", text, rows if text else None, waiting))
