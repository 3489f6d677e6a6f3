"""The authorization code: spent first, looked at afterwards, so that single use cannot be forgotten.

Spec: RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §2.1.1, §4.5 (injection).
"""

import hmac

from idp.errors import InvalidGrant, InvalidRequest
from idp.flows import families
from idp.flows.context import Idp, hash_of
from idp.flows.grants.kind import Call, Claim, GrantType, Rejected, Replayed
from idp.flows.origin import Origin, trace
from idp.model import Code
from idp.oidc import audiences, dpop, pkce

_INVALID = "the code is not valid"


def redeem(idp: Idp, call: Call) -> Claim:
    """Take the code and prove that it is this client's. A code that fails a proof stays spent."""
    value = call.asked.get("code")
    if value is None:
        raise InvalidRequest("code is missing")
    taken = idp.ports.brief.take_code(hash_of(value))
    if taken.code is None:
        if taken.spent_grant_id is not None:
            raise Replayed("code", taken.spent_grant_id)
        raise Rejected(_INVALID, "no such code, or it is over")
    _prove(call, taken.code)
    origin = _origin(idp, call, taken.code)
    scopes = taken.code.scopes
    audience = audiences.chosen(call.asked, scopes, call.client, call.configuration, idp.issuer, taken.code.audience)
    return Claim(origin, scopes, audience, "sign-in", nonce=taken.code.nonce)


def _prove(call: Call, code: Code) -> None:
    """Client, DPoP key, return address and PKCE key, all of them. Spec: RFC 6749 §4.1.3, RFC 9449 §10."""
    if code.client_id != call.client.id:
        raise Rejected(_INVALID, f"the code of {code.client_id} was shown by {call.client.id}", code.grant_id)
    if code.dpop_jkt is not None and not dpop.same_key(call.jkt, code.dpop_jkt):
        raise Rejected(_INVALID, "the code is bound to another key", code.grant_id)
    redirect_uri = call.asked.get("redirect_uri") or ""
    if not hmac.compare_digest(redirect_uri.encode(), code.redirect_uri.encode()):
        raise Rejected(_INVALID, "redirect_uri is not the one of the authorization request", code.grant_id)
    try:
        pkce.verify(code.code_challenge, call.asked.get("code_verifier"))
    except InvalidGrant as error:
        raise Rejected(error.description, error.detail, code.grant_id) from error


def _origin(idp: Idp, call: Call, code: Code) -> Origin:
    _, grant, session, subject = idp.ports.truth.grants.token_state("", code.grant_id)
    found = trace(call.client, grant, session, subject, call.now)
    if isinstance(found, str):
        raise Rejected(_INVALID, found, code.grant_id)
    return found


AUTHORIZATION_CODE = GrantType(redeem, families.begun)
