"""Userinfo: what the granted scopes say of the person, for a token that was made for us. Spec: OIDC Core §5.3."""

from collections.abc import Mapping

from idp.errors import InsufficientScope, InvalidToken
from idp.flows import bearer
from idp.flows.context import Idp
from idp.oidc import claims


def userinfo(idp: Idp, value: str) -> Mapping[str, object]:
    """The claims.

    Raises:
        InvalidToken: not ours, over, ended, or for another audience (RFC 9068 §4).
        InsufficientScope: without `openid` it says nothing about a person.
    """
    now = idp.ports.now()
    token = bearer.read(idp, value, now)
    if token.audience != idp.issuer:
        raise InvalidToken("the token is for another audience", f"aud {token.audience}")
    found = bearer.live(idp, token, now)
    if found.origin is None or claims.OPENID not in token.scope:
        raise InsufficientScope("openid is needed")
    scopes = [scope for scope in token.scope if scope in found.client.scopes]
    return claims.userinfo(found.origin.subject, scopes, idp.settings.server.default_language)
