"""A device without a browser asks; its person types the code that it shows and says yes or no.

The code is never enough: the page that it leads to always says which application asks, for what, from where and when
(RFC 8628 §5.4: whoever was sent a link by a stranger must be able to notice). A typed code is looked up only for
somebody who is signed in, and within their budget; the handle that it is exchanged for is sealed to them.
The grant is of the browser's session that approves, so that signing out there ends the device's tokens.
A DPoP proof beside the device's request binds the device code to its key.
Spec: RFC 8628 §3.1-§3.3, §5.1, §5.4, §6.1; RFC 9449 §10 in spirit.
Deliberately not here: polling (`idp.flows.polling`).
"""

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from idp.errors import Conflict, Expired, Invalid, Throttled, UnauthorizedClient
from idp.flows import approval
from idp.flows.answers import Answer
from idp.flows.approval import Approver
from idp.flows.client_proof import prove
from idp.flows.context import Idp, SignedInAs, Visit, hash_of
from idp.flows.polling import INTERVAL, REMEMBERED
from idp.flows.presented import Presented
from idp.model import Client, DeviceRequest, UserCode
from idp.model.slips import Waiting
from idp.oidc import user_code
from idp.oidc.wished import wished
from idp.ports import Limit, Place

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
PATH = "/device"
BEGUN_AT_ONCE = 300, timedelta(seconds=1)
"""Requests that one network may begin at once, and after how long one more: what strangers can make us keep."""
TRIES = 5
PURPOSE = "device"


@dataclass(frozen=True, slots=True)
class Begun:
    """Spec: RFC 8628 §3.2. Times in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What waits behind a code that was typed."""

    id_hash: str
    code: str
    request: DeviceRequest
    client: Client


def begin(idp: Idp, presented: Presented, place: Place) -> Begun:
    """A device's request. `place`: where it calls from.

    Raises: InvalidClient, UnauthorizedClient, InvalidScope, InvalidTarget, Throttled, Unavailable.
    Spec: RFC 8628 §3.1, §3.2.
    """
    asked = presented.asked()
    caller = prove(idp, presented, asked)
    client = caller.client
    if GRANT_TYPE not in client.grant_types:
        raise UnauthorizedClient("this client may not use that grant type")
    scopes, audience = wished(asked, client, idp.ports.truth.configuration(), idp.issuer)
    (reading,) = idp.ports.brief.take([Limit(f"device:begun:{presented.network}", *BEGUN_AT_ONCE)])
    if not reading.allowed:
        raise Throttled(reading.retry_after, "devices of one network")
    life = timedelta(minutes=idp.settings.life.device_code_minutes)
    device_code = idp.token()
    request = DeviceRequest(
        client_id=client.id,
        user_code_hash="",
        scopes=scopes,
        audience=audience,
        expires_at=idp.ports.now() + life,
        interval=INTERVAL,
        network=presented.network,
        country=place.country,
        city=place.city,
        asn=place.asn,
        dpop_jkt=caller.jkt,
    )
    code = _kept(idp, request, hash_of(device_code), life)
    address = f"{idp.issuer}{PATH}"
    shown = user_code.shown(code)
    return Begun(device_code, shown, address, f"{address}?user_code={shown}", int(life.total_seconds()), INTERVAL)


def _kept(idp: Idp, request: DeviceRequest, device_hash: str, life: timedelta) -> str:
    """Keep the request and a way to it, under a code that nobody has now."""
    for _ in range(TRIES):
        code = user_code.make(idp.ports.random)
        code_hash = _code_hash(idp, code)
        try:
            idp.ports.brief.keep(code_hash, UserCode(device_hash), life)
        except Conflict:
            continue
        idp.ports.brief.keep(device_hash, replace(request, user_code_hash=code_hash), life + REMEMBERED)
        return code
    raise Throttled(life, "no free user code")


def typed(idp: Idp, visit: Visit, me: SignedInAs, text: str) -> str | None:
    """The handle of the request that a code leads to; None: nobody shows that code now.

    Raises: Throttled: too many wrong ones. Spec: RFC 8628 §5.1.
    """
    code = user_code.clean(text)
    if code is None:
        return None  # no guess: it cannot be one
    limits = [
        Limit(f"device:typed:{me.subject.id}", *user_code.OF_PERSON),
        Limit(f"device:net:{visit.network}", *user_code.OF_NETWORK),
    ]
    readings = idp.ports.brief.take(limits)
    if not all(reading.allowed for reading in readings):
        raise Throttled(max(reading.retry_after for reading in readings), "user codes")
    found = idp.ports.brief.kept(UserCode, _code_hash(idp, code))
    if found is None:
        return None
    idp.ports.brief.give_back(limits)
    return idp.ports.sealer.seal(PURPOSE, json.dumps([found.device_hash, code, me.subject.id]).encode())


def behind(idp: Idp, me: SignedInAs, handle: str) -> Wish:
    """What a handle leads to, for whom it was given to. Raises Expired: answered, over, or not theirs."""
    try:
        device_hash, code, subject_id = json.loads(idp.ports.sealer.open(PURPOSE, handle))
    except (Invalid, ValueError) as error:
        raise Expired("not a handle of ours") from error
    request = idp.ports.brief.kept(DeviceRequest, device_hash)
    if subject_id != me.subject.id or request is None:
        raise Expired("not this person's handle, or over")
    if request.state != "pending" or idp.ports.now() >= request.expires_at:
        raise Expired("the device's request is over")
    client = approval.may_wait(idp.ports.truth.configuration().clients.get(request.client_id))
    return Wish(device_hash, user_code.shown(code), request, client)


def weigh(idp: Idp, visit: Visit, me: SignedInAs, wish: Wish, back: str) -> Approver | Answer:
    """Whether this person may say yes to it, or what comes first."""
    return approval.weigh(idp, visit, me, wish.client, wish.request, back)


def allow(idp: Idp, visit: Visit, by: Approver, wish: Wish) -> None:
    """Yes, once. Raises Expired: it was answered or over before."""
    grant = approval.give(idp, visit, by, wish.request, "device", wish.request.country)
    try:
        _settle(idp, wish, "approved", grant.id)
    except Expired:
        approval.take_back(idp, visit, grant)
        raise


def deny(idp: Idp, visit: Visit, me: SignedInAs, wish: Wish) -> None:
    """No, once. Raises Expired."""
    _settle(idp, wish, "denied")
    approval.told_no(idp, visit, me, wish.client.id, "device", wish.request.country)


def _settle(idp: Idp, wish: Wish, state: Waiting, grant_id: str | None = None) -> None:
    """The answer; the code leads nowhere after it."""
    approval.settle(idp, wish.id_hash, wish.request, state, grant_id)
    idp.ports.brief.drop(UserCode, wish.request.user_code_hash)


def _code_hash(idp: Idp, code: str) -> str:
    """Keyed: a code is short, and its plain hash could be tried out by whoever reads the store."""
    return idp.ports.sealer.digest("user-code", code)
