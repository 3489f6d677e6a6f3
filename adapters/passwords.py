"""Argon2id, with as much memory and as many at once as the machine bears.

Spec: RFC 9106; OWASP Password Storage (m=19 MiB, t=2, p=1). A hash holds a core for ~28 ms and 19 MiB: no more run at
once than there are cores and one, and who has waited too long is told so. Counting guesses is not done here.
"""

import os
from datetime import timedelta
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from idp.errors import Unavailable
from idp.secret import Secret


class Argon2Passwords:
    """`idp.ports.Passwords`."""

    def __init__(self, *, at_once: int | None = None, wait: timedelta = timedelta(seconds=2)) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)
        self._turn = BoundedSemaphore(at_once or (os.cpu_count() or 1) + 1)
        self._wait = wait.total_seconds()
        self._dummy = Secret(self._hasher.hash(os.urandom(16).hex()).encode())

    def hash(self, password: Secret[str]) -> Secret[bytes]:
        self._enter()
        try:
            return Secret(self._hasher.hash(password.reveal()).encode())
        finally:
            self._turn.release()

    def verify(self, stored: Secret[bytes] | None, password: Secret[str]) -> bool:
        self._enter()
        try:
            right: bool = self._hasher.verify((stored or self._dummy).reveal(), password.reveal())
        except (VerificationError, InvalidHashError):
            right = False
        finally:
            self._turn.release()
        # Whatever the dummy said, nobody is behind it.
        return right and stored is not None

    def is_old(self, stored: Secret[bytes]) -> bool:
        return self._hasher.check_needs_rehash(stored.reveal().decode())

    def _enter(self) -> None:
        if not self._turn.acquire(timeout=self._wait):
            raise Unavailable("passwords", "too many passwords are being hashed")
