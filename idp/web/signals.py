"""What the account page and the sign-in page tell the browser of passkeys. Spec: WebAuthn Level 3 §5.1.10."""

from idp.flows import methods
from idp.flows.context import SignedInAs
from idp.model import Interaction
from idp.web.front import Front
from idp.web.pages.signals import Signals


def accepted(front: Front, me: SignedInAs) -> Signals:
    """Every passkey of this person that is good now: after a removal or a new name the browser's list follows."""
    known = methods.known_to_browsers(front.idp, me)
    subject = me.subject
    name = subject.mail or subject.identifiers[0]
    return Signals("accepted", front.idp.party.id, known.credential_ids, known.user_id, name, subject.display_name)


def unknown(front: Front, interaction: Interaction) -> Signals | None:
    """The passkey that was sent just now and that nobody has here, so that it is offered no more."""
    credential = interaction.stage.get("unknown")
    return Signals("unknown", front.idp.party.id, (credential,)) if credential and interaction.error else None
