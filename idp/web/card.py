"""A smart card's way through three addresses: the step's page, where the proxy asks for certificates, and back.

At the card's address nothing of ours is kept: no cookie is read there, and what the proxy handed over leaves as a
sealed slip that only the browser which began the sign-in can redeem. All are plain links, so that no form leaves our
origin. Spec: RFC 9440 §3. Does not verify anything: `idp.flows.sign_in.certificate`.
"""

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from idp.errors import NotFound
from idp.flows import authorize
from idp.flows.case import Case, gather
from idp.flows.context import Idp, Visit
from idp.flows.sign_in import certificate, identify
from idp.model import Interaction
from idp.web import pages
from idp.web.answers import PATHS, SEE_OTHER, answer, step_url
from idp.web.front import Front
from idp.web.machine import presented
from idp.web.pages import Page, Reason

READ, SHOWN = f"{PATHS['certificate']}/card", f"{PATHS['certificate']}/shown"
FIRST = ("identify", "department", "password")
"""Steps at which nobody has proved anything yet: a card may be the first proof."""


def blueprint(front: Front) -> Blueprint:
    """The card's address, and the return from it. Where there are no cards, neither is there."""
    views = Blueprint("card", __name__)
    if certificate.offered(front.idp):
        views.add_url_rule(READ, "read", lambda: _read(front.idp))
        views.add_url_rule(SHOWN, "shown", lambda: _shown(front))
    return views


def page(front: Front, interaction: Interaction, iid: str, reasons: tuple[Reason, ...]) -> Page:
    """The step's page. Raises NotFound: there are no cards here."""
    if not certificate.offered(front.idp):
        raise NotFound("no smart cards are configured")
    first = interaction.stage.get("step") in FIRST
    why = f"/why/{interaction.reference}" if interaction.reference and interaction.session_sid else None
    return pages.Certificate(
        action=request.full_path,
        card=f"{front.idp.settings.certificates.mtls_url or ''}{READ}?{urlencode({'i': iid})}",
        reasons=reasons,
        reference=None if first else interaction.reference,
        error=interaction.error if interaction.error in certificate.ERRORS else None,  # type: ignore[arg-type]
        back=step_url("identify", iid) if first else None,
        others=not first and len(interaction.stage.get("ways", "").split()) > 1,
        not_me=not first,
        why=why,
    )


def may_show(interaction: Interaction) -> bool:
    """At the beginning, and wherever a card is one of the ways."""
    return interaction.stage.get("step") in FIRST or "certificate" in interaction.stage.get("ways", "").split()


def link(front: Front, iid: str) -> str | None:
    """From the first page to the card's; None: there are no cards here."""
    return step_url("certificate", iid) if certificate.offered(front.idp) else None


def _read(idp: Idp) -> Response:
    """Raises InvalidRequest: somebody else than the proxy says what certificate it was."""
    iid = request.args.get("i", "")
    shown = presented.certificate(idp, request.environ)
    slip = certificate.read(idp, shown, iid, idp.ports.now())
    return redirect(f"{idp.issuer}{SHOWN}?{urlencode({'i': iid, 'card': slip})}", SEE_OTHER)  # type: ignore[return-value]


def _shown(front: Front) -> Response:
    iid, visit, session = request.args.get("i", ""), front.visit(), front.signed_in()
    interaction = front.speak_for(authorize.load(front.idp, visit, iid))
    if interaction.stage.get("step") != "certificate" and not may_show(interaction):
        return redirect(step_url(interaction.stage["step"], iid), SEE_OTHER)  # type: ignore[arg-type, return-value]
    begun = _begun(interaction, gather(front.idp, visit, interaction, session))
    changed = certificate.prove(front.idp, visit, begun, request.args.get("card", ""))
    if changed.error is not None:
        front.idp.ports.brief.save_interaction(replace(interaction, error=changed.error))
        return redirect(step_url("certificate", iid), SEE_OTHER)  # type: ignore[return-value]
    return answer(front, authorize.proceed(front.idp, visit, changed, iid, session))


def _begun(interaction: Interaction, case: Case) -> Interaction:
    """As the first proof it says by itself who somebody is; later it must be theirs."""
    if interaction.stage.get("step") in FIRST:
        return identify.back_to_start(interaction)
    return replace(interaction, subject_id=case.standing.subject.id if case.standing else interaction.subject_id)


def unchanged(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    """The step's page has no form of its own but *Try another way*."""
    return interaction
