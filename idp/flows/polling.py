"""A client asks again and again whether its person has answered: device flow and back channel, one way for both.

Whoever asks too soon is told to slow down, from then on. What was allowed is taken once: dropping a slip spends it.
Spec: RFC 8628 §3.4, §3.5; CIBA Core §10.1, §11. Deliberately not here: minting.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from idp.errors import (
    AccessDenied,
    AuthorizationPending,
    Conflict,
    Expired,
    ExpiredToken,
    InvalidRequest,
    SlowDown,
)
from idp.flows.context import Idp, hash_of
from idp.flows.grants.kind import Call, Rejected
from idp.flows.origin import Origin, trace
from idp.model import BackchannelRequest, DeviceRequest
from idp.oidc import dpop

INTERVAL = 5
"""Seconds between two polls, and what each poll that comes too soon adds to them."""
REMEMBERED = timedelta(minutes=10)
"""How long after its end a request is still known as over, instead of as one that never was."""
_INVALID = "the request is not valid"
W = TypeVar("W", DeviceRequest, BackchannelRequest)


def answered(idp: Idp, call: Call, kind: type[W], name: str) -> tuple[W, Origin]:
    """The allowed request, spent now, and what its grant rests on.

    Args:
        name: the parameter that holds its secret.
    Raises:
        AuthorizationPending, SlowDown, AccessDenied, ExpiredToken: as the client is told. Rejected: it is not one, not
        this client's, or was taken before.
    """
    value = call.asked.get(name)
    if value is None:
        raise InvalidRequest(f"{name} is missing")
    id_hash = hash_of(value)
    found = idp.ports.brief.kept(kind, id_hash)
    if found is None:
        raise Rejected(_INVALID, "no such request, or it was taken")
    if found.client_id != call.client.id:
        raise Rejected(_INVALID, f"the request of {found.client_id} was shown by {call.client.id}")
    if isinstance(found, DeviceRequest) and found.dpop_jkt is not None and not dpop.same_key(call.jkt, found.dpop_jkt):
        raise Rejected(_INVALID, "the device code is bound to another key")
    if call.now >= found.expires_at:
        raise ExpiredToken("nobody answered in time")
    if found.state == "denied":
        raise AccessDenied("the person said no")
    if found.state == "pending" or found.grant_id is None:
        raise _not_yet(idp, call, id_hash, found)
    if not idp.ports.brief.drop(kind, id_hash):
        raise Rejected(_INVALID, "another call was quicker", found.grant_id)
    return found, _origin(idp, call, found.grant_id)


def _not_yet(idp: Idp, call: Call, id_hash: str, found: W) -> Exception:
    """Spec: RFC 8628 §3.5: five seconds more for this and all subsequent requests."""
    soonest = found.polled_at + timedelta(seconds=found.interval) if found.polled_at else call.now
    hasty = call.now < soonest
    changed = replace(found, polled_at=call.now, interval=found.interval + INTERVAL if hasty else found.interval)
    try:
        idp.ports.brief.change(id_hash, changed)
    except Conflict:
        return SlowDown("one poll at a time")  # another poll came at once; or the answer, which the next poll brings
    except Expired:
        return ExpiredToken("nobody answered in time")
    return SlowDown("polled too soon") if hasty else AuthorizationPending("nobody has answered yet")


def _origin(idp: Idp, call: Call, grant_id: str) -> Origin:
    _, grant, session, subject = idp.ports.truth.grants.token_state("", grant_id)
    found = trace(call.client, grant, session, subject, call.now)
    if isinstance(found, str):
        raise Rejected(_INVALID, found, grant_id)
    return found
