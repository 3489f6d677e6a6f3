"""The device code: worth tokens once, when the person has allowed it in a browser.

Spec: RFC 8628 §3.4, §3.5. Deliberately not here: the person's side (`idp.flows.device`).
"""

from idp.flows import families, polling
from idp.flows.context import Idp
from idp.flows.grants.kind import Call, Claim, GrantType
from idp.model import DeviceRequest
from idp.oidc import audiences


def redeem(idp: Idp, call: Call) -> Claim:
    """Spend what was allowed. `resource` may choose among what was granted (RFC 8707 §2.2)."""
    taken, origin = polling.answered(idp, call, DeviceRequest, "device_code")
    audience = audiences.chosen(call.asked, taken.scopes, call.client, call.configuration, idp.issuer, taken.audience)
    return Claim(origin, taken.scopes, audience, "sign-in")


DEVICE_CODE = GrantType(redeem, families.begun)
