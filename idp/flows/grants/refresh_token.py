"""Refresh: decided again every time, by what is true of the person, the post and the session now.

A confidential client keeps its token, bound to its authentication; a public client's token is rotated by one
conditional UPDATE, and an old one that comes again ends the family and the grant.
Spec: RFC 6749 §6, RFC 9700 §4.14.2, RFC 8707 §2.2, OIDC Core §12.
"""

import hmac
from datetime import datetime, timedelta

from idp.errors import InvalidRequest
from idp.flows.context import Idp, hash_of
from idp.flows.grants.kind import Call, Claim, GrantType, Rejected, Renewal, Replayed
from idp.flows.origin import Origin, trace
from idp.model import RefreshFamily
from idp.oidc import audiences, dpop, refresh_token
from idp.ports import Tx

LAST_CONTACT = timedelta(hours=24)
"""How old the browser's last contact may be: past it nobody knows from where the person works. Authorize again."""
WORTH_WRITING = timedelta(minutes=5)
"""A confidential family's idle end is moved when it moves by this much, so that most refreshes write nothing."""
_INVALID = "the refresh token is not valid"


def redeem(idp: Idp, call: Call) -> Claim:
    """Prove the token, its family and everything it came from. A public client's is spent in the final write."""
    value = call.asked.get("refresh_token")
    if value is None:
        raise InvalidRequest("refresh_token is missing")
    family_id = refresh_token.family_of(value)
    found = idp.ports.truth.grants.family(family_id) if family_id else None
    if found is None:
        raise Rejected(_INVALID, "no such family")
    family, grant, session, subject = found
    _prove(call, family, value)
    origin = trace(call.client, grant, session, subject, call.now)
    if isinstance(origin, str):
        raise Rejected(_INVALID, origin, grant.id)
    _recently_seen(call, origin)
    granted = tuple(scope for scope in grant.scopes if scope in call.client.scopes)
    scopes = audiences.narrowed(call.asked, granted)
    audience = audiences.chosen(call.asked, granted, call.client, call.configuration, idp.issuer, grant.audience)
    return Claim(origin, scopes, audience, "refresh", family=family)


def renew(idp: Idp, call: Call, claim: Claim) -> Renewal:
    """The same token for a confidential client, the next one for a public client."""
    family = claim.family
    if family is None:
        raise Rejected(_INVALID, "no family")
    idle_until = min(call.now + timedelta(days=idp.settings.life.refresh_idle_days), family.expires_at)
    if call.client.is_public:
        return _rotated(idp, family, idle_until)
    if idle_until - family.idle_expires_at < WORTH_WRITING:
        return Renewal(call.asked.get("refresh_token"))

    def write(tx: Tx) -> None:
        tx.grants.keep_alive(family.id, idle_until)

    return Renewal(call.asked.get("refresh_token"), write)


def _rotated(idp: Idp, family: RefreshFamily, idle_until: datetime) -> Renewal:
    token = refresh_token.write(family.id, idp.token())

    def write(tx: Tx) -> None:
        if not tx.grants.rotate(family.id, family.current_hash, hash_of(token), idle_until):
            raise Replayed("refresh token", family.grant_id)  # another call with the same token was quicker

    return Renewal(token, write)


def _prove(call: Call, family: RefreshFamily, value: str) -> None:
    if family.client_id != call.client.id:
        # Nothing is ended: else any client could end another's grants with what it found.
        raise Rejected(_INVALID, f"the token of {family.client_id} was shown by {call.client.id}")
    if family.bound_jkt is not None and not dpop.same_key(call.jkt, family.bound_jkt):
        # Whoever lacks the key has stolen a token that is worth nothing: no reason to end it for its holder.
        raise Rejected(_INVALID, "the token is bound to another key", family.grant_id)
    right = hmac.compare_digest(hash_of(value), family.current_hash)
    if not right and call.client.is_public and family.revoked_at is None:
        raise Replayed("refresh token", family.grant_id)
    if not right or family.revoked_at is not None:
        raise Rejected(_INVALID, "not the current token, or revoked", family.grant_id)
    if call.now >= min(family.expires_at, family.idle_expires_at):
        raise Rejected(_INVALID, "the family is over", family.grant_id)


def _recently_seen(call: Call, origin: Origin) -> None:
    if call.now - origin.session.last_seen_at > LAST_CONTACT:
        raise Rejected(_INVALID, "the browser was not seen for too long", origin.grant.id)


REFRESH_TOKEN = GrantType(redeem, renew)
