"""Whom a name means before anything is proved: for saved codes and passes, which may come before a password.

Unknown names go the same way, with the same counters, and end where wrong codes end. Asks a directory only for whoever
had a right code: they may have left since.
"""

from dataclasses import dataclass

from idp.errors import ProofRejected
from idp.events import SignInFailed
from idp.flows.context import Idp, Visit
from idp.flows.people import read_again
from idp.flows.sign_in import budgets
from idp.flows.sign_in.identify import bare
from idp.model import Interaction, Subject

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Named:
    """Perhaps a person. `key`: of their tries, whether or not anybody has that name."""

    subject: Subject | None
    key: str

    @property
    def id(self) -> str:
        """For look-ups that must cost the same for names that nobody has."""
        return self.subject.id if self.subject is not None else NOBODY


def whom(idp: Idp, interaction: Interaction, proved: Subject | None) -> Named:
    """`proved`: whoever has proved something here already; then nobody else is meant."""
    if proved is not None:
        return Named(None if proved.disabled else proved, proved.id)
    department = idp.department(interaction.department_id or "")
    name = bare(interaction.identifier or "")
    subject = idp.ports.truth.people.find(name, department.id) if department is not None else None
    key = subject.id if subject is not None else _nobodys(idp, interaction, name)
    return Named(None if subject is not None and subject.disabled else subject, key)


def in_force(idp: Idp, visit: Visit, subject: Subject | None) -> bool | None:
    """Whether what is known of them is old (degraded); None when their directory ended them. Raises Unavailable."""
    try:
        return read_again(idp, subject, visit.now) if subject is not None else None
    except ProofRejected:
        return None


def _nobodys(idp: Idp, interaction: Interaction, name: str) -> str:
    plain = " ".join(name.split()).casefold()
    return idp.ports.sealer.digest("named", f"{interaction.department_id}|{plain}")


def refused(
    idp: Idp, visit: Visit, interaction: Interaction, who: Named, budget: budgets.Budget, factor: str, begun: float
) -> None:
    """Told to the log without waiting; in the same time for a name that somebody has as for one that nobody has.

    Raises Unavailable: too many failures wait. Spec: ASVS 5.0 V6.3.8.
    """
    budgets.warn(idp, visit, budget, who.subject.id if who.subject else None)
    if who.subject is not None:
        _record(idp, visit, interaction, who.subject, budget, factor)
    looked_at = who.subject is not None and budget.heard
    idp.ports.passwords.even(f"{interaction.department_id}:{factor}", begun, measured=looked_at)


def _record(
    idp: Idp, visit: Visit, interaction: Interaction, subject: Subject, budget: budgets.Budget, factor: str
) -> None:
    idp.ports.truth.record_soon(
        SignInFailed(
            subject_id=subject.id,
            client_id=interaction.request.client_id,
            network=visit.network,
            country=visit.place.country,
            factor=factor,
            why="wrong" if budget.heard else "throttled",
        )
    )
