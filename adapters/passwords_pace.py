"""One pace for all failures of a department: what a wrong password of a known person usually takes.

A name that nobody has, one that is slowed and one that is disabled would be answered sooner: no bind, no row in a
history. So every failure is answered no sooner than the slowest of the recent real ones, but for rare stragglers. The
wait is bounded in length and in how many wait at once; whoever finds no place is told to come again.
Spec: ASVS 5.0 V6.3.8 (no enumeration by time).
"""

from collections import deque
from threading import BoundedSemaphore, Lock
from time import monotonic, sleep

from idp.errors import Unavailable

LEAST, MOST = 0.05, 1.0
"""Seconds: before anything was measured, and whatever was measured."""
RECENT = 32
STRAGGLERS = 2
"""Of the recent ones, the slowest, which say more of the machine than of the work."""
STEP = 0.01
"""Seconds: the pace moves in steps, so that it tells little of the moment."""
PLACES = 16


class Pace:
    """Safe between threads; one for each process."""

    def __init__(self, places: int = PLACES) -> None:
        self._lock = Lock()
        self._recent: dict[str, deque[float]] = {}
        self._places = BoundedSemaphore(places)

    def begin(self) -> float:
        """Now, as `even` wants it back."""
        return monotonic()

    def even(self, whose: str, begun: float, *, measured: bool) -> None:
        """Return when the pace of `whose` has passed since `begun`.

        Args:
            measured: all of the work was done, so that it teaches the pace.
        Raises: Unavailable: too many wait.
        """
        if measured:
            self._learn(whose, monotonic() - begun)
        left = begun + self.of(whose) - monotonic()
        if left <= 0:
            return
        if not self._places.acquire(blocking=False):
            raise Unavailable("passwords", "too many failures at once")
        try:
            sleep(left)
        finally:
            self._places.release()

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
