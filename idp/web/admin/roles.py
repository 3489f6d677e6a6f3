"""`/admin/roles`: every role as a list of what it allows."""

from flask import Response

from idp.flows.admin import roles
from idp.flows.admin.bootstrap import NAMES
from idp.flows.admin.scope import Admin
from idp.web.admin.console import Console
from idp.web.pages import AdminRoles, RoleRow

PATH = "/roles"


def show(console: Console, admin: Admin) -> Response:
    found = roles.listed(console.idp, admin, console.front.visit().now)
    return console.page(admin, AdminRoles(tuple(_row(one) for one in found)))


def _row(role: roles.Role) -> RoleRow:
    return RoleRow(
        name=NAMES.get(role.name, role.name),
        department=None,
        allows=tuple(permission.name_text for permission in role.allows),
        holders=len(role.holders),
        second_person=role.administrator,
        administrator=role.administrator,
    )
