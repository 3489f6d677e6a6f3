"""Passkeys as a way in by themselves (they say whose they are) or as a second factor.

Spec: WebAuthn Level 3 §7.2, §6.1.1 (signature counters). The challenge is the interaction's own, good for one try and
for five minutes. Wrong answers are counted by network, never against a person, whose passkey nobody can guess. While a
directory is away, a reading within the grace is enough, and the session says so.
"""

from dataclasses import replace
from datetime import timedelta

from idp.authn.factors import FACTORS, passkey
from idp.errors import ProofRejected
from idp.events import AlertRaised, FactorRemoved
from idp.flows import authenticators
from idp.flows.context import Idp, Visit
from idp.flows.notices import tell
from idp.flows.people import read_again
from idp.flows.sign_in import budgets, challenge
from idp.flows.sign_in.password import remember_failure
from idp.model import Alert, Authenticator, Interaction, Subject

DAY = timedelta(days=1)
COPIED = "counter went back: perhaps a cloned key"


def options(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject | None) -> str:
    """JSON for the browser, with a fresh challenge. Without a subject any discoverable passkey is asked."""
    mine = passkeys_of(idp, subject.id) if subject else []
    gone = authenticators.recalled(idp, mine)
    usable = [one for one in mine if one.aaguid not in gone]
    return passkey.assertion_options(idp.party, challenge.make(idp, interaction, visit.now), usable)


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
        if authenticators.recalled(idp, [authenticator]):
            raise ProofRejected("recalled model")
        with idp.ports.truth.begin() as tx:
            moved = tx.authenticators.move_counter(authenticator.id, counter, visit.now)
        if not moved:
            _copied(idp, visit, authenticator)
            raise ProofRejected(COPIED)
        degraded = read_again(idp, subject, visit.now)
    except ProofRejected as rejected:
        budgets.warn(idp, visit, budget, subject.id if subject else None)
        if subject is not None:
            remember_failure(idp, visit, interaction, subject, "passkey", rejected.detail)
        return _refused(interaction, response, rejected.detail)
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
    if authenticator is None:
        raise ProofRejected("unknown passkey")
    subject = idp.ports.truth.people.get(authenticator.subject_id)
    if authenticator.disabled_at is not None or subject is None or subject.disabled:
        raise ProofRejected("disabled")
    if not interaction.stage.get("step") == "identify" and interaction.subject_id not in (None, subject.id):
        raise ProofRejected("passkey of somebody else")
    return authenticator, subject


def _refused(interaction: Interaction, response: str, detail: str) -> Interaction:
    """The page's word, and the credential that a browser may forget because nobody has it here.

    Only who made a good signature hears that their model was recalled.
    """
    stage = {key: value for key, value in interaction.stage.items() if key != "unknown"}
    if detail == "unknown passkey":
        stage["unknown"] = passkey.credential_id(response)
    return replace(interaction, error="recalled" if detail == "recalled model" else "passkey", stage=stage)


def _copied(idp: Idp, visit: Visit, authenticator: Authenticator) -> None:
    """Two keys answer for one: somebody looks at it, the person is told, and by policy it is over.

    The signature was right, so that no stranger can bring this about.
    """
    rule, mine = idp.settings.authenticators.copied, authenticator.subject_id
    again = not idp.ports.brief.spend("copied", authenticator.id, DAY)
    over = rule == "first" or (rule == "second" and again)
    alert = Alert(
        idp.id("alert"), "copied-key", visit.now, "alert.copied-key", {"country": visit.place.country or ""}, mine
    )
    with idp.ports.truth.begin() as tx:
        tx.desk.raise_alert(alert)
        tx.record(AlertRaised(kind=alert.kind, subject_id=mine, network=visit.network, country=visit.place.country))
        if over and tx.authenticators.remove(authenticator.id, visit.now):
            tx.record(
                FactorRemoved(
                    subject_id=mine,
                    network=visit.network,
                    factor="passkey",
                    authenticator_id=authenticator.id,
                    by="system",
                )
            )
        tell(idp, tx, mine, "factor-copied", name=authenticator.label, factor="passkey", authenticator=authenticator.id)
