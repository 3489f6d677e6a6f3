"""What policy said of a sign-in, kept under a reference: that one more proof is asked, or that the answer is no.

Spec: RFC 9470 §4, OpenID Connect Core Error Code unmet_authentication_requirements. Does not decide: the verdict is in
the case.
"""

from dataclasses import replace

from idp.errors import AccessDenied, UnmetAuthenticationRequirements
from idp.events import SignInRefused, StepUpAsked
from idp.flows import built_in, respond
from idp.flows.answers import Answer, NotAllowed, SendBack
from idp.flows.case import Case, decided
from idp.flows.context import Idp, Visit
from idp.flows.decide import record
from idp.flows.sign_in.reasons import keep_reasons
from idp.model import Interaction, SignIn


def asked_for_more(idp: Idp, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    """The interaction with the reasons for its page."""
    standing, verdict = decided(case)
    kept = record(idp, verdict, "asked", case.client, visit.now)
    with idp.ports.truth.begin() as tx:
        tx.history.add_decision(kept)
        tx.record(
            StepUpAsked(
                subject_id=standing.subject.id,
                client_id=case.client.id,
                reference=kept.reference,
                network=visit.network,
                country=visit.place.country,
                acr=case.known.required_acr or "",
                policies=verdict.policy_ids,
                band=verdict.band,
            )
        )
    return keep_reasons(replace(interaction, reference=kept.reference), verdict, case.client)


def refused(idp: Idp, visit: Visit, interaction: Interaction, case: Case) -> Answer:
    """Say no, by our own page, and keep why."""
    standing, verdict = decided(case)
    if verdict.opens:
        error = UnmetAuthenticationRequirements("that assurance cannot be reached")
        return SendBack(respond.failure(idp, case.client, interaction.request, error), case.client)
    kept = record(idp, verdict, "refused", case.client, visit.now)
    with idp.ports.truth.begin() as tx:
        tx.history.add_decision(kept)
        tx.record(
            SignInRefused(
                subject_id=standing.subject.id,
                client_id=case.client.id,
                reference=kept.reference,
                network=visit.network,
                country=visit.place.country,
                policies=verdict.policy_ids,
                band=verdict.band,
            )
        )
        tx.history.add_sign_in(_row(idp, visit, case, kept.reference))
    if interaction.version:
        idp.ports.brief.close_interaction(interaction.id_hash)
    back = None
    if case.client.id != built_in.ACCOUNT.id:
        denied = AccessDenied(f"not allowed, reference {kept.reference}")
        back = respond.failure(idp, case.client, interaction.request, denied)
    return NotAllowed(kept, case.client, back)


def _row(idp: Idp, visit: Visit, case: Case, reference: str) -> SignIn:
    """As the person sees it in their history; the reference leads to why."""
    standing, _ = decided(case)
    return SignIn(
        id=idp.id("try"),
        subject_id=standing.subject.id,
        at=visit.now,
        outcome="refused",
        client_id=case.client.id,
        network=visit.network,
        country=visit.place.country,
        asn=visit.place.asn,
        browser=visit.browser,
        system=visit.system,
        device_hash=visit.device_hash,
        reason=reference,
        factors=tuple(dict.fromkeys(proof.factor for proof in case.proofs)),
        city=visit.place.city,
        operator=visit.place.operator,
    )
