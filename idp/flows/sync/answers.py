"""How a directory answered, kept for a day: a line a minute at most."""

from datetime import datetime, timedelta

from idp.errors import Conflict
from idp.flows.context import Idp
from idp.model import DirectoryReading

APART = timedelta(minutes=1)
LONGEST = 300


def note(idp: Idp, department_id: str, at: datetime, latency: timedelta, code: str | None = None) -> None:
    """Remember an answer. code: the raw cause; None: it answered well."""
    kept = idp.ports.truth.runs.readings(department_id, at - APART)
    if any(one.well == (code is None) for one in kept):
        return
    try:
        with idp.ports.truth.begin() as tx:
            tx.runs.add_reading(DirectoryReading(department_id, at, code is None, latency, (code or "")[:LONGEST]))
    except Conflict:  # another process noted that very moment
        return
