"""A passkey that this browser made just now: whether it is good, whether it does here, and what it may be called.

One that does not do for the application that asks (kept by a cloud account, not proved by its maker) is not saved; it
waits in the interaction, so that the person may still keep it for other applications. One of a recalled model is
refused for good. Spec: WebAuthn Level 3 §7.1. Does not bind (`idp.flows.sign_in.enrol`).
"""

import json
from dataclasses import asdict

from idp.authn.authenticator_policy import Wanted
from idp.authn.factors import passkey
from idp.authn.factors.passkey import Registered
from idp.errors import ProofRejected
from idp.flows.context import Idp, Visit
from idp.flows.sign_in import challenge
from idp.flows.sign_in.passkey import passkeys_of
from idp.model import Authenticator, Interaction, Subject

KEEP = "keep"
"""What stands in place of a response: save the one that waits."""
WAITING = "unkept"


def options(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject, wanted: Wanted) -> str:
    """JSON for the browser, with a fresh challenge."""
    return passkey.registration_options(
        idp.party,
        challenge.make(idp, interaction, visit.now),
        passkey.handle_of(subject.id),
        subject.mail or subject.identifiers[0],
        subject.display_name.in_language(interaction.language),
        passkeys_of(idp, subject.id),
        wanted.kind,
    )


def verified(idp: Idp, visit: Visit, interaction: Interaction, response: str) -> Registered:
    """Raises ProofRejected."""
    if response == KEEP:
        found = _waiting(interaction)
    else:
        expected = challenge.take(idp, interaction, response, visit.now)
        found = passkey.verify_registration(idp.party, response, expected, idp.ports.truth.models.get)
    if idp.ports.truth.authenticators.by_credential_id(found.credential_id) is not None:
        raise ProofRejected("that credential is somebody's already")
    return found


def lack(visit: Visit, subject: Subject, found: Registered, wanted: Wanted) -> str | None:
    """Why it does not do here, as the page's error; None when it does."""
    if found.model is not None and found.model.recalled_at is not None:
        return "recalled"
    draft = Authenticator("", subject.id, "passkey", "", None, found.state, "", (), visit.now, aaguid=found.aaguid)
    return wanted.lack(draft)


def waiting(found: Registered) -> dict[str, str]:
    """For the interaction's stage: only public values, and only the server writes there."""
    return {WAITING: json.dumps({**asdict(found), "model": None})}


def label(visit: Visit, found: Registered, typed: str) -> str:
    """What the person typed, else its maker's name for the model, else where it was made."""
    made_here = " · ".join(filter(None, (visit.browser, visit.system)))
    name = " ".join(typed.split())
    if name not in ("", made_here):
        return name
    return found.model.name if found.model is not None else made_here


def _waiting(interaction: Interaction) -> Registered:
    if WAITING not in interaction.stage:
        raise ProofRejected("none waits")
    return Registered(**json.loads(interaction.stage[WAITING]))
