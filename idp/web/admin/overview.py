"""`/admin`: today in figures, directories, alerts, the latest events."""

from flask import Response, redirect

from idp.flows.admin import alerts, log, overview
from idp.flows.admin.scope import Admin
from idp.web.admin.alerts import URGENT, line_of
from idp.web.admin.audit import lines
from idp.web.admin.console import Console
from idp.web.admin.departments import states
from idp.web.answers import SEE_OTHER
from idp.web.pages import AdminOverview, Figures, Hour, Reason, ReasonCount

PATH = ""
SHOWN = 5


def show(console: Console, admin: Admin) -> Response:
    if not admin.may("admin.alerts.read") and admin.may("admin.desk.read"):
        return redirect("/admin/desk", SEE_OTHER)  # type: ignore[return-value]  # the help desk's front page
    now = console.front.visit().now
    today = overview.today(console.idp, admin, now)
    open_alerts = alerts.listed(console.idp, admin)
    succeeded, asked, refused = today.totals
    urgent = sum(one.kind in URGENT for one in open_alerts)
    letters = console.idp.ports.truth.notices.waiting() if admin.branch is None else 0
    page = AdminOverview(
        figures=Figures(succeeded + refused, succeeded, asked, refused, len(open_alerts), urgent, letters),
        hours=tuple(Hour(hour, *counts) for hour, counts in enumerate(today.hours)),
        reasons=tuple(_reason(console, *one) for one in today.reasons),
        directories=tuple(states(console, admin, now).values()) if admin.may("admin.departments.read") else (),
        alerts=tuple(line_of(console, admin, one) for one in open_alerts[:SHOWN]),
        latest=_latest(console, admin),
    )
    return console.page(admin, page)


def _reason(console: Console, because: str, client_id: str, times: int) -> ReasonCount:
    clients = console.idp.ports.truth.configuration().clients
    name = clients[client_id].name if client_id in clients else client_id
    return ReasonCount(Reason(because, {"application": name}), times)


def _latest(console: Console, admin: Admin):  # type: ignore[no-untyped-def]
    if not admin.may("admin.audit.read") or admin.branch is not None:
        return ()
    return lines(console, admin, log.search(console.idp, admin, log.Wanted(), SHOWN))
