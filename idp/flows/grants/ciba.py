"""A back-channel request: worth tokens once, when the person has allowed it on a page of ours.

Spec: CIBA Core §10.1 (poll), §10.1.1. Deliberately not here: ping and push; the question (`idp.flows.backchannel`).
"""

from idp.flows import families, polling
from idp.flows.context import Idp
from idp.flows.grants.kind import Call, Claim, GrantType
from idp.model import BackchannelRequest
from idp.oidc import audiences


def redeem(idp: Idp, call: Call) -> Claim:
    """Spend what was allowed. `resource` may choose among what was granted (RFC 8707 §2.2)."""
    taken, origin = polling.answered(idp, call, BackchannelRequest, "auth_req_id")
    audience = audiences.chosen(call.asked, taken.scopes, call.client, call.configuration, idp.issuer, taken.audience)
    return Claim(origin, taken.scopes, audience, "sign-in")


CIBA = GrantType(redeem, families.begun)
