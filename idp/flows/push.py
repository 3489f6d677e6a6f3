"""POST /par: an application leaves its authorization request with us, over its own line, and gets a short name for it.

Everything that can be wrong with a request is wrong here already, as JSON; what is kept are the parameters that count,
taken out of a request object where there was one, and never a credential.
Spec: RFC 9126 §2, §7; RFC 9449 §10.1; FAPI 2.0 SP §5.3.2.2. Deliberately not here: opening it again
(`idp.flows.asking`).
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from urllib.parse import urlencode

from idp.errors import InvalidRequest, ShownError, Throttled
from idp.flows import asking
from idp.flows.client_proof import prove
from idp.flows.context import Idp, Visit, hash_of
from idp.flows.presented import Presented
from idp.model import Client, PushedRequest
from idp.oidc import authorization_request as requests
from idp.oidc.asked import Asked, read
from idp.oidc.profiles import rules_of

CREDENTIALS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})
BURST, EVERY = 1000, timedelta(milliseconds=10)
"""Of one client that proves who it is, in each of our processes."""
OPEN_BURST, OPEN_EVERY = 200, timedelta(milliseconds=100)
"""Of one public client from one network: anybody can say that they are it."""
LONGEST_ADDRESS = 4000
"""Characters that every proxy on the way lets through."""
REMEMBERED = 10_000
"""Clients and networks whose pace is known in one process."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """Spec: RFC 9126 §2.2. `expires_in` in seconds."""

    request_uri: str
    expires_in: int


def push(idp: Idp, presented: Presented) -> Pushed:
    """Keep one request.

    Raises: OAuthError: as the token endpoint of the client, as /authorize of the request. Throttled. Unavailable.
    Spec: RFC 9126 §2.1.
    """
    asked = presented.asked()
    caller = prove(idp, presented, asked)
    client, now = caller.client, idp.ports.now()
    if asked.get("client_id") not in (None, client.id):
        raise InvalidRequest("client_id is not the authenticated one")
    if asked.get("request_uri") is not None:
        raise InvalidRequest("request_uri cannot be pushed")
    question = asking.opened(idp, client, _without_credentials(asked, client), now)
    lawful = asking.lawful(idp, client, question, _redirect_of(question.asked, client))
    if caller.jkt is not None and lawful.dpop_jkt not in (None, caller.jkt):
        raise InvalidRequest("dpop_jkt is not of the key that was proved")
    if client.is_public:
        _pace(idp).take(f"{client.id} {presented.network}", OPEN_BURST, OPEN_EVERY, now)
    else:
        _pace(idp).take(client.id, BURST, EVERY, now)
    life = timedelta(seconds=idp.settings.life.pushed_request_seconds)
    uri = asking.PUSHED + idp.token()
    kept = PushedRequest(client.id, question.asked.pairs(), now + life, caller.jkt or lawful.dpop_jkt)
    idp.ports.brief.keep(hash_of(uri), kept, life)
    return Pushed(uri, int(life.total_seconds()))


def posted(idp: Idp, visit: Visit, pairs: Sequence[tuple[str, str]]) -> str:
    """Where a browser that posted its question goes on by GET: our Lax cookies are absent from a foreign POST.

    What is too long for an address waits here; it was pushed by nobody who proved who they are, and counts as asked by
    the browser. Raises ShownError: an unknown application. Throttled, Unavailable.
    Spec: OIDC Core §3.1.2.1 (POST); RFC 9110 §4.1 (lengths of addresses).
    """
    address = f"/authorize?{urlencode(pairs)}"
    if len(address) <= LONGEST_ADDRESS:
        return address
    asked = read(pairs)
    client = requests.client_of(asked, idp.ports.truth.configuration(asked.get("client_id")))
    _pace(idp).take(f"{client.id} {visit.network}", OPEN_BURST, OPEN_EVERY, visit.now)
    life = timedelta(seconds=idp.settings.life.pushed_request_seconds)
    uri = asking.PUSHED + idp.token()
    kept = PushedRequest(client.id, tuple(pairs), visit.now + life, by_browser=True)
    idp.ports.brief.keep(hash_of(uri), kept, life)
    return f"/authorize?{urlencode({'client_id': client.id, 'request_uri': uri})}"


def _without_credentials(asked: Asked, client: Client) -> Asked:
    """What is kept shows nothing that would let anybody in."""
    said = [(name, value) for name, value in asked.pairs() if name not in CREDENTIALS | {"client_id"}]
    return read((*said, ("client_id", client.id)))


def _redirect_of(asked: Asked, client: Client) -> str:
    """Here an unregistered address is an error like any other: nobody is on the way to it.

    Spec: RFC 9126 §2.3; FAPI 2.0 SP §5.3.2.2: the strict profile always names it.
    """
    if rules_of(client).pushed and asked.get("redirect_uri") is None:
        raise InvalidRequest("redirect_uri is required")
    try:
        return requests.redirect_of(asked, client)
    except ShownError as error:
        raise InvalidRequest("redirect_uri is not registered", error.detail) from error


class Pace:
    """How fast each client pushes, in this process: a request costs no further trip to the store."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most, self._lock = most, Lock()
        self._full_until: OrderedDict[str, datetime] = OrderedDict()

    def take(self, key: str, burst: int, every: timedelta, now: datetime) -> None:
        """One more of this client, or of this client from one network. Raises Throttled."""
        with self._lock:
            until = max(now, self._full_until.pop(key, now))
            if until - now > (burst - 1) * every:
                self._full_until[key] = until
                raise Throttled(until - now - (burst - 1) * every, f"{key} pushes too fast")
            self._full_until[key] = until + every
            while len(self._full_until) > self._most:
                self._full_until.popitem(last=False)


@lru_cache(maxsize=4)
def _pace(idp: Idp) -> Pace:
    return Pace()
