"""One pace for all failures of a department: what a wrong password of a known person usually takes.

A name that nobody has, one that is slowed and one that is disabled would be answered sooner: no bind, no row in a
history. So every failure is answered no sooner than the slowest of the recent real ones, but for rare stragglers. One
thread of our own keeps the time of all who wait, and a request waits for its end as it waits for a hash: bounded in
length, and in how many wait at once; whoever finds the row full is told to come again.
Spec: ASVS 5.0 V6.3.8 (no enumeration by time).
"""

from collections import deque
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as TooLate
from heapq import heappop, heappush
from itertools import count
from threading import BoundedSemaphore, Condition, Lock, Thread
from time import monotonic

from idp.errors import Unavailable

LEAST, MOST = 0.05, 1.0
"""Seconds: before anything was measured, and whatever was measured."""
RECENT = 32
STRAGGLERS = 2
"""Of the recent ones, the slowest, which say more of the machine than of the work."""
STEP = 0.01
"""Seconds: the pace moves in steps, so that it tells little of the moment."""
PLACES = 16
LATE = 0.5
"""Seconds beyond the pace after which nobody waits for the clock any more, whatever became of it."""


class Pace:
    """Safe between threads; one for each process."""

    def __init__(self, places: int = PLACES) -> None:
        self._lock = Lock()
        self._recent: dict[str, deque[float]] = {}
        self._row = BoundedSemaphore(places)
        self._clock = Clock()

    def begin(self) -> float:
        """Now, as `even` wants it back."""
        return monotonic()

    def even(self, whose: str, begun: float, *, measured: bool) -> None:
        """Return when the pace of `whose` has passed since `begun`.

        Args:
            measured: all of the work was done, so that it teaches the pace.
        Raises: Unavailable: the row is full.
        """
        if measured:
            self._learn(whose, monotonic() - begun)
        until = begun + self.of(whose)
        if until <= monotonic():
            return
        if not self._row.acquire(blocking=False):
            raise Unavailable("passwords", "too many failures at once")
        try:
            self._clock.at(until).result(timeout=until - monotonic() + LATE)
        except TooLate as error:
            raise Unavailable("passwords", "failures are answered too slowly") from error
        finally:
            self._row.release()

    def of(self, whose: str) -> float:
        """Seconds that a failure takes there."""
        with self._lock:
            seen = sorted(self._recent.get(whose, ()))
        if not seen:
            return LEAST
        usual = seen[max(0, len(seen) - 1 - STRAGGLERS)] if len(seen) > STRAGGLERS else seen[-1]
        return min(MOST, max(LEAST, (int(usual / STEP) + 1) * STEP))

    def _learn(self, whose: str, took: float) -> None:
        with self._lock:
            self._recent.setdefault(whose, deque(maxlen=RECENT)).append(took)


class Clock:
    """One thread that ends futures at their time; it begins with the first of them and ends with the process."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._due: list[tuple[float, int, Future[None]]] = []
        self._order = count()
        self._thread: Thread | None = None

    def at(self, until: float) -> Future[None]:
        """Done at that time of `monotonic`."""
        ending: Future[None] = Future()
        with self._changed:
            heappush(self._due, (until, next(self._order), ending))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="pace", daemon=True)
                self._thread.start()
            self._changed.notify()
        return ending

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > monotonic():
                    self._changed.wait(self._due[0][0] - monotonic() if self._due else None)
                _, _, ending = heappop(self._due)
            try:
                ending.set_result(None)
            except InvalidStateError:  # nobody waits for it any more
                continue
