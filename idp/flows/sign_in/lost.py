"""*I no longer have any of these*: a reference for the help desk, and nothing about the account.

The reference stands in the audit log and in an alert, so that the desk finds who asked, from where, and for what.
"""

from dataclasses import replace
from datetime import timedelta

from idp.events import FactorsLost
from idp.flows.case import Case
from idp.flows.context import Idp, Visit
from idp.model import Alert, Interaction

TICKET = "ticket"


def report(idp: Idp, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    """The interaction with its ticket: the same one however often it is asked for."""
    if interaction.stage.get(TICKET):
        return interaction
    ticket = idp.reference()
    if case.standing is not None:
        _raise(idp, visit, interaction, case.standing.subject.id, ticket)
    return replace(interaction, stage={**interaction.stage, TICKET: ticket})


def _raise(idp: Idp, visit: Visit, interaction: Interaction, subject_id: str, ticket: str) -> None:
    """The log has every ticket; one alert a window for one person, so that nobody floods the desk."""
    first = idp.ports.brief.spend(
        "alert", f"lost:{subject_id}", timedelta(minutes=idp.settings.guessing.window_minutes)
    )
    params = {"reference": ticket, "country": visit.place.country or ""}
    with idp.ports.truth.begin() as tx:
        if first:
            tx.desk.raise_alert(
                Alert(idp.id("alert"), "lost-factors", visit.now, "alert.lost-factors", params, subject_id)
            )
        tx.record(
            FactorsLost(
                subject_id=subject_id,
                client_id=interaction.request.client_id,
                reference=ticket,
                network=visit.network,
                country=visit.place.country,
            )
        )
