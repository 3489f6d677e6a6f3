"""The page *For whom?*: an assistant says whether they act for themselves or for somebody who lets them."""

from flask import request

from idp.flows import delegations
from idp.flows.case import Case
from idp.flows.context import Visit
from idp.model import Interaction
from idp.web import pages
from idp.web.front import Front


def acting(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> pages.Page:
    """Oneself first; then everybody whose delegation is good for this application now."""
    subject = case.standing.subject if case.standing else None
    offered = delegations.choices(front.idp, subject, case.client, visit.now) if subject else []
    return pages.Acting(
        action=request.full_path,
        app=case.client.name,
        myself=subject.display_name if subject else "",
        people=tuple(
            pages.ActingFor(one.delegation.id, one.principal.display_name, one.delegation.ends_at) for one in offered
        ),
        missing=interaction.error == "missing",
    )
