"""Userinfo: what the granted scopes say of the person, for a token that was made for us: plain, signed or hidden.

Spec: OIDC Core §5.3, §16.11 (signed answers). Deliberately not here: which claim belongs to which scope.
"""

from collections.abc import Mapping

import orjson

from idp.errors import InsufficientScope, InvalidToken
from idp.flows import bearer, delegations, keys, subjects
from idp.flows.context import Idp
from idp.flows.presented import Presented
from idp.model import Client
from idp.oidc import claims, claims_request

TYPE = "JWT"


def userinfo(idp: Idp, presented: Presented) -> Mapping[str, object] | str:
    """The claims; as a compact JWT when the application registered that they be signed or encrypted.

    Raises:
        InvalidToken: not ours, over, ended, for another audience (RFC 9068 §4), or shown without what it is bound to.
        InsufficientUserAuthentication: the sign-in is older than the application registered.
        InsufficientScope: without `openid` it says nothing about a person.
    """
    now = idp.ports.now()
    token = bearer.shown(idp, presented, now)
    if token.audience != idp.issuer:
        raise InvalidToken("the token is for another audience", f"aud {token.audience}")
    found = bearer.live(idp, token, now)
    if found.origin is None or claims.OPENID not in token.scope:
        raise InsufficientScope("openid is needed")
    bearer.require_recent(found, now)
    scopes = [scope for scope in token.scope if scope in found.client.scopes]
    origin, language = found.origin, idp.settings.server.default_language
    asked = [
        one
        for one in claims_request.of_member(origin.grant.claims, "userinfo")
        if claims.scope_of(one) in found.client.scopes
    ]
    subject, act = delegations.told(idp, origin, now)
    said = claims.named(subject, asked, language) | claims.userinfo(subject, scopes, language)
    said["sub"] = subjects.named(idp, found.client, subject.id)
    if act is not None:
        said["act"] = act
    return _as_registered(idp, found.client, said)


def _as_registered(idp: Idp, client: Client, said: Mapping[str, object]) -> Mapping[str, object] | str:
    """Spec: OIDC Core §5.3.2 (iss and aud when signed; a JWE holds the bare claims when only encrypted)."""
    alg = client.userinfo_signed_response_alg
    hidden = client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc
    if alg is not None:
        return keys.told(idp, client, TYPE, {**said, "iss": idp.issuer, "aud": client.id}, alg, *hidden)
    if hidden[0] is not None:
        return keys.hidden(idp, client, orjson.dumps(said), hidden[0], hidden[1], cty=None)
    return said
