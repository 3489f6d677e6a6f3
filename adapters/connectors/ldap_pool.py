"""A small bounded pool of kept connections, because a new TLS connection costs a hundred times what a bind does.

Bounded, with a deadline for waiting; a connection is closed when its life ends, when the other side has closed it,
after an error, and after `close()`.
Deliberately knows nothing of LDAP and never retries: who borrowed knows whether asking twice is harmless.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class PoolExhausted(Exception):
    """Nobody gave a connection back before the deadline."""


class Pool(Generic[Kept]):
    """At most `size` connections; the one used last is lent first, so that idle ones grow old and go."""

    def __init__(
        self,
        open_one: Callable[[], Kept],
        close_one: Callable[[Kept], None],
        *,
        size: int,
        wait: timedelta,
        lifetime: timedelta,
        alive: Callable[[Kept], bool] = lambda _: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open, self._close, self._alive, self._clock = open_one, close_one, alive, clock
        self._wait, self._lifetime = wait.total_seconds(), lifetime.total_seconds()
        self._slots = threading.BoundedSemaphore(size)
        self._idle: deque[tuple[Kept, float]] = deque()
        self._closed = False

    @contextmanager
    def lend(self, *, fresh: bool = False, wait: float | None = None) -> Iterator[tuple[Kept, bool]]:
        """Lend a connection: (it, whether it was kept from before and may therefore have died meanwhile).

        Any exception inside the block closes the connection: nobody inherits one in an unknown state.

        Args:
            fresh: open a new one, and close all that are idle, which are probably as dead as the last.
            wait: seconds, when fewer than usual are left.
        Raises:
            PoolExhausted: none came free in time.
            whatever `open_one` raises.
        """
        if not self._slots.acquire(timeout=max(0.0, self._wait if wait is None else min(wait, self._wait))):
            raise PoolExhausted
        try:
            if fresh:
                self._drop_idle()
            kept = None if fresh else self._young()
            connection, born = kept or (self._open(), self._clock())
            try:
                yield connection, kept is not None
            except BaseException:
                self._close(connection)
                raise
            if self._closed:
                self._close(connection)
            else:
                self._idle.append((connection, born))
        finally:
            self._slots.release()

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        self._closed = True
        self._drop_idle()

    def _young(self) -> tuple[Kept, float] | None:
        while True:
            try:
                connection, born = self._idle.pop()
            except IndexError:
                return None
            if self._clock() - born < self._lifetime and self._alive(connection):
                return connection, born
            self._close(connection)

    def _drop_idle(self) -> None:
        while True:
            try:
                connection, _ = self._idle.popleft()
            except IndexError:
                return
            self._close(connection)
