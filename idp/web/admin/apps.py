"""`/admin/apps`: registered applications with their last use and last error."""

import json
from datetime import timedelta
from typing import Literal

from flask import Response

from idp.flows.admin import clients
from idp.flows.admin.scope import Admin
from idp.model import Client
from idp.ports import AuditRow
from idp.web.admin.console import Console
from idp.web.pages import AdminApps, AppRow

PATH = "/apps"
LATELY = timedelta(days=30)


def show(console: Console, admin: Admin) -> Response:
    rows = tuple(_row(console, admin, one) for one in clients.listed(console.idp, admin) if not one.disabled)
    return console.page(admin, AdminApps(rows))


def _row(console: Console, admin: Admin, one: Client) -> AppRow:
    department = console.idp.department(one.department_id)
    used, failed = _last(console, admin, one, "token.issued"), _last(console, admin, one, "token.refused")
    return AppRow(
        name=one.name,
        client_id=one.id,
        department=department.name if department else one.department_id,
        grade=one.grade,
        kind=_kind(one),
        used=used.at if used else None,
        error=json.loads(failed.body).get("why") if failed else None,
        error_at=failed.at if failed else None,
    )


def _kind(one: Client) -> Literal["web", "browser", "native", "machine"]:
    if one.grant_types == ("client_credentials",):
        return "machine"
    if not one.is_public:
        return "web"
    return "browser" if all(uri.startswith("http") for uri in one.redirect_uris) else "native"


def _last(console: Console, admin: Admin, one: Client, event: str) -> AuditRow | None:
    return clients.last_event(console.idp, admin, one.id, event, console.front.visit().now - LATELY)
