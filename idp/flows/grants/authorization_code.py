"""The authorization code: spent first, looked at afterwards, so that single use cannot be forgotten.

Spec: RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §2.1.1, §4.5 (injection).
"""

import hmac
from datetime import timedelta

from idp.errors import InvalidGrant, InvalidRequest
from idp.flows.context import Idp, hash_of
from idp.flows.grants.kind import Call, Claim, GrantType, Rejected, Renewal, Replayed
from idp.flows.origin import Origin, trace
from idp.model import Code, RefreshFamily
from idp.oidc import audiences, pkce, refresh_token
from idp.ports import Tx

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


def renew(idp: Idp, call: Call, claim: Claim) -> Renewal:
    """A new family, where the client may refresh."""
    if "refresh_token" not in call.client.grant_types or claim.origin is None:
        return Renewal()
    family_id, life = idp.id("family"), idp.settings.life
    token = refresh_token.write(family_id, idp.token())
    family = RefreshFamily(
        id=family_id,
        grant_id=claim.origin.grant.id,
        client_id=call.client.id,
        current_hash=hash_of(token),
        generation=0,
        created_at=call.now,
        expires_at=call.now + timedelta(days=life.refresh_days),
        idle_expires_at=call.now + timedelta(days=life.refresh_idle_days),
    )

    def write(tx: Tx) -> None:
        tx.grants.add_family(family)

    return Renewal(token, write)


def _prove(call: Call, code: Code) -> None:
    """Client, return address and proof key, all three. Spec: RFC 6749 §4.1.3."""
    if code.client_id != call.client.id:
        raise Rejected(_INVALID, f"the code of {code.client_id} was shown by {call.client.id}", code.grant_id)
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


AUTHORIZATION_CODE = GrantType(redeem, renew)
