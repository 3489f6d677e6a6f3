"""Sessions on our side: opaque ids in the browser, everything else here, findable by `sid` and by `sub`.

In memory: this process's people sign in again after a restart (silently, as long as they are signed in at the identity
provider). More than one process would need a shared store. Spec: OpenID Connect Back-Channel Logout 1.0 §2.7.
"""

import hashlib
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock

LIFE_SECONDS = 8 * 3600
MAX_SESSIONS = 10_000


@dataclass(slots=True)
class Session:
    """One browser of one person. `expires_at` is the access token's end, in seconds since the epoch."""

    subject: str
    sid: str | None
    name: str
    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: float
    scope: frozenset[str]
    began_at: float
    asked: str | None = None  # for what the person was sent to prove more
    pending: str | None = None  # they are back from that, and it waits for their word
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    lock: RLock = field(default_factory=RLock, repr=False)


class Sessions:
    """By id (its hash, so that a dump of memory opens nothing), by sid and by subject."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = RLock()
        self._by_id: dict[str, Session] = {}
        self._by_sid: defaultdict[str | None, set[str]] = defaultdict(set)
        self._by_subject: defaultdict[str, set[str]] = defaultdict(set)

    def open(self, session: Session) -> str:
        """Keep it and return its new id, for the cookie."""
        session_id = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._by_id) >= MAX_SESSIONS:
                self._forget(next(iter(self._by_id)))
            key = _hash(session_id)
            self._by_id[key] = session
            self._by_sid[session.sid].add(key)
            self._by_subject[session.subject].add(key)
        return session_id

    def find(self, session_id: str | None) -> Session | None:
        with self._lock:
            session = self._by_id.get(_hash(session_id)) if session_id else None
            if session is not None and self._clock() - session.began_at > LIFE_SECONDS:
                self._forget(_hash(session_id or ""))
                return None
            return session

    def close(self, session_id: str | None) -> None:
        with self._lock:
            if session_id:
                self._forget(_hash(session_id))

    def end(self, *, subject: str | None, sid: str | None) -> int:
        """End one session of the identity provider (`sid`), or all of a person; both must fit when both are given.

        Returns: how many ended.
        """
        with self._lock:
            keys = set(self._by_sid.get(sid, ()) if sid is not None else self._by_subject.get(subject or "", ()))
            if subject is not None:
                keys &= self._by_subject.get(subject, set())
            for key in keys:
                self._forget(key)
            return len(keys)

    def _forget(self, key: str) -> None:
        session = self._by_id.pop(key, None)
        if session is None:
            return
        index: defaultdict[str | None, set[str]] | defaultdict[str, set[str]]
        for index, name in ((self._by_sid, session.sid), (self._by_subject, session.subject)):
            index[name].discard(key)  # type: ignore[index]
            if not index[name]:  # type: ignore[index]
                del index[name]  # type: ignore[arg-type]


class Spent:
    """Which `jti` were used, each until its end. Full means refuse."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = RLock()
        self._ends: dict[str, float] = {}

    def __call__(self, jti: str, end: float) -> bool:
        """Spend it. Returns False when it was spent before, or when no more can be remembered."""
        with self._lock:
            now = self._clock()
            self._ends = {known: until for known, until in self._ends.items() if until > now}
            if jti in self._ends or len(self._ends) >= MAX_SESSIONS:
                return False
            self._ends[jti] = end
            return True


class Flows:
    """Sign-ins under way, on the server: state, nonce and PKCE verifier. The shape is what Authlib asks of a cache."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = RLock()
        self._entries: dict[str, tuple[str, float]] = {}

    def set(self, key: str, value: str, seconds: int) -> None:
        with self._lock:
            while len(self._entries) >= MAX_SESSIONS:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = (value, self._clock() + min(seconds, 1800))

    def get(self, key: str) -> str | None:
        value, end = self._entries.get(key, (None, 0.0))
        return value if end > self._clock() else None

    def delete(self, key: str) -> None:
        with self._lock:
            self._entries.pop(key, None)


def _hash(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
