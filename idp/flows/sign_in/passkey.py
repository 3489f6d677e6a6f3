"""Passkeys: by themselves (autofill, button), or as one more proof. Spec: WebAuthn Level 3 §7.2.

A passkey says by itself whose it is; when somebody has proved something already it must be theirs.
"""

from dataclasses import replace

from idp.authn.factors import FACTORS, passkey
from idp.errors import ProofRejected
from idp.flows.context import Idp, Visit
from idp.flows.people import read_again
from idp.flows.sign_in import budgets, challenge
from idp.flows.sign_in.password import remember_failure
from idp.model import Authenticator, Interaction, Subject


def options(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject | None) -> str:
    """JSON for the browser, with a fresh challenge. Without a subject any discoverable passkey is asked."""
    mine = passkeys_of(idp, subject.id) if subject else []
    return passkey.assertion_options(idp.party, challenge.make(idp, interaction, visit.now), mine)


def prove(idp: Idp, visit: Visit, interaction: Interaction, response: str) -> Interaction:
    """Take an assertion. Raises Unavailable when the person's directory is away beyond the grace."""
    budget = budgets.for_passkey(idp, visit)
    subject: Subject | None = None
    try:
        if not budget.heard:
            raise ProofRejected("throttled")
        authenticator, subject = _owner(idp, interaction, response)
        expected = challenge.take(idp, interaction, response, visit.now)
        counter = passkey.verify_assertion(idp.party, response, expected, authenticator)
        with idp.ports.truth.begin() as tx:
            if not tx.authenticators.move_counter(authenticator.id, counter, visit.now):
                raise ProofRejected("counter went back: perhaps a cloned key")
        degraded = read_again(idp, subject, visit.now)
    except ProofRejected as rejected:
        budgets.warn(idp, visit, budget, subject.id if subject else None)
        if subject is not None:
            remember_failure(idp, visit, interaction, subject, "passkey", rejected.detail)
        return replace(interaction, error="passkey")
    budgets.succeeded(idp, budget)
    proof = FACTORS["passkey"].proof(authenticator, visit.now)
    same = interaction.subject_id == subject.id
    return replace(
        interaction,
        subject_id=subject.id,
        identifier=subject.identifiers[0],
        department_id=subject.department_id,
        proofs=(*(interaction.proofs if same else ()), proof),
        degraded=degraded,
        error=None,
    )


def passkeys_of(idp: Idp, subject_id: str) -> list[Authenticator]:
    return [
        one
        for one in idp.ports.truth.authenticators.of(subject_id)
        if one.factor == "passkey" and one.disabled_at is None
    ]


def _owner(idp: Idp, interaction: Interaction, response: str) -> tuple[Authenticator, Subject]:
    """Whose passkey this says it is. One that is somebody else's than who already proved something is refused."""
    authenticator = idp.ports.truth.authenticators.by_credential_id(passkey.credential_id(response))
    subject = idp.ports.truth.people.get(authenticator.subject_id) if authenticator else None
    if authenticator is None or authenticator.disabled_at is not None or subject is None or subject.disabled:
        raise ProofRejected("unknown passkey")
    if not interaction.stage.get("step") == "identify" and interaction.subject_id not in (None, subject.id):
        raise ProofRejected("passkey of somebody else")
    return authenticator, subject
