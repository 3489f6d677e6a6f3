"""What a sign-in still needs. One function, a closed set of answers; the dispatcher is one `match` over them.

Does not gather anything: the flow hands over what is known.
"""

from dataclasses import dataclass, replace

from idp.authn.assurance import assess, ceiling, meets, says_who, would_reach
from idp.authn.factors import FACTORS, Factor
from idp.authn.ledger import CODE_CEILING, VOUCHING_ACR
from idp.model import AAL1, AAL2, Authenticator, FactorName, Proof


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
class RenewPassword:
    """The password was right, and somebody else made it, knows it, or its time is over: a new one before all else."""


@dataclass(frozen=True, slots=True)
class SayLeft:
    """A saved code was spent: how many are left, before the application takes over."""


@dataclass(frozen=True, slots=True)
class SaveCodes:
    """The first factor is made and there is no second way in: recovery codes, before it is lost."""


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The application's wish, with the person's real values."""


@dataclass(frozen=True, slots=True)
class AskActing:
    """For whom: oneself, or somebody who lets this person act for them."""


@dataclass(frozen=True, slots=True)
class Deny:
    """Policy says no."""


@dataclass(frozen=True, slots=True)
class Complete:
    """Everything is there."""


Step = (
    Identify
    | ChooseDepartment
    | ProvePassword
    | Prove
    | Enrol
    | RenewPassword
    | SayLeft
    | SaveCodes
    | AskActing
    | AskConsent
    | Deny
    | Complete
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a sign-in.

    allowed, required_acr: None until there is a first proof and a decision.
    vouched: the ledger of what would be enrolled now (`idp.authn.ledger.bound`).
    unenrolled: ways that are there without an authenticator, and what each is worth (a smart card).
    renew: the password that was proved here must be replaced.
    untold: a saved code was spent, and the person was not told how many are left.
    unsaved: recovery codes are due.
    """

    identifier: str | None
    department_id: str | None
    proofs: tuple[Proof, ...]
    authenticators: tuple[Authenticator, ...] = ()
    allowed: bool | None = None
    required_acr: str | None = None
    vouched: str = AAL1
    consent_missing: bool = False
    acting_missing: bool = False
    """They may act for somebody there, and have not said for whom."""
    unenrolled: tuple[tuple[FactorName, str], ...] = ()
    renew: bool = False
    untold: bool = False
    unsaved: bool = False


def next_step(known: Known) -> Step:
    """The one thing to do next."""
    if _pass_is_open(known.proofs):
        return _enrol_by_pass(known)
    if not any(says_who(proof) for proof in known.proofs):
        if known.identifier is None:
            return Identify()
        return ProvePassword() if known.department_id is not None else ChooseDepartment()
    if known.acting_missing:
        return AskActing()  # before anything is decided: it is decided for whom they act
    if known.allowed is not True:
        return Deny()
    acr, _ = assess(known.proofs)
    if known.required_acr is not None and not meets(acr, known.required_acr):
        return _one_more(known, known.required_acr)
    if known.renew:
        return _renewing(known)
    if known.untold:
        return SayLeft()
    if known.unsaved:
        return SaveCodes()
    return AskConsent() if known.consent_missing else Complete()


def _renewing(known: Known) -> Step:
    """Whoever has a second factor proves it first: a password that others know must not be theirs to replace."""
    held = tuple(name for name, factor in FACTORS.items() if _held(known, factor, AAL2))
    return RenewPassword() if meets(assess(known.proofs)[0], AAL2) or not held else Prove(held)


def _pass_is_open(proofs: tuple[Proof, ...]) -> bool:
    """A pass was spent and nothing has been enrolled with it since: it is for that and for nothing else."""
    for proof in reversed(proofs):
        if proof.factor == "pass":
            return True
        if proof.factor in FACTORS:
            return False
    return False


def _enrol_by_pass(known: Known) -> Step:
    """A new factor, of those that reach what is asked where the pass allows one, whatever they held before."""
    best = {name: ceiling(factor.best, known.vouched) for name, factor in FACTORS.items() if factor.enrols}
    fitting = tuple(name for name, worth in best.items() if meets(worth, known.required_acr))
    return Enrol(fitting or tuple(best), vouching=False)


def _one_more(known: Known, required: str) -> Step:
    """An enrolled factor that reaches the level, else a new one; a level that no factor reaches is a no."""
    ways = tuple(name for name, factor in FACTORS.items() if _held(known, factor, required))
    if ways:
        return Prove(ways)
    for most, vouching in ((known.vouched, False), (CODE_CEILING, True)):
        possible = tuple(
            name
            for name, factor in FACTORS.items()
            if factor.enrols
            and would_reach(known.proofs, name, ceiling(factor.best, most), factor.verifies_user, required)
        )
        if possible:
            return Enrol(possible, vouching)
    return Deny()


def asks_for_more(known: Known, vouched: str) -> bool:
    """Whether a code of that ceiling would be followed by the question for another one."""
    step = next_step(replace(known, vouched=vouched))
    return isinstance(step, Enrol) and step.vouching


def _held(known: Known, factor: Factor, required: str) -> bool:
    """Whether they have one of this kind that would reach the level."""
    worths = [worth for name, worth in known.unenrolled if name == factor.name]
    worths += [factor.worth(one) for one in known.authenticators if one.factor == factor.name and not one.disabled_at]
    return any(would_reach(known.proofs, factor.name, one, factor.verifies_user, required) for one in worths)


__all__ = [
    "VOUCHING_ACR",
    "AskActing",
    "AskConsent",
    "ChooseDepartment",
    "Complete",
    "Deny",
    "Enrol",
    "Identify",
    "Known",
    "Prove",
    "ProvePassword",
    "RenewPassword",
    "SaveCodes",
    "SayLeft",
    "Step",
    "asks_for_more",
    "next_step",
]
