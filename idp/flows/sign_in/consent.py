"""Consent: what the application will see and do, said yes or no to.

What is remembered are scopes and single claims. Authorization details are of one occasion: they are asked each time.
Spec: OIDC Core §3.1.2.4, §5.5; RFC 9396 §1.1, §9; ASVS 5.0 V10.7.
"""

from dataclasses import replace

from idp.events import Consented, ConsentRefused
from idp.flows.context import Idp, Visit
from idp.model import AuthorizationRequest, Client, Interaction, Subject
from idp.oidc import claims_request
from idp.ports import Tx


def is_missing(idp: Idp, interaction: Interaction, client: Client, subject: Subject) -> bool:
    """Whether the person must be asked. A house application is given what policy gives, unless it wants to ask."""
    request = interaction.request
    if interaction.consented:
        return False
    if "consent" in request.prompt:
        return True
    if client.first_party and not client.always_consent:
        return False
    if request.details or (client.always_consent and "none" not in request.prompt):
        return True
    return not set(asked(request)) <= idp.ports.truth.grants.consented(subject.id, client.id)


def asked(request: AuthorizationRequest) -> tuple[str, ...]:
    """What a yes is remembered as: the scopes, and `claim:<name>` for each claim that is asked by its name."""
    return (*request.scopes, *claims_request.consents(claims_request.names(request)))


def allow(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject) -> Interaction:
    """Keep the yes; the dispatcher goes on."""
    request = interaction.request
    types = tuple(dict.fromkeys(f"details:{one['type']}" for one in request.details))
    with idp.ports.truth.begin() as tx:
        tx.grants.consent(subject.id, request.client_id, asked(request), visit.now)
        tx.record(Consented(subject_id=subject.id, client_id=request.client_id, scopes=(*asked(request), *types)))
    return replace(interaction, consented=True, error=None)


def deny(tx: Tx, interaction: Interaction, subject: Subject) -> None:
    """Keep the no."""
    tx.record(ConsentRefused(subject_id=subject.id, client_id=interaction.request.client_id))
