"""What an administrator should look at. Spec: ASVS 5.0 V16 (security events reach somebody)."""

from datetime import datetime

from idp.errors import Conflict, NotFound
from idp.events import AlertClosed
from idp.flows.admin.scope import Admin, optional_reason
from idp.flows.context import Idp
from idp.model import Alert


def listed(idp: Idp, admin: Admin, *, open_only: bool = True, limit: int = 100) -> tuple[Alert, ...]:
    """Newest first. Alerts about nobody in particular are for those who see the whole."""
    admin.require("admin.alerts.read")
    return tuple(one for one in idp.ports.truth.desk.alerts(open_only=open_only, limit=limit) if _sees(idp, admin, one))


def _sees(idp: Idp, admin: Admin, alert: Alert) -> bool:
    if admin.branch is None:
        return True
    subject = idp.ports.truth.people.get(alert.subject_id) if alert.subject_id else None
    return subject is not None and admin.sees(subject.department_id)


def close(idp: Idp, admin: Admin, alert_id: str, now: datetime, reason: str = "") -> None:
    """It was looked after; a reason is kept where one was given. Raises NotFound, Conflict (closed already)."""
    admin.require("admin.alerts.write")
    found = next((one for one in listed(idp, admin) if one.id == alert_id), None)
    if found is None:
        raise NotFound("no such open alert")
    with idp.ports.truth.begin() as tx:
        if not tx.desk.close_alert(alert_id, now):
            raise Conflict("somebody closed it first")
        tx.record(
            AlertClosed(
                subject_id=found.subject_id,
                alert_id=found.id,
                kind=found.kind,
                by=admin.subject_id,
                reason=optional_reason(reason),
            )
        )
