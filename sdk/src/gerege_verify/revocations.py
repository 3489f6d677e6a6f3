"""What the issuer took away lately, so that a token that was verified offline ends within seconds.

    feed = RevocationFeed("https://id.example.gov", client_id="payroll", client_secret=…)
    verifier = Verifier("https://id.example.gov", revoked=feed)

The issuer is asked when a token is looked at and the last answer is older than `every`, by one thread; the others go on
with what is known. While the issuer is away what is known holds for `stale_after`, then nothing is accepted.

Spec: RFC 7009 §3 (how resource servers learn of a revocation). Deliberately not here: introspection.
"""

import base64
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import quote_plus

from .errors import IssuerUnavailable
from .fetch import get_json, post_form, require_safe
from .token import Token

_log = logging.getLogger(__name__)
_NEVER = float("-inf")
KEPT = timedelta(minutes=75)
"""Longer than any token of the issuer lives."""

Ask = Callable[[str, Mapping[str, str], str], Any]  # (address, form, Authorization) -> parsed JSON


def _utc_now() -> datetime:
    return datetime.now(UTC)


class RevocationFeed:
    """Is this accepted token taken back? Share one among the threads of a process.

    Args:
        issuer: exactly as in the tokens.
        client_id, client_secret: of the API's own registration.
        every: how old an answer may be.
        stale_after: how long the last answer holds while the issuer does not answer.
        url: the feed's address; found by discovery when not given.
    """

    def __init__(
        self,
        issuer: str,
        *,
        client_id: str,
        client_secret: str,
        every: timedelta = timedelta(seconds=3),
        stale_after: timedelta = timedelta(minutes=5),
        url: str | None = None,
        clock: Callable[[], datetime] = _utc_now,
        ask: Ask = post_form,
        fetch: Callable[[str], Any] = get_json,
    ) -> None:
        self._issuer = require_safe(issuer)
        self._url = require_safe(url) if url else None
        name, secret = quote_plus(client_id), quote_plus(client_secret)  # RFC 6749 §2.3.1
        self._authorization = "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
        self._every, self._stale_after = every.total_seconds(), stale_after.total_seconds()
        self._clock, self._ask, self._fetch = clock, ask, fetch
        self._revoked: dict[str, float] = {}
        self._since: float | None = None
        self._asked_at = self._answered_at = _NEVER
        self._lock = Lock()

    def __call__(self, token: Token) -> bool:
        """Whether the token is taken back. Raises IssuerUnavailable: nobody has said for too long."""
        now = self._clock().timestamp()
        if not abs(now - self._asked_at) < self._every:
            self._renew()
        if not abs(now - self._answered_at) < self._stale_after + self._every:
            raise IssuerUnavailable("no word about revoked tokens")
        issued = token.claims["iat"]
        return any(issued <= self._revoked.get(name, _NEVER) for name in _names(token))

    def _renew(self) -> None:
        """One thread asks; the others wait for it only while nothing was ever answered."""
        if not self._lock.acquire(blocking=self._answered_at == _NEVER):
            return
        try:
            if not abs(self._clock().timestamp() - self._asked_at) < self._every:
                self._asked_at = self._clock().timestamp()
                self._read()
        except (IssuerUnavailable, ValueError, TypeError, LookupError, AttributeError) as error:
            _log.warning("revocations of %s: %s", self._issuer, getattr(error, "reason", error))
        finally:
            self._lock.release()

    def _read(self) -> None:
        more = True
        while more:
            form = {} if self._since is None else {"since": repr(self._since)}
            answer = self._ask(self._address(), form, self._authorization)
            told = {str(name): float(at) for name, at in answer["revoked"].items()}
            self._since, more = float(answer["until"]), bool(answer["more"])
            oldest = self._since - KEPT.total_seconds()
            self._revoked = {name: at for name, at in (self._revoked | told).items() if at >= oldest}
        self._answered_at = self._clock().timestamp()

    def _address(self) -> str:
        if self._url is None:
            document = self._fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
            if not isinstance(document, dict) or document.get("issuer") != self._issuer:
                raise ValueError("discovery names another issuer")
            self._url = require_safe(str(document.get("revocation_feed_endpoint")))
        return self._url


def _names(token: Token) -> tuple[str, str, str]:
    return f"grant:{token.claims.get('grant')}", f"jti:{token.token_id}", f"client:{token.client_id}"
