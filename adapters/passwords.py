"""Argon2id in a pool of its own threads, as many as the machine bears, with a short row before it.

A hash holds a core for ~28 ms and 19 MiB. Whoever finds the row full is told so at once: those who wait never take all
the places of a process, so that whoever needs no hash is served. Failures are answered at an even pace, so that time
tells nothing of a name. A hash that another system made (`adapters.foreign_hashes`) is verified in the same pool, and
is old: the first right password makes it ours.
Spec: RFC 9106; OWASP Password Storage (m=19 MiB, t=2, p=1); SP 800-63B-4 §3.1.1.2 (NFKC). Counting guesses is not done
here.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Literal, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from adapters import foreign_hashes
from adapters.breached import Lists
from adapters.passwords_pace import Pace
from idp.authn.passwords import normal
from idp.errors import Unavailable
from idp.secret import Secret

R = TypeVar("R")
ROW = 8
"""Who may stand in the row, for each that is being hashed: about a quarter of a second."""


class Argon2Passwords:
    """`idp.ports.Passwords`."""

    def __init__(
        self,
        *,
        at_once: int | None = None,
        wait: timedelta = timedelta(seconds=2),
        row: int | None = None,
        lists: Lists | None = None,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)
        at_once = at_once or (os.cpu_count() or 1) + 1
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="passwords")
        self._row = BoundedSemaphore(row or at_once * ROW)
        self._wait = wait.total_seconds()
        self._lists = lists or Lists()
        self._pace = Pace()
        self._dummy = Secret(self._hasher.hash(os.urandom(16).hex()).encode())

    def hash(self, password: Secret[str]) -> Secret[bytes]:
        return self._run(lambda: Secret(self._hasher.hash(normal(password.reveal())).encode()))

    def verify(self, stored: Secret[bytes] | None, password: Secret[str]) -> bool:
        right = self._run(lambda: self._fits(stored or self._dummy, password))
        # Whatever the dummy said, nobody is behind it.
        return right and stored is not None

    def is_old(self, stored: Secret[bytes]) -> bool:
        kept = stored.reveal()
        return foreign_hashes.is_foreign(kept) or self._hasher.check_needs_rehash(kept.decode())

    def known_as(self, password: Secret[str]) -> Literal["breached", "blocked"] | None:
        return self._lists.knows(password)

    def begin(self) -> float:
        return self._pace.begin()

    def even(self, whose: str, begun: float, *, measured: bool) -> None:
        self._pace.even(whose, begun, measured=measured)

    def _fits(self, stored: Secret[bytes], password: Secret[str]) -> bool:
        kept = stored.reveal()
        try:
            if foreign_hashes.is_foreign(kept):
                return foreign_hashes.read(kept).fits(password.reveal())
            return bool(self._hasher.verify(kept, normal(password.reveal())))
        except (VerificationError, InvalidHashError, foreign_hashes.WrongHash):
            return False

    def _run(self, work: Callable[[], R]) -> R:
        """In the pool. Raises Unavailable: the row is full, or it moves too slowly."""
        if not self._row.acquire(blocking=False):
            raise Unavailable("passwords", "too many passwords are being hashed")
        done = self._pool.submit(work)
        done.add_done_callback(lambda _: self._row.release())
        try:
            return done.result(timeout=self._wait)
        except TooLate as error:
            if not done.cancel():  # its turn has come
                return done.result()
            raise Unavailable("passwords", "passwords are hashed too slowly") from error
