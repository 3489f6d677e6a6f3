"""Revocation: an application gives back what it holds. A refresh token takes its grant and all that follows with it.

Spec: RFC 7009. A token that is unknown, over or another client's is answered as if it had been revoked, and nothing
happens: neither a guess nor a theft is told anything.
"""

import hmac
from datetime import datetime

from idp.errors import InvalidRequest, InvalidToken, UnsupportedTokenType
from idp.events import GrantRevoked, TokenRevoked
from idp.flows import bearer, keys
from idp.flows.client_proof import authenticate
from idp.flows.context import Idp, hash_of
from idp.flows.presented import Presented
from idp.model import Client
from idp.oidc import id_token, refresh_token
from idp.oidc.signing import prove


def revoke(idp: Idp, presented: Presented) -> None:
    """Revoke a token of the calling client; `token_type_hint` is not needed and so not believed.

    Raises:
        InvalidClient, InvalidRequest, Unavailable. UnsupportedTokenType: an ID token, which only its `exp` ends.
    Spec: RFC 7009 §2.
    """
    asked = presented.asked()
    client = authenticate(idp, presented, asked)
    value = asked.get("token")
    if value is None:
        raise InvalidRequest("token is missing")
    now = idp.ports.now()
    if not _access(idp, client, value, now):
        _refuse_id_token(idp, value, now)
        _refresh(idp, client, value, now)


def _refuse_id_token(idp: Idp, value: str, now: datetime) -> None:
    """Whoever sends one believes that it ends something. Spec: RFC 7009 §2.2.1."""
    try:
        prove(value, id_token.TYPE, keys.published(idp, now))
    except InvalidToken:
        return
    raise UnsupportedTokenType("an ID token cannot be revoked")


def _access(idp: Idp, client: Client, value: str, now: datetime) -> bool:
    """Whether it was an access token of ours (which may still be another client's)."""
    try:
        token = bearer.read(idp, value, now)
    except InvalidToken:
        return False
    if token.client_id == client.id:
        grant = idp.ports.truth.grants.get(token.grant) if token.grant else None
        with idp.ports.truth.begin() as tx:
            tx.grants.revoke_token(token.jti, token.expires_at, now)
            tx.record(
                TokenRevoked(
                    subject_id=grant.subject_id if grant else None,
                    client_id=client.id,
                    sid=token.sid,
                    grant_id=token.grant,
                    jti=token.jti,
                )
            )
    return True


def _refresh(idp: Idp, client: Client, value: str, now: datetime) -> None:
    """A rotated-out token of a public client will do: whoever holds it held the family."""
    family_id = refresh_token.family_of(value)
    found = idp.ports.truth.grants.family(family_id) if family_id else None
    if found is None:
        return
    family, grant, _, _ = found
    known = client.is_public or hmac.compare_digest(hash_of(value), family.current_hash)
    if family.client_id != client.id or not known:
        return
    with idp.ports.truth.begin() as tx:
        if tx.grants.revoke(grant.id, now):
            about = {"subject_id": grant.subject_id, "client_id": client.id, "sid": grant.sid}
            tx.record(GrantRevoked(**about, grant_id=grant.id, why="given back by the application"))
