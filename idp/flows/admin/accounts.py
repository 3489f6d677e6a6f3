"""Accounts that are kept here, for people who have no directory: added, and given a password.

Spec: NIST SP 800-63B-4 §3.1.1.2 (passwords: long, any sign, no rules of composition).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp.errors import Conflict, Invalid
from idp.events import PersonAdded
from idp.flows import notices
from idp.flows import password as own_password
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp
from idp.flows.sessions import end_everything
from idp.model import Department, Post, Subject, Text
from idp.ports import Tx
from idp.secret import Secret


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person without a directory, as typed. `identifiers`: what they may type to sign in; the first is shown."""

    department_id: str
    identifiers: tuple[str, ...]
    name: Text
    mail: str | None = None
    title: str | None = None
    clearance: int = 1
    claims: dict[str, object] = field(default_factory=dict)


def add(idp: Idp, admin: Admin, new: NewPerson, reason: str, now: datetime) -> Subject:
    """A person whose account lives here. Raises Invalid with every problem, Conflict when a name is taken."""
    admin.require("admin.people.write")
    admin.require_sees_department(new.department_id)
    reason = required_reason(reason)
    if problems := problems_of(new, idp.department(new.department_id)):
        raise Invalid("\n".join(problems))
    taken = [name for name in new.identifiers if idp.ports.truth.people.find(name, new.department_id) is not None]
    if taken:
        raise Conflict(f"{', '.join(taken)}: somebody in {new.department_id} signs in by that name")
    subject = of(idp, new, now)
    with idp.ports.truth.begin() as tx:
        write(idp, tx, subject, new.title, reason, now, by=admin.subject_id)
    return subject


def of(idp: Idp, new: NewPerson, now: datetime) -> Subject:
    """Who is going to be added; nothing is written."""
    return Subject(
        id=idp.id("sub"),
        department_id=new.department_id,
        display_name=new.name,
        mail=new.mail,
        identifiers=new.identifiers,
        clearance=new.clearance,
        created_at=now,
        claims=new.claims,
    )


def write(idp: Idp, tx: Tx, subject: Subject, title: str | None, reason: str, now: datetime, *, by: str) -> Post:
    """A new person with their one post and the event, into a transaction."""
    post = Post(idp.id("post"), subject.id, subject.department_id, "regular", title, now, is_default=True)
    tx.people.add(subject, post, None)
    tx.record(PersonAdded(subject_id=subject.id, department_id=subject.department_id, by=by, reason=reason))
    return post


def problems_of(new: NewPerson, department: Department | None) -> list[str]:
    """`field: what is wrong`, for everything that is wrong with an account."""
    problems = []
    if department is None:
        problems.append(f"department: there is no {new.department_id!r}")
    elif department.connector != "local":
        problems.append(f"department: people of {new.department_id} are kept by its directory; add them there")
    names = [" ".join(name.split()) for name in new.identifiers]
    if not names or not all(names) or any(not name.isprintable() or len(name) > 256 for name in names):
        problems.append("identifier: needs a printable name of at most 256 characters")
    if not new.name.en.strip() or not new.name.zh.strip():
        problems.append("name: must not be empty")
    if new.mail is not None and ("@" not in new.mail or not new.mail.isprintable()):
        problems.append("mail: is not a mail address")
    if not 1 <= new.clearance <= 4:
        problems.append("clearance: from 1 to 4")
    return problems


def set_password(idp: Idp, admin: Admin, subject_id: str, password: Secret[str], reason: str, now: datetime) -> None:
    """A first password for a person without a directory: good for some hours, and changed by them at its first use.
    Everything they have open ends. Raises NotFit. Spec: SP 800-63B-4 §3.1.1.2; ASVS 5.0 V6.4.1, V6.4.6."""
    admin.require("admin.people.write")
    reason = required_reason(reason)
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    department = idp.department(subject.department_id)
    if department is None or department.connector != "local":
        raise Invalid(f"the password is kept by the directory of {subject.department_id}: change it there")
    own_password.require_fit(idp, subject, None, password)
    hashed = idp.ports.passwords.hash(password)
    until = now + timedelta(hours=idp.settings.life.enrolment_code_hours)
    with idp.ports.truth.begin() as tx:
        own_password.put(idp, tx, subject, hashed, now, by=admin.subject_id, due="set", until=until, reason=reason)
        notices.tell(idp, tx, subject.id, "password-changed")
        end_everything(idp, tx, subject.id, now, why="administrator", by=admin.subject_id, reason=reason)


def write_password(
    idp: Idp, tx: Tx, subject: Subject, hashed: Secret[bytes], reason: str, now: datetime, *, by: str
) -> None:
    """Theirs from now on: what a plan says of robots and rehearsals stays as it is."""
    own_password.put(idp, tx, subject, hashed, now, by=by, reason=reason)
