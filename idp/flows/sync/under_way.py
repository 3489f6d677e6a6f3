"""A round of reading a department's directory that is under way: told as it goes, kept as history.

A round that is cut off costs the next one only a look: pieces are whole, and what was taken over says the same. A
directory that cannot be read to its end ends the round as failed, and nobody leaves by it. Rounds in which nothing was
new, and failures that go on, are one line of the history each, however many there were.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from idp.errors import Conflict
from idp.flows.context import Idp
from idp.flows.sync import guard, pieces
from idp.flows.sync.marks import Marked
from idp.flows.sync.settling import settle
from idp.flows.sync.terms import Terms
from idp.model import Department, Entry, Losing, SyncRun
from idp.ports import Connector

One = TypeVar("One")
TERM = timedelta(seconds=30)
"""How long a round may say nothing before another process takes its department up."""
BEAT = timedelta(seconds=1)
QUIET = frozenset({"read", "unchanged"})
"""Counts that say nothing is new."""


@dataclass(slots=True)
class Round:
    """A round under way. `told` hears of each beat; `sleep` keeps the pace."""

    idp: Idp
    department: Department
    connector: Connector
    terms: Terms
    holder: str
    run: SyncRun
    before: SyncRun | None
    told: Callable[[SyncRun], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep
    counts: Counter[str] = field(default_factory=Counter)
    losing: list[Losing] = field(default_factory=list)
    kept: bool = False
    _began: float = field(default_factory=time.monotonic)

    @property
    def asked(self) -> tuple[Losing, ...]:
        """Whom the last round held, decided or not."""
        return self.before.held if self.before else ()

    @property
    def allowed(self) -> frozenset[Losing]:
        """Whom a person has let go."""
        return frozenset(self.asked) if self.before and self.before.state == "released" else frozenset()

    def begin_again(self) -> None:
        """What is new cannot be told: everybody is read."""
        self.run = replace(self.run, kind="full")
        self.counts.clear()
        self.losing.clear()

    def take(self, entries: Iterable[Entry]) -> None:
        """Take everybody over who streams in, piece by piece, at the pace of the settings. Raises Unavailable."""
        for piece in batches(entries, pieces.SIZE):
            now = self.idp.ports.now()
            counts, losing = pieces.take(self.idp, self.department, piece, now, self.allowed)
            self.counts.update(counts)
            self.losing += losing
            self.beat()
            ahead = self.counts["read"] / self.terms.people_per_second - (time.monotonic() - self._began)
            if ahead > 0:
                self.sleep(ahead)

    def beat(self) -> None:
        """Say that it goes on, at most once a second. Raises Conflict: another process has taken it up."""
        now = self.idp.ports.now()
        if now - self.run.beat_at < BEAT:
            return
        if not self.idp.ports.truth.lease(lease_of(self.department), self.holder, now, TERM):
            raise Conflict("another process has taken this round up")
        self._keep(replace(self.run, beat_at=now, counts=dict(self.counts)))

    def close(self, mark: Marked | None) -> SyncRun:
        """All is read: who loses something goes through the guard; who may lose it does; the rest waits."""
        now, idp = self.idp.ports.now(), self.idp
        let_go = [one for one in self.losing if one in self.allowed]
        open_ones = [one for one in self.losing if one not in self.allowed]
        going, held = guard.sift(idp, self.department, self.terms, open_ones, now)
        for one in dict.fromkeys(one.subject_id for one in (*let_go, *going)):
            self.counts.update(settle(idp, self.department, self.connector, one, now))
            self.beat()
        now, text = idp.ports.now(), mark.text() if mark else None
        run = replace(self.run, beat_at=now, ended_at=now, counts=+self.counts, mark=text, held=held)
        return self._asked_or_done(run, now)

    def fail(self, why: str) -> SyncRun:
        """It could not be read to its end."""
        now = self.idp.ports.now()
        failed = replace(self.run, state="failed", beat_at=now, ended_at=now, detail=why, counts=+self.counts)
        self._keep(self._folded(failed))
        return self.run

    def _asked_or_done(self, run: SyncRun, now: datetime) -> SyncRun:
        before = self.idp.ports.truth.runs.get(self.before.id) if self.before else None
        same = bool(run.held) and before is not None and guard.is_same(run.held, before.held)
        if same and before is not None and before.state in ("refused", "released"):
            # Decided already; the one who decided stands in that round.
            run = replace(run, state=before.state, detail=f"as decided in {before.id}")
        else:
            run = replace(run, state="held" if run.held else "done")
        with self.idp.ports.truth.begin() as tx:
            if before is not None and before.state == "held":
                tx.runs.keep(replace(before, state="done", detail=f"asked again in {run.id}" if same else "over"))
            if run.state == "held" and not same:
                guard.tell(self.idp, tx, self.department, len(run.held), self.counts["read"], now)
        self._keep(self._folded(run))
        return self.run

    def _folded(self, run: SyncRun) -> SyncRun:
        """This round, or the one before it gone on, when both say the same: nothing new, or the same failure."""
        newest = next(iter(self.idp.ports.truth.runs.of(self.department.id, 1)), None)
        if self.kept or newest is None or newest.decided_by or newest.held or run.held:
            return run
        idle = newest.state == run.state == "done" and newest.kind == run.kind == "delta"
        quiet = idle and not (newest.counts.keys() | run.counts.keys()) - QUIET
        if quiet or (newest.state == run.state == "failed" and newest.detail == run.detail):
            return replace(newest, beat_at=run.beat_at, ended_at=run.ended_at, mark=run.mark, counts=run.counts)
        return run

    def _keep(self, run: SyncRun) -> None:
        with self.idp.ports.truth.begin() as tx:
            tx.runs.keep(run)
        self.run, self.kept = run, True
        self.told(run)


def batches(entries: Iterable[One], size: int) -> Iterator[list[One]]:
    """In pieces of that size."""
    stream = iter(entries)
    while piece := list(islice(stream, size)):
        yield piece


def lease_of(department: Department) -> str:
    return f"sync:{department.id}"
