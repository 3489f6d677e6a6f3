"""The password tries of a person's own devices, where something was proved first that nobody guesses.

Whoever spent them by their own wrong passwords and then proves a saved code must be heard with the right one at once.
For people kept here the proof clears the count; a directory counts by itself and would lock, so that there the code is
not even spent until a password can be heard again. Spec: NIST SP 800-63B-4 §3.2.2, §4.2.
"""

from idp.flows.context import Idp, Visit
from idp.flows.sign_in import budgets
from idp.flows.sign_in.password import account_of
from idp.model import Interaction, Subject


def can_be_heard(idp: Idp, visit: Visit, interaction: Interaction, subject: Subject | None) -> bool:
    """Whether a password after this proof would be looked at; True where none is asked for any more.

    Asks the person's directory for its lock-out threshold; costs nothing for anybody else.
    """
    if subject is None or _password_is_proved(interaction, subject):
        return True
    department = idp.department(subject.department_id)
    connector = idp.ports.directories.of(department) if department is not None else None
    link = idp.ports.truth.people.link_of(subject.id) if connector is not None else None
    if department is None or connector is None or link is None:
        return True
    account = account_of(idp, department, link.stable_id)
    return budgets.would_hear(idp, visit, account, connector.lockout_threshold())


def reopen(idp: Idp, subject: Subject) -> None:
    """Count from none again, for a person whose password is kept here: each code does it once."""
    department = idp.department(subject.department_id)
    if department is not None and idp.ports.directories.of(department) is None:
        budgets.forget_own(idp, account_of(idp, department, subject.id))


def _password_is_proved(interaction: Interaction, subject: Subject) -> bool:
    return interaction.subject_id == subject.id and any(one.factor == "password" for one in interaction.proofs)
