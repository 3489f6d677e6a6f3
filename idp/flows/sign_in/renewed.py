"""A new password at the person's own directory, chosen within the sign-in, where the department lets us set it.

The old one is typed again beside the new one and proved again, so that none is kept between two pages; the directory's
own rules decide, and what others are known to know is refused before it is asked.
Spec: NIST SP 800-63B-4 §3.1.1.2; RFC 3062; draft-behera-ldap-password-policy-11 §8.1.2.1 (change after reset).
Deliberately not for passwords that are kept here (`new_password`), and never the help desk's way of setting one.
"""

from idp.errors import Invalid
from idp.events import FactorBound
from idp.flows import notices
from idp.flows.context import Idp
from idp.model import AAL1, Department, Entry, Subject
from idp.ports import Connector, PasswordChanges
from idp.secret import Secret


def able(connector: Connector | None) -> PasswordChanges | None:
    """The directory's ability to take a new password, where it has it and its department lets us use it."""
    allowed = getattr(connector, "changes_passwords", None)
    return connector if callable(allowed) and allowed() else None  # type: ignore[return-value]


def renew(
    idp: Idp, department: Department, subject: Subject, entry: Entry, old: Secret[str], new: Secret[str]
) -> str | None:
    """Set it. None: it is set; else why not, as a word for the page: `breached`, `blocked`, `same`, `refused`.

    Raises:
        ProofRejected: the old one is right no more. Unavailable.
    """
    connector = able(idp.ports.directories.of(department))
    if connector is None:
        return "refused"
    if old.reveal() == new.reveal():
        return "same"
    if (known := idp.ports.passwords.known_as(new)) is not None:
        return known
    try:
        connector.change_password(entry, old, new)
    except Invalid:
        return "refused"  # by its own rules, which only it knows
    with idp.ports.truth.begin() as tx:
        there = f"directory:{department.id}"
        tx.record(
            FactorBound(subject_id=subject.id, factor="password", authenticator_id=there, acr=AAL1, by=(subject.id,))
        )
        notices.tell(idp, tx, subject.id, "password-changed")
    return None
