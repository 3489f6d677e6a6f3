"""The issuer's keys, kept: found by discovery, renewed by age, looked for again when a token names a new one.

- A set older than `renew_after` is fetched again before it is used.
- An unknown kid causes a fetch, but never sooner than `floor` after the last: strangers cannot make us hammer the
  issuer. While there are no keys at all, `first_floor` counts, so that an API that starts before its issuer recovers.
- When the issuer is away, the last good set is used until `stale_after`, then nothing is accepted.
- A key that left the set is gone at once, also for tokens that were seen before: `generation` moves.

Spec: OpenID Connect Discovery 1.0 §3, §4.3; RFC 7517 §5; OpenID Connect Core 1.0 §10.1.1 (key roll).
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from .errors import InvalidToken, IssuerUnavailable
from .fetch import require_safe
from .jwk import read_keys
from .jws import Key

_log = logging.getLogger(__name__)

Fetch = Callable[[str], Any]
_NEVER = float("-inf")


class IssuerKeys:
    """The keys of one issuer, shared by all threads of a process."""

    renew_after = timedelta(minutes=10)
    stale_after = timedelta(hours=12)
    floor = timedelta(seconds=30)
    first_floor = timedelta(seconds=2)

    def __init__(
        self, issuer: str, *, fetch: Fetch, clock: Callable[[], datetime], jwks_url: str | None = None
    ) -> None:
        self.generation = 0
        self._issuer = require_safe(issuer)
        self._jwks_url = require_safe(jwks_url) if jwks_url else None
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[tuple[str, str], Key] = {}
        self._document: Any = None
        self._fetched_at = self._asked_at = _NEVER  # seconds since the epoch
        self._answered = False  # the last time that the issuer was asked
        self._lock = Lock()

    def renew(self, now: float) -> None:
        """Make sure that the set in hand may be used now (seconds since the epoch).

        Raises:
            IssuerUnavailable: there is none, and the issuer does not answer.
        """
        if _within(self.renew_after, now, self._fetched_at):
            return
        self._ask(waiting=not self._keys)
        if not _within(self.stale_after, now, self._fetched_at):
            raise IssuerUnavailable("no keys that may still be used")

    def find(self, kid: str, alg: str) -> Key:
        """The key that a token names; call `renew` first.

        Raises:
            InvalidToken: the issuer does not publish it.
            IssuerUnavailable: not among the keys in hand, and the issuer cannot be asked.
        """
        key = self._keys.get((kid, alg))
        if key is None:
            self._ask(waiting=True)
            key = self._keys.get((kid, alg))
        if key is not None:
            return key
        if not self._answered:
            raise IssuerUnavailable("unknown key, and the issuer did not answer when last asked")
        raise InvalidToken("unknown key or algorithm")

    def _ask(self, *, waiting: bool) -> None:
        """Fetch once, by one thread; the others wait for it only when they hold nothing to go on with."""
        if not self._lock.acquire(blocking=waiting):
            return
        try:
            floor = self.floor if self._keys else self.first_floor
            # Read the clock again: whoever waited for another thread's fetch must find it recent.
            if not _within(floor, self._now(), self._asked_at):
                self._answered = self._fetched()
                self._asked_at = self._now()
        finally:
            self._lock.release()

    def _fetched(self) -> bool:
        try:
            self._replace(self._fetch(self._address()))
        except (IssuerUnavailable, ValueError) as error:
            _log.warning("keys of %s: %s", self._issuer, getattr(error, "reason", error))
            return False  # whoever asked decides whether what is in hand may still be used
        return True

    def _replace(self, document: Any) -> None:
        if document != self._document:
            keys = read_keys(document)
            if not keys:
                raise ValueError("a set without one usable key")
            self._keys, self._document = keys, document
            self.generation += 1
        self._fetched_at = self._now()

    def _now(self) -> float:
        return self._clock().timestamp()

    def _address(self) -> str:
        if self._jwks_url:
            return self._jwks_url
        document = self._fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        # Equal to the letter, or another issuer's keys could be passed off as ours. Discovery §4.3.
        if not isinstance(document, dict) or document.get("issuer") != self._issuer:
            raise ValueError("discovery names another issuer")
        return require_safe(str(document.get("jwks_uri")))


def _within(limit: timedelta, now: float, then: float) -> bool:
    # abs: another thread may have read the clock after us; a clock set far back must not keep anything for ever.
    return abs(now - then) < limit.total_seconds()
