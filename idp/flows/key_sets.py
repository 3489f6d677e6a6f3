"""The key sets behind addresses, kept in this process, so that a signature costs no call and a new key is found.

A set is fresh for as long as its answer says, between a minute and a day. A `kid` that is not in it asks the address
anew, once a minute at most, so that a stranger's invented names cannot make us hammer somebody. While the address does
not answer, the last known keys hold for an hour more; then the caller is told to come again later. Requests that want
the same set at once share one call, and who can be served from what is known does not wait for it.
Spec: RFC 7517 §5, OIDC Core §10.1.1 (rotation), RFC 9111 §5.2.2.1, RFC 5861 §4.
Deliberately not here: whose address it is, and any connection (`idp.ports.Outgoing`).
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock

from idp.errors import Unavailable
from idp.oidc.jose import JoseError
from idp.oidc.jose.jwk import LONGEST_SET, PublicKey, read_set
from idp.oidc.jose.parse import object_of
from idp.ports import Fetched, Outgoing

SHORTEST, LONGEST, USUAL = timedelta(minutes=1), timedelta(days=1), timedelta(minutes=10)
"""How long a set is fresh: within these bounds what its answer says, and the last when it says nothing."""
ASK_AGAIN = timedelta(minutes=1)
"""Between two questions for a `kid` that is not there."""
TRY_AGAIN = timedelta(seconds=10)
"""After a failure, when nothing is fresh. Until then nobody waits for an address that is known not to answer."""
STALE = timedelta(hours=1)
"""How long keys hold past their freshness while the address does not answer."""
SETS_KEPT = 512
WAITING = 8
"""Requests that wait for an address at one time, half of the machines that are admitted; more must come again."""
ACCEPT = "application/jwk-set+json, application/json"

log = logging.getLogger("gerege.keys")


@dataclass(slots=True)
class _Held:
    """One address. `keys`: None before the first answer; `asked_at`: the last question, whatever came of it."""

    keys: tuple[PublicKey, ...] | None = None
    fresh_until: datetime | None = None
    asked_at: datetime | None = None
    asking: Lock = field(default_factory=Lock)

    def serves(self, kid: str | None, now: datetime) -> bool:
        """Fresh, and with the wanted key."""
        return self.is_fresh(now) and self._has(kid)

    def known(self, kid: str | None, now: datetime) -> bool:
        """Good enough not to wait for somebody else's question."""
        return self.holds(now) and self._has(kid)

    def is_fresh(self, now: datetime) -> bool:
        return self.fresh_until is not None and now < self.fresh_until

    def holds(self, now: datetime) -> bool:
        return self.fresh_until is not None and now < self.fresh_until + STALE

    def may_ask(self, now: datetime) -> bool:
        wait = ASK_AGAIN if self.is_fresh(now) else TRY_AGAIN
        return self.asked_at is None or now >= self.asked_at + wait

    def _has(self, kid: str | None) -> bool:
        return self.keys is not None and (kid is None or any(key.kid == kid for key in self.keys))


class KeySets:
    """The sets that were wanted most recently."""

    def __init__(self, most: int = SETS_KEPT) -> None:
        self._most = most
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._lock, self._room = Lock(), BoundedSemaphore(WAITING)

    def of(self, outgoing: Outgoing, uri: str, kid: str | None, now: datetime) -> tuple[PublicKey, ...]:
        """The keys behind this address; with `kid` among them if it is to be had.

        Raises Unavailable: it does not answer, or not with a key set, and nothing known holds any more.
        """
        held = self._at(uri)
        if held.serves(kid, now):
            return held.keys or ()
        if held.may_ask(now) and self._room.acquire(blocking=False):
            try:
                _ask_once(outgoing, uri, held, kid, now)
            finally:
                self._room.release()
        if held.keys is None or not held.holds(now):
            raise Unavailable("application", f"no keys from {uri}")
        return held.keys

    def _at(self, uri: str) -> _Held:
        with self._lock:
            held = self._held.setdefault(uri, _Held())
            self._held.move_to_end(uri)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
            return held


def _ask_once(outgoing: Outgoing, uri: str, held: _Held, kid: str | None, now: datetime) -> None:
    """Ask, or wait for whoever is asking; not even that when what is known will do."""
    if held.asking.acquire(blocking=not held.known(kid, now)):
        try:
            if not held.serves(kid, now) and held.may_ask(now):
                _ask(outgoing, uri, held, now)
        finally:
            held.asking.release()


def _ask(outgoing: Outgoing, uri: str, held: _Held, now: datetime) -> None:
    """One question. What it brings is written into `held`; until it is over, others wait for it."""
    try:
        answer = outgoing.get(uri, accept=ACCEPT, most=LONGEST_SET)
        if answer.status != 200:
            raise Unavailable("application", f"answered {answer.status}")
        keys = read_set(object_of(answer.body))
    except (Unavailable, JoseError) as error:
        log.warning("no keys from %r: %s", uri, error)
    else:
        held.keys, held.fresh_until = keys, now + _freshness(answer)
    finally:
        held.asked_at = now


def _freshness(answer: Fetched) -> timedelta:
    return USUAL if answer.max_age is None else min(max(answer.max_age, SHORTEST), LONGEST)
