"""A code of an authenticator app or a hardware token. Each step is spent once, in SQL, so that no restart makes it good
again; every one that the person has is tried."""

from dataclasses import replace

from idp.authn.factors import FACTORS, totp
from idp.errors import ProofRejected
from idp.flows.context import Idp, Visit
from idp.flows.sign_in import budgets
from idp.flows.sign_in.password import remember_failure
from idp.model import Authenticator, Interaction, Subject
from idp.secret import Secret


def prove(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject, typed: str) -> Interaction:
    """Take a code. A code that no app of this person gives is an error of the page, in words that help."""
    mine = [
        (one, one.secret)
        for one in idp.ports.truth.authenticators.of(subject.id)
        if one.factor == "totp" and one.secret is not None and one.disabled_at is None
    ]
    if not typed.strip():
        return replace(interaction, error="empty")
    if not mine:
        return replace(interaction, error="wrong")
    budget = budgets.for_factor(idp, visit, f"{subject.id}:totp:{_whose(idp, visit, subject)}")
    if not budget.heard:
        budgets.warn(idp, visit, budget, subject.id)
        return replace(interaction, error="wait")
    try:
        authenticator = _verify(idp, visit, mine, typed)
    except ProofRejected as rejected:
        # The one used last bears it: a try is one, and whoever has two is not worn down at the one in the drawer.
        last = max((one for one, _ in mine), key=lambda one: (one.last_used_at or one.created_at, one.id))
        bears = None if rejected.detail in ("used", "clock", "shape") else last
        remember_failure(idp, visit, interaction, subject, "totp", rejected.detail, bears)
        return _told(interaction, rejected)
    budgets.succeeded(idp, budget)
    proof = FACTORS["totp"].proof(authenticator, visit.now)
    return replace(interaction, subject_id=subject.id, proofs=(*interaction.proofs, proof), error=None)


def _whose(idp: Idp, visit: Visit, subject: Subject) -> str:
    """Known devices have tries of their own: a thief of the password does not spend the owner's."""
    device = visit.device_hash
    known = device is not None and idp.ports.truth.sessions.device(device, subject.id) is not None
    return "own" if known else "stranger"


def _verify(idp: Idp, visit: Visit, mine: list[tuple[Authenticator, Secret[bytes]]], typed: str) -> Authenticator:
    """The one whose code it is; its step is spent. The first helpful reason is raised when none fits."""
    reasons: list[ProofRejected] = []
    for one, seed in mine:
        last, shape = one.state.get("last_step"), totp.shape_of(one.state)
        try:
            step = totp.verify(seed, typed, visit.now, last if isinstance(last, int) else None, shape)
        except ProofRejected as rejected:
            reasons.append(rejected)
            continue
        with idp.ports.truth.begin() as tx:
            if tx.authenticators.spend_step(one.id, step, visit.now):
                drift = shape.drift_of(step, visit.now)
                if shape.own_clock and drift != shape.drift:
                    tx.authenticators.change(replace(one, state={**one.state, "drift": drift}))
                return one
        reasons.append(ProofRejected("used"))
    raise next((one for one in reasons if one.detail in ("used", "clock")), reasons[0])


def _told(interaction: Interaction, rejected: ProofRejected) -> Interaction:
    if isinstance(rejected, totp.ClockOff):
        return replace(interaction, error="clock", stage={**interaction.stage, "clock": str(rejected.minutes)})
    return replace(interaction, error="used" if rejected.detail == "used" else "wrong")
