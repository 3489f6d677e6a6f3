"""*Not you?* The sign-in stops, its owner's password is known to somebody else, and an administrator hears of it."""

from idp.events import AlertRaised
from idp.flows.case import Case
from idp.flows.context import Idp, Visit
from idp.model import Alert, Interaction


def stop(idp: Idp, visit: Visit, interaction: Interaction, case: Case) -> None:
    """Close the interaction; open an alert when somebody's password had been proved in it."""
    idp.ports.brief.close_interaction(interaction.id_hash)
    if case.standing is None:
        return
    subject_id = case.standing.subject.id
    params = {"country": visit.place.country or "", "network": visit.network[:12]}
    with idp.ports.truth.begin() as tx:
        tx.desk.raise_alert(Alert(idp.id("alert"), "not-me", visit.now, "alert.not-me", params, subject_id))
        tx.record(
            AlertRaised(
                kind="not-me",
                subject_id=subject_id,
                client_id=case.client.id,
                reference=interaction.reference,
                network=visit.network,
                country=visit.place.country,
            )
        )
