"""How many calls are under way at one time, so that slow applications cannot hold all our threads.

Whoever does not fit is told at once, as if nobody had answered. One application cannot take the room of all others.
Spec: none; it stays below `server.admission`, so that pages and tokens go on.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from adapters.outgoing.where import Target

CALLS = 16
CALLS_TO_ONE = 8


class Room:
    """Of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: Counter[tuple[str, int]] = Counter()

    @contextmanager
    def taken(self, target: Target) -> Iterator[None]:
        """While this lasts, it counts. Raises Unavailable: there is no room."""
        whom = target.host, target.port
        with self._lock:
            if self._calls.total() >= CALLS or self._calls[whom] >= CALLS_TO_ONE:
                raise target.failed("too many calls are under way")
            self._calls[whom] += 1
        try:
            yield
        finally:
            with self._lock:
                self._calls[whom] -= 1
                self._calls += Counter()  # forgets whom nobody calls
