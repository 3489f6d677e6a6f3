"""The DPoP proof of a request: held against what was asked, with our nonce, and spent once among all nodes.

Nonces are kept nowhere: each is an HMAC of a slot of time, so that every node knows it.
Spec: RFC 9449 §4.3, §8, §9, §11.1.
Deliberately not here: what the key then opens (`idp.oidc.confirmation`).
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from idp.errors import InvalidDpopProof, UseDpopNonce
from idp.flows.context import Idp, hash_of
from idp.flows.presented import Presented
from idp.oidc import dpop

SLOT_SECONDS = 150
"""A nonce is good in its slot and the next; every answer brings the one of now, long before the old one ends."""
Spend = tuple[str, str, timedelta]
"""Kind, hash and life, as `Brief.spend_all` takes them."""


@dataclass(frozen=True, slots=True)
class Held:
    """A proved key. `spend`: what must be spent before it is believed."""

    jkt: str
    spend: Spend


def held(
    idp: Idp, presented: Presented, now: datetime, *, nonce: bool = False, access_token: str | None = None
) -> Held | None:
    """The key that this request proves; None: it shows no proof. Not spent yet.

    Args:
        nonce: it must carry ours. One that is carried must be right in any case.
    Raises: InvalidDpopProof, UseDpopNonce.
    """
    if not presented.proofs:
        return None
    proof = dpop.verify(presented.proofs, presented.method, presented.url, now, access_token)
    if proof.nonce is None:
        if nonce or idp.settings.server.dpop_nonces:
            raise UseDpopNonce(current_nonce(idp, now))
    elif not any(hmac.compare_digest(proof.nonce.encode("utf-8", "replace"), one) for one in _good(idp, _slot(now))):
        raise UseDpopNonce(current_nonce(idp, now))
    return Held(proof.jkt, ("dpop", hash_of(f"{proof.jkt}\n{proof.jti}"), proof.life))


def spend(idp: Idp, proved: Held) -> None:
    """Raises InvalidDpopProof: it was seen before, here or at another node. Unavailable."""
    if not idp.ports.brief.spend(*proved.spend):
        raise replayed()


def replayed() -> InvalidDpopProof:
    return InvalidDpopProof("the DPoP proof is not valid", "its jti came a second time")


def current_nonce(idp: Idp, now: datetime) -> str:
    """Spec: RFC 9449 §8: unpredictable for all but us."""
    return _good(idp, _slot(now))[0].decode("ascii")


def _slot(now: datetime) -> int:
    return int(now.timestamp()) // SLOT_SECONDS


@lru_cache(maxsize=8)
def _good(idp: Idp, slot: int) -> tuple[bytes, ...]:
    """Of this slot, of the one before, and of the next, for a node whose clock is ahead of ours."""
    return tuple(idp.ports.sealer.digest("dpop-nonce", str(one)).encode("ascii") for one in (slot, slot - 1, slot + 1))
