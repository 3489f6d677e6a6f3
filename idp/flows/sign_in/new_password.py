"""A new password before the sign-in goes on: somebody else made the old one, its time is over, or others know it.

The old one was proved in this sign-in, with a second factor where the person has one. Spec: NIST SP 800-63B-4
§3.1.1.2 (change on compromise); ASVS 5.0 V6.4.1; GB/T 22239-2019 §8.1.4.1. Does not say when: the rules do.
"""

from collections.abc import Iterable
from dataclasses import replace

from idp.authn.passwords import Due
from idp.errors import Expired
from idp.flows import password as own
from idp.flows.context import Idp, Visit
from idp.model import Interaction, Subject
from idp.secret import Secret


def why(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject) -> Due:
    """Why the page is shown. Raises Expired: nothing is due any more."""
    due = own.due_of(idp, subject, interaction, visit.now)
    if due is None:
        raise Expired("no new password is due")
    return due


def choose(
    idp: Idp, visit: Visit, interaction: Interaction, subject: Subject, new: Secret[str], around: Iterable[str]
) -> Interaction:
    """Take a new password; what is wrong with it stands in the interaction's stage, by words and never what was typed.

    Args:
        around: words besides the person's own, such as the application's name.
    """
    why(idp, visit, interaction, subject)
    try:
        own.require_fit(idp, subject, own.held_by(idp, subject.id), new, around)
    except own.NotFit as unfit:
        told = {"refusals": " ".join(unfit.refusals), "advice": " ".join(unfit.advice)}
        return replace(interaction, error="unfit", stage={**interaction.stage, **told})
    hashed = idp.ports.passwords.hash(new)
    with idp.ports.truth.begin() as tx:
        own.replace_own(idp, tx, subject, hashed, visit.now)
    kept = {name: value for name, value in interaction.stage.items() if name not in ("refusals", "advice")}
    return replace(interaction, error=None, stage=kept)
