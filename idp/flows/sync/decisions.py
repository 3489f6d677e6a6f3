"""What a person says about those whom the guard held: they lose it after all, or they stay as they are.

Released: the next round, at once, ends exactly those of the list who still lose it then. Refused: nobody is asked again
until the list is another one. For whoever sees the department alone; the reason is kept, and everything is audited.
"""

from datetime import datetime

from idp.errors import Conflict, NotFound
from idp.events import AlertClosed, MassChangeDecided
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp
from idp.flows.sync import guard
from idp.flows.sync.rounds import standing
from idp.model import SyncRun
from idp.ports import Tx

DECIDE = "admin.sync.decide"


def decide(idp: Idp, admin: Admin, run_id: str, *, release: bool, reason: str, now: datetime) -> SyncRun:
    """Decide a held round, or the one that asks the same now.

    Raises: NotAllowed, NotFound (also: another branch's), Invalid (no reason), Conflict (decided, or the list is new).
    """
    admin.require(DECIDE)
    truth = idp.ports.truth
    seen = truth.runs.get(run_id)
    if seen is None or not admin.sees(seen.department_id):
        raise NotFound(f"no round {run_id!r} in this branch")
    reason = required_reason(reason)
    asked = standing(idp, seen.department_id)
    if asked is None or asked.state != "held" or not guard.is_same(asked.held, seen.held):
        raise Conflict("nothing of this round waits for a decision any more: look at the newest one")
    with truth.begin() as tx:
        decided = tx.runs.decide(asked.id, admin.subject_id, now, release=release)
        if decided is None:
            raise Conflict("somebody decided it first")
        tx.record(
            MassChangeDecided(
                department_id=asked.department_id,
                run_id=asked.id,
                by=admin.subject_id,
                released=release,
                people=len({one.subject_id for one in asked.held}),
                reason=reason,
            )
        )
        _looked_after(idp, tx, admin, asked.department_id, now)
    return decided


def _looked_after(idp: Idp, tx: Tx, admin: Admin, department_id: str, now: datetime) -> None:
    """The alert that asked for somebody is answered by this."""
    for one in idp.ports.truth.desk.alerts(limit=1000):
        mine = one.kind == guard.KIND and one.params.get("department") == department_id
        if mine and tx.desk.close_alert(one.id, now):
            tx.record(AlertClosed(alert_id=one.id, kind=one.kind, by=admin.subject_id))
