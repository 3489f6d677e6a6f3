"""What a set of proofs is worth.

Knowledge (a password, or the user verification of a passkey or a smart card) and possession (a code from an enrolled
app, a saved code, a passkey, a card) make two factors. A proof never brings more than its authenticator's ledger
allows, and a temporary access pass brings nothing at all: it opens enrolment (`idp.authn.next_step`).
Spec: NIST SP 800-63B-4 §2, RFC 8176, RFC 9470. Does not say which level is required: policies do.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from idp.model import AAL1, ACR_ORDER, FactorName, Proof


def rank(acr: str | None) -> int:
    """Position in ACR_ORDER; -1 for nothing and for a level that is not ours (an unknown level is no proof)."""
    return ACR_ORDER.index(acr) if acr in ACR_ORDER else -1


def meets(acr: str | None, required: str | None) -> bool:
    """Whether `acr` is at least `required`. An unknown requirement is never met."""
    if required is None:
        return True
    return rank(required) >= 0 and rank(acr) >= rank(required)


def strictest(levels: Iterable[str | None]) -> str | None:
    """The highest of the levels that are ours; None when there is none."""
    known = [level for level in levels if level in ACR_ORDER]
    return max(known, key=rank) if known else None


def ceiling(worth: str, bound_acr: str) -> str:
    """An authenticator's worth, never above how it was bound (the assurance ledger)."""
    return min(worth, bound_acr, key=rank)


def assess(proofs: Sequence[Proof]) -> tuple[str | None, tuple[str, ...]]:
    """(acr, amr) of these proofs together; (None, ()) when there is none. Spec: RFC 8176 §2."""
    counted = lasting(proofs)
    if not counted:
        return None, ()
    knows = any(says_who(proof) for proof in counted)
    possessions = [proof.acr for proof in counted if is_possession(proof)]
    acr = strictest(possessions) if knows and possessions else AAL1
    methods = {method for proof in counted for method in proof.amr}
    if knows and possessions:
        methods.add("mfa")
    return acr or AAL1, tuple(sorted(methods))


def says_who(proof: Proof) -> bool:
    """A proof to begin with: of what the person knows or is. A code left over when the rest grew old is none."""
    return proof.factor != "pass" and not {"pwd", "user", "pin"}.isdisjoint(proof.amr)


def is_possession(proof: Proof) -> bool:
    """A proof of something that the person has."""
    return proof.factor not in ("password", "pass")


def lasting(proofs: Sequence[Proof]) -> tuple[Proof, ...]:
    """Those that count for an application and that a session keeps: a pass ends with the sign-in it was typed in."""
    return tuple(proof for proof in proofs if proof.factor != "pass")


def fresh(proofs: Sequence[Proof], after: datetime | None) -> tuple[Proof, ...]:
    """The proofs made after that instant (max_age, prompt=login)."""
    return tuple(proof for proof in proofs if after is None or proof.at > after)


def would_reach(proofs: Sequence[Proof], factor: FactorName, worth: str, user_verified: bool, required: str) -> bool:
    """Whether one more proof of that factor and worth would meet the requirement."""
    amr = ("pwd",) if factor == "password" else ("user",) if user_verified else ()
    at = datetime.max.replace(tzinfo=UTC)
    acr, _ = assess((*proofs, Proof(factor=factor, authenticator_id=None, at=at, amr=amr, acr=worth)))
    return meets(acr, required)
