"""The assurance ledger: what vouches for a new authenticator, and so the most that it will ever be worth.

Each authenticator remembers how far those who vouched for it could be believed (`bound_acr`), apart from what its kind
is good for: a code of an app whose person was checked at the counter is AAL2 by its kind, and may vouch for a passkey
that is then phishing-resistant. No path of bindings ends above the one who vouched first, and nothing that is bound
changes what another one is worth.
Spec: NIST SP 800-63B-4 §4.1.2 (binding an additional authenticator), §4.2 (account recovery); `docs/adr/0017`.
Deliberately not here: who may make a code, and up to which ceiling.
"""

from collections.abc import Sequence

from idp.authn.assurance import ceiling, is_possession, says_who, strictest
from idp.model import AAL1, AAL2, AAL2_PHR, AAL3, Authenticator, Proof

SAME_LEVEL = {AAL1: AAL1, AAL2: AAL2_PHR, AAL2_PHR: AAL2_PHR, AAL3: AAL3}
"""The top of NIST's level that an acr is of: resistance to phishing is no level above AAL2 but a property of the new
authenticator, so whoever proved AAL2 may bind one that has it. AAL3 is bound by AAL3."""
VOUCHING_ACR = AAL2
"""A session of this level may bind further authenticators by itself; below it a one-time code must vouch."""
CODE_CEILING = AAL2_PHR
"""What a one-time code that is asked for in a sign-in can be expected to vouch for. More is bound at the counter."""
RECOVERED = AAL2
"""The most that a saved code vouches for: it was read once from a screen, and whoever copied it has it."""


def vouches(proofs: Sequence[Proof], held: Sequence[Authenticator]) -> str:
    """How far these proofs of one person vouch for a new authenticator of theirs.

    Args:
        proofs: what this session or sign-in has proved.
        held: the authenticators of the person, with their ledger.
    """
    if not any(says_who(proof) for proof in proofs):
        return AAL1
    remembered = {one.id: one.bound_acr for one in held}
    found = [_through(proof, remembered) for proof in proofs if is_possession(proof)]
    return strictest(found) or AAL1


def bound(proofs: Sequence[Proof], held: Sequence[Authenticator], code_ceiling: str | None) -> str:
    """The ledger of a new authenticator: a code's ceiling where one was spent, else what the proofs vouch for."""
    return vouches(proofs, held) if code_ceiling is None else ceiling(code_ceiling, AAL3)


def _through(proof: Proof, remembered: dict[str, str]) -> str:
    """What one proof of possession brings: its level, never above how its own authenticator was bound."""
    level = SAME_LEVEL.get(proof.acr, AAL1)
    own = remembered.get(proof.authenticator_id or "", proof.acr)
    most = RECOVERED if proof.factor == "recovery" else AAL3
    return ceiling(ceiling(level, own), most)
