"""Rounds begin when they are due: one leader for each department, a few departments at once, none waits for another.

A department that was never read, or whose held list was released, is read at once; one that failed when its next delta
would have been due. Deliberately remembers nothing that another process would have to know: history and leases do.
"""

import logging
from datetime import datetime
from functools import partial

from idp.errors import Conflict, Unavailable
from idp.flows.context import Idp
from idp.flows.sync import rounds
from idp.flows.sync.side_by_side import SideBySide
from idp.flows.sync.terms import Terms, terms_of
from idp.flows.sync.under_way import TERM
from idp.model import Department, SyncRun

log = logging.getLogger("gerege.sync")
AT_ONCE = 8
"""Directories read at the same time by one process."""
FULL_LOOKED_BACK = 400


class Leader:
    """Of one process. Whether it leads is `background`'s; which department it may read, the lease's."""

    def __init__(self, idp: Idp, at_once: int = AT_ONCE) -> None:
        self._idp, self._holder = idp, idp.id("syncer")
        self._rounds: SideBySide[None] = SideBySide("sync", at_once)

    def turn(self) -> int:
        """Begin what is due. How many rounds are under way."""
        now, newest = self._idp.ports.now(), self._idp.ports.truth.runs.newest()
        for department in self._idp.ports.truth.configuration().departments.values():
            if department.connector in (None, "local") or self._rounds.is_under_way(department.id):
                continue
            if due := self.due(department, newest.get(department.id), now):
                self._rounds.begin(department.id, partial(self._round, department, full=due == "full"))
        return len(self._rounds)

    def due(self, department: Department, last: SyncRun | None, now: datetime) -> str | None:
        """`full`, `delta`, or nothing now."""
        terms = terms_of(self._idp.settings, department)
        if last is None or last.state == "released":
            return "full"
        if last.state == "running":
            return "delta" if now - last.beat_at > TERM else None
        if now - (last.ended_at or last.started_at) < terms.delta:
            return None
        return "full" if self._full_due(department, terms, now) else "delta"

    def _full_due(self, department: Department, terms: Terms, now: datetime) -> bool:
        past = self._idp.ports.truth.runs.of(department.id, FULL_LOOKED_BACK)
        done = (one.started_at for one in past if one.kind == "full" and one.state not in ("running", "failed"))
        last = next(iter(done), None)
        return last is None or now - last >= terms.full

    def _round(self, department: Department, *, full: bool) -> None:
        try:
            rounds.run(self._idp, department, self._holder, full=full)
        except (Conflict, Unavailable) as wait:
            log.info("%s is not read now: %s", department.id, wait)
        except Exception:
            log.exception("the round of %s broke off", department.id)
