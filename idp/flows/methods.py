"""A person's ways to sign in, beyond making and removing them: their names, and what their browsers may know of them.

Spec: WebAuthn Level 3 §5.1.10 (signals). Deliberately not here: removing (`idp.flows.account`), making
(`idp.flows.sign_in.enrol`).
"""

import unicodedata
from dataclasses import dataclass, replace

from idp.authn.factors import passkey
from idp.errors import Forged, Invalid
from idp.events import FactorRenamed
from idp.flows.account import methods
from idp.flows.context import Idp, SignedInAs, Visit, base64url

LONGEST = 60
"""Characters of a name."""


@dataclass(frozen=True, slots=True)
class Known:
    """For the Signal API: base64url ids."""

    user_id: str
    credential_ids: tuple[str, ...]


def rename_method(idp: Idp, visit: Visit, me: SignedInAs, authenticator_id: str, label: str) -> None:
    """Another name for one of their own.

    Raises:
        Forged: not this person's, or the password, which has no name.
        Invalid: "name-empty", "name-long", "name-signs" (control or direction signs, which would disguise it).
    """
    mine = next((one for one in methods(idp, me) if one.id == authenticator_id and one.factor != "password"), None)
    if mine is None:
        raise Forged("not this person's authenticator")
    name = clean_label(label)
    if name == mine.label:
        return
    with idp.ports.truth.begin() as tx:
        tx.authenticators.change(replace(mine, label=name))
        tx.record(
            FactorRenamed(
                subject_id=me.subject.id,
                sid=me.session.sid,
                network=visit.network,
                factor=mine.factor,
                authenticator_id=mine.id,
            )
        )


def clean_label(label: str) -> str:
    """A name as it is kept. Raises Invalid."""
    name = " ".join(unicodedata.normalize("NFC", label).split())
    if not name:
        raise Invalid("name-empty")
    if len(name) > LONGEST:
        raise Invalid("name-long")
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn") for sign in name):
        raise Invalid("name-signs")
    return name


def known_to_browsers(idp: Idp, me: SignedInAs) -> Known:
    """Every passkey of theirs that is good, by the ids that a browser keeps."""
    held = [one for one in methods(idp, me) if one.factor == "passkey"]
    ids = tuple(str(one.state["credential_id"]) for one in held)
    return Known(base64url(passkey.handle_of(me.subject.id)), ids)
