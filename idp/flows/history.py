"""A person's confirmed sign-ins as counts, kept between requests, so that each sign-in reads only what is new.

A process keeps the most recent people; every read asks the store for rows since the newest one it has counted, so that
another node's sign-ins are seen at once. What is older than half a year is forgotten. Decides nothing.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from idp.model import SignIn
from idp.ports import History
from risk.attempt import Counts

KEPT = timedelta(days=180)
"""What is older teaches little (Wiefling et al., ACM TOPS 2022)."""
LATELY = timedelta(minutes=10)
OVERLAP = timedelta(minutes=1)
"""Clocks of nodes differ: rows this much older than the newest are read again, and counted once."""
PEOPLE_KEPT = 4096


@dataclass(slots=True)
class Past:
    """One person's past. `counts` must not be changed by the reader; `lately` is newest first, all outcomes."""

    counts: Counts
    confirmed: deque[SignIn] = field(default_factory=deque)
    lately: tuple[SignIn, ...] = ()
    _seen: dict[str, datetime] = field(default_factory=dict)

    @property
    def last(self) -> SignIn | None:
        return self.confirmed[-1] if self.confirmed else None

    def newest(self, now: datetime) -> datetime:
        """Since when rows are wanted."""
        return min(max(self._seen.values(), default=now - KEPT) - OVERLAP, now - LATELY)

    def add(self, rows: Sequence[SignIn], now: datetime) -> None:
        """Count what was not counted yet, and forget what is too old. `rows` are newest first."""
        for row in reversed(rows):
            if row.id not in self._seen and row.confirmed and row.answered != "not-mine":
                self.counts.add(row)
                self.confirmed.append(row)
            self._seen[row.id] = row.at
        while self.confirmed and self.confirmed[0].at < now - KEPT:
            self.counts.remove(self.confirmed.popleft())
        horizon = self.newest(now) - OVERLAP
        self._seen = {name: at for name, at in self._seen.items() if at >= horizon}
        self.lately = tuple(row for row in rows if row.at >= now - LATELY)


class Pasts:
    """The pasts of the people who signed in here most recently."""

    def __init__(self, most: int = PEOPLE_KEPT) -> None:
        self._most = most
        self._lock = Lock()
        self._people: OrderedDict[str, Past] = OrderedDict()

    def of(self, store: History, subject_id: str, now: datetime, zone: ZoneInfo) -> Past:
        """The person's past as of now. One read."""
        with self._lock:
            known = self._people.get(subject_id)
        rows = store.sign_ins(subject_id, known.newest(now) if known else now - KEPT)
        with self._lock:
            past = self._people.setdefault(subject_id, known or Past(Counts(zone=zone)))
            past.add(rows, now)
            self._people.move_to_end(subject_id)
            while len(self._people) > self._most:
                self._people.popitem(last=False)
            return past
