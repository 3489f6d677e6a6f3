"""The replicas of one directory in the order in which they are tried: as written, those that failed lately last.

Obeys no specification. One that rested is tried again by one caller alone, so that a frozen first replica costs one
person a wait every half minute, and everybody else none. Deliberately keeps no connection.
"""

import threading
import time
from collections.abc import Callable

REST_SECONDS = 30.0


class Replicas:
    """Safe between threads."""

    def __init__(self, urls: tuple[str, ...], clock: Callable[[], float] = time.monotonic) -> None:
        self._urls, self._clock = urls, clock
        self._lock = threading.Lock()
        self._rested: dict[str, float] = {}

    def in_order(self) -> list[str]:
        """All of them. Whoever gets a rested one first is its probe: for the others its rest begins anew."""
        now = self._clock()
        with self._lock:
            ordered = sorted(self._urls, key=lambda url: self._rested.get(url, 0.0) > now)
            if ordered and ordered[0] in self._rested:
                self._rested[ordered[0]] = now + REST_SECONDS
            return ordered

    def rest(self, url: str) -> None:
        """It did not answer."""
        with self._lock:
            self._rested[url] = self._clock() + REST_SECONDS

    def answered(self, url: str) -> None:
        """It did."""
        with self._lock:
            self._rested.pop(url, None)
