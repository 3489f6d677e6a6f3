"""A machine asks for itself: by its own roles, for one API, without a refresh token and without a write on the way.

Spec: RFC 6749 §4.4, RFC 9068 §2.2 (sub is the client).
"""

from idp.errors import InvalidScope, UnauthorizedClient
from idp.flows.context import Idp
from idp.flows.grants.kind import Call, Claim, GrantType, Renewal
from idp.oidc import audiences


def redeem(idp: Idp, call: Call) -> Claim:
    """Permissions only: a machine is nobody, so `openid` and what follows from it make no sense."""
    if call.client.is_public:
        raise UnauthorizedClient("a public client cannot speak for itself")
    wanted = call.asked.words("scope")
    registered = call.configuration.permissions_of(call.client)
    if not wanted or not set(wanted) <= registered.keys():
        raise InvalidScope("ask for permissions that this client is registered for")
    audience = audiences.chosen(call.asked, wanted, call.client, call.configuration, idp.issuer, None)
    if len(audiences.permissions_for(audience, wanted, registered)) != len(wanted):
        raise InvalidScope("these scopes are of another resource")
    return Claim(None, wanted, audience, "sign-in")


def renew(idp: Idp, call: Call, claim: Claim) -> Renewal:
    """Spec: RFC 6749 §4.4.3: a refresh token should not be included."""
    return Renewal()


CLIENT_CREDENTIALS = GrantType(redeem, renew)
