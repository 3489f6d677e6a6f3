"""A circuit breaker for one directory: after a few failures in a row nobody waits until one caller has tried again.

Keeps a directory that is down from holding every thread for its whole timeout, so that other departments go on.
Deliberately answers nothing itself: open means Unavailable, never a yes and never "nobody has that name".
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta


class Breaker:
    """Closed (calls pass), open (refused at once), or one probe under way. Safe between threads.

    Args:
        failures: in a row, that open it.
        rest: from the last failure to the probe.
        longest: a probe that has said nothing for so long is taken for lost, and another is sent.
    """

    def __init__(
        self,
        failures: int,
        rest: timedelta,
        clock: Callable[[], float] = time.monotonic,
        *,
        longest: timedelta = timedelta(0),
    ) -> None:
        self._limit, self._clock = failures, clock
        self._rest, self._longest = rest.total_seconds(), max(rest, longest).total_seconds()
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self._cause = ""

    @property
    def is_open(self) -> bool:
        return self._failures >= self._limit

    def admit(self) -> str | None:
        """None when a call may be made; else the cause of the last failure.

        After the rest, exactly one caller is admitted as the probe: nobody else before it has answered.
        """
        with self._lock:
            if self._failures < self._limit:
                return None
            now = self._clock()
            if now < self._until:
                return self._cause
            self._until = now + self._longest
            return None

    def succeeded(self) -> None:
        """The directory answered: close."""
        with self._lock:
            self._failures = 0

    def failed(self, cause: str) -> None:
        """The directory did not answer; open when it was once too often."""
        with self._lock:
            self._failures += 1
            self._cause = cause
            self._until = self._clock() + self._rest
