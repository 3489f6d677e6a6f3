"""What a sign-in still needs. One function, a closed set of answers; the dispatcher is one `match` over them.

Does not gather anything: the flow hands over what is known.
"""

from dataclasses import dataclass

from idp.authn.assurance import assess, meets, would_reach
from idp.authn.factors import FACTORS
from idp.model import Authenticator, FactorName, Proof


@dataclass(frozen=True, slots=True)
class Identify:
    """Who are you? (or a passkey, which says it by itself)"""


@dataclass(frozen=True, slots=True)
class ChooseDepartment:
    """Which department keeps you?"""


@dataclass(frozen=True, slots=True)
class ProvePassword:
    """The first proof."""


@dataclass(frozen=True, slots=True)
class Prove:
    """One more proof; `ways` are the enrolled factors that reach what is required, the strongest first."""

    ways: tuple[FactorName, ...]


@dataclass(frozen=True, slots=True)
class Enrol:
    """Nothing enrolled reaches what is required: make one of these. `vouching`: a one-time code must vouch first."""

    ways: tuple[FactorName, ...]
    vouching: bool


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The application's wish, with the person's real values."""


@dataclass(frozen=True, slots=True)
class Deny:
    """Policy says no."""


@dataclass(frozen=True, slots=True)
class Complete:
    """Everything is there."""


Step = Identify | ChooseDepartment | ProvePassword | Prove | Enrol | AskConsent | Deny | Complete


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a sign-in.

    allowed, required_acr: None until there is a first proof and a decision.
    vouched: a one-time enrolment code was spent in this interaction.
    """

    identifier: str | None
    department_id: str | None
    proofs: tuple[Proof, ...]
    authenticators: tuple[Authenticator, ...] = ()
    allowed: bool | None = None
    required_acr: str | None = None
    vouched: bool = False
    consent_missing: bool = False


def next_step(known: Known) -> Step:
    """The one thing to do next."""
    if not any(says_who(proof) for proof in known.proofs):
        if known.identifier is None:
            return Identify()
        return ProvePassword() if known.department_id is not None else ChooseDepartment()
    if known.allowed is not True:
        return Deny()
    acr, _ = assess(known.proofs)
    if known.required_acr is not None and not meets(acr, known.required_acr):
        return _one_more(known, acr or "", known.required_acr)
    return AskConsent() if known.consent_missing else Complete()


def says_who(proof: Proof) -> bool:
    """A proof to begin with: a password or a passkey. A code alone, left over when the rest grew old, is none."""
    return "pwd" in proof.amr or "user" in proof.amr


def _one_more(known: Known, acr: str, required: str) -> Step:
    """An enrolled factor that reaches the level, else a new one; a level that no factor reaches is a no."""
    ways = tuple(
        name
        for name, factor in FACTORS.items()
        if any(
            would_reach(known.proofs, name, factor.worth(one), factor.verifies_user, required)
            for one in known.authenticators
            if one.factor == name and one.disabled_at is None
        )
    )
    if ways:
        return Prove(ways)
    possible = tuple(
        name
        for name, factor in FACTORS.items()
        if would_reach(known.proofs, name, factor.best, factor.verifies_user, required)
    )
    if not possible:
        return Deny()
    return Enrol(possible, vouching=not known.vouched and not meets(acr, VOUCHING_ACR))


VOUCHING_ACR = "urn:gerege:aal2"
"""A session of this level may bind further factors by itself; below it a one-time code must vouch."""
