"""Introspection: what a token is good for at this moment, said only to the API that it is for.

Asked by who does not want to wait for a token to end to learn that a role was taken: policy decides again.
Spec: RFC 7662; RFC 9700 §2.3. Deliberately not here: refresh tokens, which no API should ever see.
"""

from dataclasses import replace

from idp.errors import InvalidClient, InvalidGrant, InvalidRequest, InvalidToken
from idp.flows import bearer, entitlement
from idp.flows.bearer import Bearer
from idp.flows.client_proof import authenticate
from idp.flows.context import Idp
from idp.flows.entitlement import Entitled
from idp.flows.keys import signed
from idp.flows.presented import Presented
from idp.model import Client
from idp.oidc.confirmation import token_type
from idp.oidc.tokens import AccessToken

SIGNED_TYPE = "token-introspection+jwt"
INACTIVE: dict[str, object] = {"active": False}
"""The one answer for every reason, so that nothing can be learnt. Spec: RFC 7662 §2.2."""


def introspect(idp: Idp, presented: Presented) -> dict[str, object]:
    """The claims of a live token with the permissions that policy allows now, or `active: false`.

    Raises:
        InvalidClient: not a client that can prove itself. InvalidRequest. Unavailable.
    Spec: RFC 7662 §2.
    """
    return _answer(idp, presented)[1]


def introspect_signed(idp: Idp, presented: Presented) -> str:
    """The same answer as a JWT for the caller, who can show it to others. Raises as `introspect`. Spec: RFC 9701 §5."""
    caller, said = _answer(idp, presented)
    now = idp.ports.now()
    claims = {"iss": idp.issuer, "aud": caller.id, "iat": int(now.timestamp()), "token_introspection": said}
    return signed(idp, SIGNED_TYPE, claims, now=now)


def _answer(idp: Idp, presented: Presented) -> tuple[Client, dict[str, object]]:
    asked = presented.asked()
    caller = authenticate(idp, presented, asked)
    if caller.is_public:
        raise InvalidClient("this endpoint is for clients that can prove who they are")
    value = asked.get("token")
    if value is None:
        raise InvalidRequest("token is missing")
    now = idp.ports.now()
    try:
        token = bearer.read(idp, value, now)
        if not _may_ask(idp, caller, token):
            return caller, INACTIVE
        found = bearer.live(idp, token, now)
        entitled = _entitled(idp, found)
    except (InvalidToken, InvalidGrant):
        return caller, INACTIVE
    return caller, _told(idp, found, entitled) if entitled.allowed else INACTIVE


def _may_ask(idp: Idp, caller: Client, token: AccessToken) -> bool:
    """The API's own application; a userinfo token is only its holder's to ask about."""
    if token.audience == idp.issuer:
        return token.client_id == caller.id
    return token.audience in caller.audiences


def _entitled(idp: Idp, found: Bearer) -> Entitled:
    token, now = found.token, idp.ports.now()
    if found.origin is None:
        return entitlement.of_machine(idp, found.client, token.scope, token.audience, "introspection", now)
    standing = entitlement.standing_of(idp, found.origin, now)
    types = tuple(str(one["type"]) for one in token.details)
    return entitlement.of_person(idp, found.origin, standing, token.scope, token.audience, "introspection", now, types)


def _told(idp: Idp, found: Bearer, entitled: Entitled) -> dict[str, object]:
    """Spec: RFC 7662 §2.2: what the token says, with the scope that is left of it."""
    left = tuple(one for one in found.token.details if one["type"] in entitled.detail_types)
    said = replace(found.token, details=left).render(idp.issuer)
    return {"active": True, "token_type": token_type(found.token.cnf), **said, "scope": " ".join(entitled.scopes)}
