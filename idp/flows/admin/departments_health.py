"""How a department's directory answered in the last 24 hours, an hour at a time, and an answer to *Test*.

Spec: none. Readings are written by whoever asked the directory (`flows.sync.answers`), a line a minute at most.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from idp.flows.admin import departments
from idp.flows.admin.scope import Admin
from idp.flows.context import Idp
from idp.flows.sync import answers
from idp.model import DirectoryReading, Health

HOURS = 24
SLOW = timedelta(milliseconds=500)
State = Literal["good", "slow", "down", "unknown"]


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour. slowest: of the answers that were well. code: the last raw cause of one that was not."""

    begins: datetime
    state: State
    answers: int
    failures: int
    slowest: timedelta | None
    code: str


def day(idp: Idp, admin: Admin, department_id: str, now: datetime) -> tuple[Hour, ...]:
    """24 hours, oldest first; the last is the one that runs. Raises NotAllowed, NotFound."""
    departments.get(idp, admin, department_id)
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    readings = idp.ports.truth.runs.readings(department_id, first)
    begins = [first + timedelta(hours=n) for n in range(HOURS)]
    return tuple(_hour(at, [one for one in readings if at <= one.at < at + timedelta(hours=1)]) for at in begins)


def noted(idp: Idp, department_id: str, health: Health | None, now: datetime) -> None:
    """Keep an answer for the day."""
    if health is not None:
        answers.note(idp, department_id, now, health.latency, None if health.up else health.error or "down")


def _hour(begins: datetime, readings: list[DirectoryReading]) -> Hour:
    failed = [one for one in readings if not one.well]
    slowest = max((one.latency for one in readings if one.well), default=None)
    state: State = "unknown"
    if readings:
        state = "down" if failed else "slow" if slowest and slowest > SLOW else "good"
    return Hour(begins, state, len(readings), len(failed), slowest, failed[-1].code if failed else "")


__all__ = ["HOURS", "Hour", "day", "noted"]
