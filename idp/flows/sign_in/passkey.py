"""Passkeys: by themselves (autofill, button), or as one more proof. Spec: WebAuthn Level 3 §7.2.

The challenge lives in the interaction and is spent by the first answer to it, right or wrong.
"""

import base64
from dataclasses import replace

from idp.authn.factors import FACTORS, passkey
from idp.errors import ProofRejected, Unavailable
from idp.flows.context import Idp, Visit
from idp.flows.people import read_again
from idp.flows.sign_in import budgets
from idp.flows.sign_in.password import remember_failure
from idp.model import Authenticator, Interaction, Subject


def options(idp: Idp, interaction: Interaction, subject: Subject | None) -> tuple[Interaction, str]:
    """A fresh challenge, kept; JSON for the browser. Without a subject any discoverable passkey is asked."""
    challenge = idp.ports.random(32)
    mine = passkeys_of(idp, subject.id) if subject else []
    kept = idp.ports.brief.save_interaction(
        replace(interaction, stage={**interaction.stage, "challenge": base64.b64encode(challenge).decode()})
    )
    return kept, passkey.assertion_options(idp.party, challenge, mine)


def prove(idp: Idp, visit: Visit, interaction: Interaction, response: str) -> Interaction:
    """Take an assertion. Raises Unavailable when the person's directory is away beyond the grace."""
    challenge, spent = take_challenge(interaction)
    budget = budgets.for_factor(idp, visit, f"passkey:{visit.network}")
    subject: Subject | None = None
    try:
        if not budget.heard:
            raise ProofRejected("throttled")
        authenticator, subject = _owner(idp, interaction, response)
        counter = passkey.verify_assertion(idp.party, response, challenge, authenticator)
        with idp.ports.truth.begin() as tx:
            if not tx.authenticators.move_counter(authenticator.id, counter, visit.now):
                raise ProofRejected("counter went back: perhaps a cloned key")
        degraded = read_again(idp, subject, visit.now)
    except ProofRejected as rejected:
        budgets.warn(idp, visit, budget, subject.id if subject else None)
        if subject is not None:
            remember_failure(idp, visit, interaction, subject, "passkey", rejected.detail)
        return replace(spent, error="passkey")
    except Unavailable:
        idp.ports.brief.save_interaction(spent)  # the challenge stays spent
        raise
    budgets.succeeded(idp, budget)
    proof = FACTORS["passkey"].proof(authenticator, visit.now)
    same = interaction.subject_id == subject.id
    return replace(
        spent,
        subject_id=subject.id,
        identifier=subject.identifiers[0],
        department_id=subject.department_id,
        proofs=(*(interaction.proofs if same else ()), proof),
        degraded=degraded,
        error=None,
    )


def take_challenge(interaction: Interaction) -> tuple[bytes, Interaction]:
    """The challenge and the interaction without it: it is good for one answer."""
    stage = dict(interaction.stage)
    kept = stage.pop("challenge", "")
    return base64.b64decode(kept), replace(interaction, stage=stage)


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
