"""What waits for administrators and for applications, in SQL: alerts, changes for a second person, logout tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import bindparam, insert, select, update

from adapters.sealing import Keyring
from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.quick import Quick
from adapters.sql.shape import Open, Sealed, as_is
from adapters.sql.tables import alert, logout_delivery, pending_change
from idp.model import Alert, LogoutDelivery, PendingChange

CLAIM = timedelta(seconds=60)
"""How long one process has for a delivery that it took before another may try it."""
MOMENT = bindparam("moment", type_=Moment())
ALERT = Sealed(Alert, alert, {"params": as_is})
CHANGE = Sealed(PendingChange, pending_change, {"body": as_is, "reason": as_is})
DELIVERY = Open(LogoutDelivery, logout_delivery)

_alerts = select(*ALERT.columns).order_by(alert.c.at.desc(), alert.c.id).limit(bindparam("most"))
OPEN_ALERTS = _alerts.where(alert.c.closed_at.is_(None))
CLOSE_ALERT = (
    update(alert).where(alert.c.id == bindparam("alert"), alert.c.closed_at.is_(None)).values(closed_at=MOMENT)
)
_changes = select(*CHANGE.columns)
PENDING = _changes.where(pending_change.c.decided_at.is_(None)).order_by(pending_change.c.asked_at, pending_change.c.id)
CHANGES_BY = _changes.where(pending_change.c.asked_by == bindparam("person")).order_by(
    pending_change.c.asked_at.desc(), pending_change.c.id
)
CHANGE_OF = _changes.where(pending_change.c.id == bindparam("change"))
DECIDE = (
    update(pending_change)
    .where(pending_change.c.id == bindparam("change"), pending_change.c.decided_at.is_(None))
    .values(decided_by=bindparam("by"), decided_at=MOMENT, outcome=bindparam("decision"))
)
DELIVERIES_OF = (
    select(*DELIVERY.columns)
    .where(logout_delivery.c.sid == bindparam("session"))
    .order_by(logout_delivery.c.created_at, logout_delivery.c.id)
)
DUE = Quick(
    select(*DELIVERY.columns)
    .where(logout_delivery.c.done_at.is_(None), logout_delivery.c.next_at <= MOMENT)
    .order_by(logout_delivery.c.next_at, logout_delivery.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
"""Asked each second, so it is made once."""
SETTLE = (
    update(logout_delivery)
    .where(logout_delivery.c.id == bindparam("delivery"))
    .values(
        attempts=logout_delivery.c.attempts + 1,
        done_at=bindparam("done", type_=Moment()),
        next_at=bindparam("again", type_=Moment()),
        failure=bindparam("why"),
    )
)


class SqlDesk:
    """`idp.ports.Desk`. Parameters of alerts and bodies of changes are sealed: they may name people."""

    def __init__(self, line: Line, keyring: Keyring) -> None:
        self._line, self._keyring = line, keyring

    def alerts(self, *, open_only: bool = True, limit: int = 100) -> Sequence[Alert]:
        rows = self._line.all(OPEN_ALERTS if open_only else _alerts, most=limit)
        return [ALERT.build(row, self._keyring) for row in rows]

    def pending(self) -> Sequence[PendingChange]:
        return [CHANGE.build(row, self._keyring) for row in self._line.all(PENDING)]

    def changes_by(self, subject_id: str) -> Sequence[PendingChange]:
        return [CHANGE.build(row, self._keyring) for row in self._line.all(CHANGES_BY, person=subject_id)]

    def deliveries_of(self, sid: str) -> Sequence[LogoutDelivery]:
        return [DELIVERY.build(row) for row in self._line.all(DELIVERIES_OF, session=sid)]

    def raise_alert(self, alert_: Alert) -> None:
        self._line.write(insert(alert), ALERT.values(alert_, self._keyring))

    def close_alert(self, alert_id: str, at: datetime) -> bool:
        return self._line.write(CLOSE_ALERT, {"alert": alert_id, "moment": at}) == 1

    def ask_change(self, change: PendingChange) -> None:
        self._line.write(insert(pending_change), CHANGE.values(change, self._keyring))

    def decide_change(
        self, change_id: str, by: str, at: datetime, outcome: Literal["approved", "refused"]
    ) -> PendingChange | None:
        decided = {"change": change_id, "by": by, "moment": at, "decision": outcome}
        if self._line.write(DECIDE, decided) == 0:
            return None
        row = self._line.one(CHANGE_OF, change=change_id)
        return None if row is None else CHANGE.build(row, self._keyring)

    def queue_logout(self, delivery: LogoutDelivery) -> None:
        first = delivery.next_at or delivery.created_at
        self._line.write(insert(logout_delivery), {**DELIVERY.values(delivery), "next_at": first})

    def due_logouts(self, now: datetime, limit: int) -> Sequence[LogoutDelivery]:
        due = [DELIVERY.build(row) for row in self._line.all(DUE, moment=now, most=limit)]
        if due:
            mine = logout_delivery.c.id.in_([delivery.id for delivery in due])
            self._line.write(update(logout_delivery).where(mine).values(next_at=now + CLAIM))
        return due

    def settle_logout(
        self, delivery_id: str, *, done_at: datetime | None, next_at: datetime | None, failure: str | None
    ) -> None:
        settled = {"delivery": delivery_id, "done": done_at, "again": next_at, "why": failure}
        self._line.write(SETTLE, settled)
