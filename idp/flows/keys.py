"""The keys that tokens are signed with: made at first start, rolled over without anybody noticing.

A new key is published before it signs and an old one after it has signed, each for longer than verifiers keep what they
have read and than any token lives. Spec: OIDC Core §10.1.1, RFC 7517. Deliberately not here: the signature itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from idp.errors import Unavailable
from idp.events import KeyChanged
from idp.flows.context import Idp
from idp.model import SigningKey
from idp.oidc import signing

AHEAD = timedelta(hours=1)
"""How long a new key is published before it signs: many times what caches are told to keep the key set."""
_STARTING = timedelta(seconds=10)


def ensure_signing_key(idp: Idp, now: datetime | None = None) -> SigningKey | None:
    """The key in force, made when there is none (first start). None: another process is making it just now."""
    now = now or idp.ports.now()
    found = signing.signing_key(idp.ports.truth.configuration().keys, now)
    if found is not None:
        return found
    if not idp.ports.truth.lease("signing-key", idp.id("start"), now, _STARTING):
        return None
    key = _new(idp, now, now)
    _add(idp, key, None, by="system")
    return key


def rotate(idp: Idp, *, by: str, at_once: bool = False) -> SigningKey:
    """A new key, which signs from `AHEAD` on, when the old one retires.

    at_once: it signs now (the old key may be in wrong hands): verifiers that do not know it yet must fetch it.
    """
    now = idp.ports.now()
    key = _new(idp, now, now if at_once else now + AHEAD)
    _add(idp, key, key.active_from, by=by)
    return key


def signing_key(idp: Idp, now: datetime) -> SigningKey:
    """The key to sign with. Raises Unavailable: there is none."""
    key = signing.signing_key(idp.ports.truth.configuration().keys, now)
    if key is None:
        raise Unavailable("keys", "there is no signing key in force")
    return key


def published(idp: Idp, now: datetime) -> tuple[SigningKey, ...]:
    """The keys that verifiers are told, newest first. Our own tokens are proved by these alone."""
    return signing.published(idp.ports.truth.configuration().keys, now, overlap(idp))


def overlap(idp: Idp) -> timedelta:
    """How long a retired key stays published: as set, and never less than a token's life and a little."""
    life = idp.settings.life
    longest = timedelta(minutes=max(life.access_token_minutes, life.id_token_minutes) + 5)
    return max(timedelta(hours=idp.settings.keys.signing_overlap_hours), longest)


def listed(idp: Idp) -> Sequence[SigningKey]:
    """All keys that were ever made and are still kept, newest first."""
    return sorted(idp.ports.truth.configuration().keys, key=lambda key: key.active_from, reverse=True)


def _new(idp: Idp, now: datetime, active_from: datetime) -> SigningKey:
    return signing.new_key(idp.ports.random(signing.ENTROPY), now, active_from)


def _add(idp: Idp, key: SigningKey, others_retire: datetime | None, *, by: str) -> None:
    with idp.ports.truth.begin() as tx:
        tx.registry.add_key(key)
        tx.record(KeyChanged(kid=key.kid, alg=key.alg, what="made", by=by))
        for old in idp.ports.truth.configuration().keys:
            if others_retire is not None and old.retired_at is None and old.kid != key.kid:
                tx.registry.retire_key(old.kid, others_retire)
                tx.record(KeyChanged(kid=old.kid, alg=old.alg, what="retires", by=by))
