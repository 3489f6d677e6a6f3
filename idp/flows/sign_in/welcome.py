"""Welcome back: who signed in on this device lately, offered on the first page before anything is typed.

The device's cookie is an opaque id; names are looked up here. Whoever has the browser sees them: that is the price of
not typing, it can be switched off, and nothing is proved by it: the password or passkey is asked for all the same.
Never at a shared computer. Deliberately not here: the page.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from idp.flows import devices
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.sign_in.identify import back_to_start
from idp.model import Interaction, Subject

MOST = 3
"""People of one device that are offered."""


@dataclass(frozen=True, slots=True)
class KnownHere:
    """One of them. `choice` names them in the form, in this browser alone. signed_in: another tab's live session."""

    choice: str
    subject: Subject
    signed_in: bool = False


def known_here(idp: Idp, visit: Visit, interaction: Interaction, session: SignedInAs | None) -> tuple[KnownHere, ...]:
    """Whom the first page greets; nobody once a name was typed or asked for."""
    if interaction.identifier is not None or interaction.stage.get("hint"):
        return ()
    if session is not None and "select_account" not in interaction.request.prompt:
        return (KnownHere(_choice(idp, visit, session.subject), session.subject, signed_in=True),)
    rules = idp.settings.devices
    if not rules.welcome_back or visit.device_hash is None or devices.is_shared(idp, visit, interaction):
        return ()
    since = visit.now - timedelta(days=rules.remembered_days)
    rows = idp.ports.truth.sessions.people_at(visit.device_hash)
    found = (idp.ports.truth.people.get(one.subject_id) for one in rows if one.last_seen_at >= since)
    live = [one for one in found if one is not None and not one.disabled]
    return tuple(KnownHere(_choice(idp, visit, one), one) for one in live[:MOST])


def choose(idp: Idp, visit: Visit, interaction: Interaction, session: SignedInAs | None, choice: str) -> Interaction:
    """Go on as one of them: named, and nothing more; with another tab's session, as far as that reaches."""
    one = _chosen(idp, visit, interaction, session, choice)
    if one is None:
        return back_to_start(interaction)
    named = replace(
        back_to_start(interaction), identifier=one.subject.identifiers[0], department_id=one.subject.department_id
    )
    return replace(named, session_sid=session.session.sid) if one.signed_in and session is not None else named


def forget(idp: Idp, visit: Visit, interaction: Interaction, session: SignedInAs | None, choice: str) -> Interaction:
    """*Forget me on this device*, at once: no name, no trust, an unknown device from now on."""
    one = _chosen(idp, visit, interaction, session, choice)
    if one is not None and not one.signed_in and visit.device_hash is not None:
        devices.forget(idp, one.subject.id, visit.device_hash)
    return back_to_start(interaction)


def _chosen(
    idp: Idp, visit: Visit, interaction: Interaction, session: SignedInAs | None, choice: str
) -> KnownHere | None:
    return next((one for one in known_here(idp, visit, interaction, session) if one.choice == choice), None)


def _choice(idp: Idp, visit: Visit, subject: Subject) -> str:
    """A name for this browser and its device only: of no use elsewhere, and nobody's id."""
    return idp.ports.sealer.digest("welcome", f"{visit.binding}|{visit.device}|{subject.id}")[:24]
