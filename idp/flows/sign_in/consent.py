"""Consent: what the application will see, said yes or no to. Spec: OIDC Core §3.1.2.4, ASVS 5.0 V10.7."""

from dataclasses import replace

from idp.events import Consented, ConsentRefused
from idp.flows.context import Idp, Visit
from idp.model import Interaction, Subject


def allow(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject) -> Interaction:
    """Keep the yes; the dispatcher goes on."""
    request = interaction.request
    with idp.ports.truth.begin() as tx:
        tx.grants.consent(subject.id, request.client_id, request.scopes, visit.now)
        tx.record(Consented(subject_id=subject.id, client_id=request.client_id, scopes=request.scopes))
    return replace(interaction, consented=True, error=None)


def deny(idp: Idp, interaction: Interaction, subject: Subject) -> None:
    """Keep the no; the web sends `access_denied` to the application."""
    with idp.ports.truth.begin() as tx:
        tx.record(ConsentRefused(subject_id=subject.id, client_id=interaction.request.client_id))
