"""In which order enrolled ways are offered: what worked last on this device first, then as strong as they are."""

from collections.abc import Sequence
from datetime import timedelta

from idp.flows.context import Idp, Visit
from idp.model import FactorName

LOOKED_BACK = timedelta(days=90)


def ordered(idp: Idp, visit: Visit, subject_id: str, ways: Sequence[FactorName]) -> tuple[FactorName, ...]:
    """`ways`: strongest first."""
    if len(ways) < 2 or visit.device_hash is None:
        return tuple(ways)
    rows = idp.ports.truth.history.sign_ins(subject_id, visit.now - LOOKED_BACK, 50)
    here = (row for row in rows if row.outcome == "succeeded" and row.device_hash == visit.device_hash)
    used = next((factor for row in here for factor in ways if factor in row.factors), None)
    return tuple(sorted(ways, key=lambda one: one != used))
