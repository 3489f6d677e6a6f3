"""`/admin/alerts`: what somebody should look at."""

from flask import Response, request

from idp.flows.admin import alerts
from idp.flows.admin.scope import Admin
from idp.model import Alert
from idp.web.admin.console import Console
from idp.web.pages import AdminAlerts, AlertLine, Notice, Reason

PATH = "/alerts"
URGENT = frozenset(
    {
        "stolen-session",
        "not-me",
        "code-replay",
        "copied-key",
        "approval-fatigue",
        "model-recalled",
        "mass-change",
        "mail-lost",
    }
)


def show(console: Console, admin: Admin, notice: Notice | None = None) -> Response:
    found = alerts.listed(console.idp, admin, open_only=False)
    action = "/admin/alerts" if admin.may("admin.alerts.write") else None
    page = AdminAlerts(action, tuple(line_of(console, admin, one) for one in found), notice)
    return console.page(admin, page)


def take(console: Console, admin: Admin) -> Response:
    def close() -> Notice:
        alert_id, reason = request.form.get("alert", ""), request.form.get("reason", "")
        alerts.close(console.idp, admin, alert_id, console.front.visit().now, reason)
        return Notice("good", Reason("console.closed"))

    return show(console, admin, console.tried(close))


def line_of(console: Console, admin: Admin, alert: Alert) -> AlertLine:
    """One alert; the person's name only for those who may see them."""
    subject = console.idp.ports.truth.people.get(alert.subject_id) if alert.subject_id else None
    seen = subject if subject is not None and admin.sees(subject.department_id) else None
    return AlertLine(
        id=alert.id,
        at=alert.at,
        words=Reason(alert.message, _facts(alert)),
        urgent=alert.kind in URGENT,
        # Nobody is noted as looking after an alert: it is open until it is closed.
        state="closed" if alert.closed_at else "acknowledged",
        person=seen.display_name if seen else None,
        href=f"/admin/people/{seen.id}" if seen and admin.may("admin.people.read") else None,
    )


def _facts(alert: Alert) -> dict[str, object]:
    """What an alert names. A letter is named by its own first line."""
    about = alert.params.get("about")
    return {**alert.params} | ({"about": Reason(f"letter.{about}.subject")} if about else {})
