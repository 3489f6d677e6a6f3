"""How many threads one directory may hold, and all of them together: whoever is too many hears at once that it is away.

Obeys no specification. The server's door lets a bounded number of people in; a directory that answers slowly would fill
that room with its own people, and nobody else could sign in. So a directory has places of its own, fewer than the door
has, and far fewer once it has said nothing for a while; and all directories together leave some places free, for those
who need none. Deliberately knows no kind of directory: it stands before any connector of the port. What runs in the
background (`entries`, `health`) holds no request's thread and is let through.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from idp.errors import Unavailable
from idp.model import Entry, Health, PasswordState
from idp.ports import Connector
from idp.secret import Secret

QUIET_SECONDS = 0.5
"""A directory that has answered nobody for so long, while somebody waits, has few places."""
OWN, FEW = 16, 4


class Full(Exception):
    """No place."""


class Bulkhead:
    """The places of one directory. Safe between threads.

    Args:
        shared: the places of all directories together.
        own: while it answers; `few`: once it has been quiet.
    """

    def __init__(
        self,
        shared: threading.BoundedSemaphore,
        own: int = OWN,
        few: int = FEW,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared, self._own, self._few, self._clock = shared, own, few, clock
        self._lock = threading.Lock()
        self._inside = 0
        self._heard = 0.0

    @property
    def inside(self) -> int:
        """How many threads it holds now."""
        return self._inside

    @contextmanager
    def place(self) -> Iterator[None]:
        """One place while the block lasts. Raises Full, without waiting."""
        self._take()
        answered = False
        try:
            yield
            answered = True
        except Unavailable:
            raise
        except Exception:
            answered = True  # a refusal is an answer
            raise
        finally:
            self._give_back(answered=answered)

    def _take(self) -> None:
        with self._lock:
            now = self._clock()
            if not self._inside:
                self._heard = now
            if self._inside >= (self._few if now - self._heard >= QUIET_SECONDS else self._own):
                raise Full
            if not self._shared.acquire(blocking=False):
                raise Full
            self._inside += 1

    def _give_back(self, *, answered: bool) -> None:
        with self._lock:
            self._inside -= 1
            if answered:
                self._heard = self._clock()
        self._shared.release()


@dataclass(slots=True)
class Bounded:
    """A connector behind its bulkhead; abilities beyond the port pass through as they are."""

    department: str
    behind: Connector
    bulkhead: Bulkhead
    _locks_after: int | None = None
    """The threshold that was read last."""

    def find(self, identifier: str) -> Entry | None:
        """As the connector's. Raises Unavailable also when its places are taken."""
        with self._place():
            return self.behind.find(identifier)

    def read(self, stable_id: str) -> Entry | None:
        """As the connector's. Raises Unavailable also when its places are taken."""
        with self._place():
            return self.behind.read(stable_id)

    def verify_password(self, entry: Entry, password: Secret[str]) -> PasswordState:
        """As the connector's. Raises Unavailable also when its places are taken."""
        with self._place():
            return self.behind.verify_password(entry, password)

    def lockout_threshold(self) -> int | None:
        """As the connector's; the one that was read last when it cannot be read now, its places being taken too.

        Safe: whoever fills the directory's places would otherwise lift the limit below its lock-out, and lock others.
        """
        try:
            with self._place():
                told = self.behind.lockout_threshold()
        except Unavailable:
            told = None
        if told is not None:
            self._locks_after = told
        return self._locks_after

    def entries(self) -> Iterator[Entry]:
        return self.behind.entries()

    def health(self) -> Health:
        return self.behind.health()

    def close(self) -> None:
        self.behind.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self.behind, name)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Raises Unavailable: too many wait for this directory already, or for all of them."""
        try:
            with self.bulkhead.place():
                yield
        except Full:
            told = f"too many wait for it already ({self.bulkhead.inside}): this one was answered at once"
            raise Unavailable(self.department, told) from None
