"""A new family of refresh tokens, for every grant type that a person stands behind.

Spec: RFC 6749 §1.5, RFC 9700 §4.14. Deliberately not here: turning a token over (`idp.flows.grants.refresh_token`).
"""

from datetime import timedelta

from idp.flows.context import Idp, hash_of
from idp.flows.grants.kind import Call, Claim, Renewal
from idp.model import RefreshFamily
from idp.oidc import refresh_token
from idp.ports import Tx


def begun(idp: Idp, call: Call, claim: Claim) -> Renewal:
    """A new family, where the client may refresh. A public client's is bound to its DPoP key. Spec: RFC 9449 §5."""
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
        bound_jkt=call.jkt if call.client.is_public else None,
    )

    def write(tx: Tx) -> None:
        tx.grants.add_family(family)

    return Renewal(token, write)
