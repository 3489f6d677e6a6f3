"""The keys that tokens are signed with: one in force for each algorithm, rolled over without anybody noticing.

A new key is published before it signs and an old one after it has signed, each for longer than verifiers keep what they
have read and than any token lives. What is in wrong hands is revoked instead: out of the key set, and believed no more.
Spec: OIDC Core §10.1.1, §10.2, RFC 7517. Deliberately not here: the signature itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from idp.errors import Unavailable
from idp.events import KeyChanged
from idp.flows import client_keys
from idp.flows.context import Idp
from idp.model import Client, SigningKey
from idp.oidc import signing
from idp.oidc.jose import JoseError, jwe
from idp.oidc.signing import ALG

AHEAD = timedelta(hours=1)
"""How long a new key is published before it signs: many times what caches are told to keep the key set."""
State = Literal["to come", "signs", "published", "retired", "revoked"]
_STARTING = timedelta(seconds=10)


def ensure_signing_key(idp: Idp, now: datetime | None = None) -> SigningKey | None:
    """The default key in force, made when there is none (first start). None: another process is making it just now."""
    now = now or idp.ports.now()
    found = signing.in_force(_keys(idp), now, ALG)
    if found is not None:
        return found
    if not idp.ports.truth.lease("signing-key", idp.id("start"), now, _STARTING):
        return None
    key = idp.ports.keys.make(ALG, now, now)
    _add(idp, key, (), by="system")
    return key


def tend(idp: Idp) -> tuple[SigningKey, ...]:
    """One turn of the background work: a first key of each algorithm, and a new one where its term is over.

    A first key signs at once: until it is published no client can have asked for its algorithm.
    Returns: the keys that were made.
    """
    now, days = idp.ports.now(), idp.settings.keys.rotation_days
    term = timedelta(days=days) if days else None
    made = []
    for alg in idp.ports.keys.algs:
        if not any(key.alg == alg and key.retired_at is None for key in _keys(idp)):
            key = idp.ports.keys.make(alg, now, now)
            _add(idp, key, (), by="system")
            made.append(key)
        elif signing.due(_keys(idp), now, alg, term):
            made.append(rotate(idp, by="system", alg=alg))
    return tuple(made)


def rotate(idp: Idp, *, by: str, alg: str = ALG, at_once: bool = False, reason: str | None = None) -> SigningKey:
    """A new key of one algorithm, which signs from `AHEAD` on, when the old one retires.

    at_once: the old one may be in wrong hands. The new key signs now; every older key of the algorithm leaves the key
    set, and whatever they signed is believed no more: access tokens end, people are asked to sign in again.
    """
    now = idp.ports.now()
    key = idp.ports.keys.make(alg, now, now if at_once else now + AHEAD)
    older = tuple(old for old in _keys(idp) if old.alg == alg)
    _add(idp, key, older, by=by, revoked=at_once, reason=reason)
    return key


def signing_key(idp: Idp, now: datetime, alg: str = ALG) -> SigningKey:
    """The key to sign with. Raises Unavailable: there is none of that algorithm."""
    key = signing.in_force(_keys(idp), now, alg)
    if key is None:
        raise Unavailable("keys", f"there is no {alg} key in force")
    return key


def signed(idp: Idp, typ: str, claims: Mapping[str, object], *, alg: str = ALG, now: datetime | None = None) -> str:
    """A compact JWS by the key in force of an algorithm. Raises Unavailable: there is none, or it is out of reach."""
    key = signing_key(idp, idp.ports.now() if now is None else now, alg)
    return signing.sign(key, typ, claims, idp.ports.keys.sign)


def told(
    idp: Idp, client: Client, typ: str, claims: Mapping[str, object], alg: str, enc_alg: str | None, enc: str | None
) -> str:
    """What one application is told: signed as it registered, and hidden in an envelope if it registered one.

    Used by ID tokens, userinfo and JARM. Raises Unavailable: a key of ours or of the client's is not to be had.
    Spec: OIDC Core §10.2 (sign, then encrypt), JARM §2.2, RFC 7519 §5.2 (cty).
    """
    compact = signed(idp, typ, claims, alg=alg)
    if enc_alg is None:
        return compact
    return hidden(idp, client, compact.encode("ascii"), enc_alg, enc)


def hidden(idp: Idp, client: Client, payload: bytes, alg: str, enc: str | None, cty: str | None = "JWT") -> str:
    """An envelope for one application. Raises Unavailable: it has no key for that."""
    try:
        fitting = [key for key in client_keys.of(idp, client) if jwe.fits(key, alg)]
        if not fitting:
            raise JoseError(f"no key for {alg}")
        key = min(fitting, key=lambda key: key.use != "enc")  # one that says so goes before one that says nothing
        return jwe.encrypt(payload, key, alg, enc or jwe.DEFAULT_ENC, cty=cty)
    except JoseError as error:
        raise Unavailable("keys", f"{client.id}: {error}") from error


def published(idp: Idp, now: datetime) -> tuple[SigningKey, ...]:
    """The keys that verifiers are told, newest first. Our own tokens are proved by these alone."""
    return signing.published(_keys(idp), now, overlap(idp))


def overlap(idp: Idp) -> timedelta:
    """How long a retired key stays published: as set, and never less than a token's life and a little."""
    life = idp.settings.life
    longest = timedelta(minutes=max(life.access_token_minutes, life.id_token_minutes) + 5)
    return max(timedelta(hours=idp.settings.keys.signing_overlap_hours), longest)


def offered(idp: Idp) -> tuple[str, ...]:
    """The algorithms that we sign with here."""
    return signing.offered(_keys(idp), signing.ALGS)


def state(idp: Idp, key: SigningKey, now: datetime) -> State:
    """What a key is good for now."""
    if key.revoked:
        return "revoked"
    if key.retired_at is None and key.active_from > now:
        return "to come"
    if signing.in_force(_keys(idp), now, key.alg) == key:
        return "signs"
    return "published" if key in published(idp, now) else "retired"


def listed(idp: Idp) -> Sequence[SigningKey]:
    """All keys that were ever made and are still kept, newest first."""
    return sorted(_keys(idp), key=lambda key: (key.active_from, key.kid), reverse=True)


def _keys(idp: Idp) -> tuple[SigningKey, ...]:
    return idp.ports.truth.configuration().keys


def _add(
    idp: Idp,
    key: SigningKey,
    older: Sequence[SigningKey],
    *,
    by: str,
    revoked: bool = False,
    reason: str | None = None,
) -> None:
    """The key and what becomes of the older ones, with their events: one transaction."""
    with idp.ports.truth.begin() as tx:
        tx.registry.add_key(key)
        tx.record(KeyChanged(kid=key.kid, alg=key.alg, what="made", by=by, reason=reason))
        for old in older:
            if revoked and not old.revoked:
                tx.registry.revoke_key(old.kid)
                tx.record(KeyChanged(kid=old.kid, alg=old.alg, what="revoked", by=by, reason=reason))
            elif old.retired_at is None:
                tx.registry.retire_key(old.kid, key.active_from)
                tx.record(KeyChanged(kid=old.kid, alg=old.alg, what="retires", by=by, reason=reason))
