"""The first three administrators, once: made or named by whoever installs, before there is anybody to ask.

Refused as soon as one administrator exists: from then on roles are given in the console, by two people.
Spec: GB/T 22239-2019 §8.1.5 (system, security and audit administration apart).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.errors import Conflict, Invalid
from idp.events import FactorBound, PersonAdded, RoleChanged
from idp.flows import password as own_password
from idp.flows.admin import departments
from idp.flows.admin.people import ALPHABET, put_code
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Idp
from idp.model import AAL1, ADMINISTRATOR_ROLES, Authenticator, Department, Post, RoleGrant, Subject, Text
from idp.ports import Tx
from idp.secret import Secret
from policies.roles import CONSOLE_GRADE

PASSWORD_SIGNS = 24
"""120 random bits."""
NAMES = {
    "system-administrator": Text("System administrator", "系统管理员"),
    "security-administrator": Text("Security administrator", "安全管理员"),
    "audit-administrator": Text("Audit administrator", "审计管理员"),
}


@dataclass(frozen=True, slots=True)
class Appointed:
    """One of the three. `password` is None for people who had one already; both secrets are shown this once."""

    role: str
    subject: Subject
    code: str
    until: datetime
    password: str | None = None


def bootstrap(idp: Idp, chosen: dict[str, Subject], now: datetime) -> tuple[Appointed, ...]:
    """Appoint three people: those in `chosen` by role, new ones of the Local department for the others.

    Raises: Conflict (there is an administrator), Invalid (one person for two roles).
    """
    if len({subject.id for subject in chosen.values()}) < len(chosen):
        raise Invalid("three roles take three people: nobody holds two of them")
    if any(idp.ports.truth.people.holders(role, now) for role in ADMINISTRATOR_ROLES):
        raise Conflict("there are administrators already: roles are given in the console, by two people")
    low = [one.identifiers[0] for one in chosen.values() if one.clearance < CONSOLE_GRADE]
    if low:
        raise Invalid(f"{', '.join(low)}: the console takes clearance {CONSOLE_GRADE}")
    local = departments.ensure_local(idp, OPERATOR)
    made = {
        role: _new(idp, local, role, now) if role not in chosen else (chosen[role], None)
        for role in ADMINISTRATOR_ROLES
    }
    with idp.ports.truth.begin() as tx:
        if any(tx.people.holders(role, now) for role in ADMINISTRATOR_ROLES):
            raise Conflict("somebody else appointed administrators just now")
        return tuple(
            _appoint(idp, tx, role, subject, password, now, new=role not in chosen)
            for role, (subject, password) in made.items()
        )


def _new(idp: Idp, local: Department, role: str, now: datetime) -> tuple[Subject, str]:
    name = role.replace("administrator", "admin")
    if idp.ports.truth.people.find(name, local.id) is not None:
        raise Conflict(f"{name} exists in {local.id}: appoint them by --{role.split('-')[0]} {name}")
    subject = Subject(idp.id("sub"), local.id, NAMES[role], None, (name,), clearance=CONSOLE_GRADE, created_at=now)
    signs = "".join(ALPHABET[octet % len(ALPHABET)] for octet in idp.ports.random(PASSWORD_SIGNS))
    return subject, "-".join(signs[start : start + 6] for start in range(0, PASSWORD_SIGNS, 6))


def _appoint(
    idp: Idp, tx: Tx, role: str, subject: Subject, password: str | None, now: datetime, *, new: bool
) -> Appointed:
    if new:
        post = Post(idp.id("post"), subject.id, subject.department_id, "regular", None, now, is_default=True)
        tx.people.add(subject, post, None)
        tx.record(PersonAdded(subject_id=subject.id, department_id=subject.department_id, by=OPERATOR.subject_id))
    if password is not None:
        _give_password(idp, tx, subject, password, now)
    post_id = next(post.id for post in tx.people.posts(subject.id) if post.is_default)
    why = "one of the first three administrators"
    tx.people.grant_role(RoleGrant(idp.id("role"), post_id, role, "administrator", why, OPERATOR.subject_id, now))
    tx.people.bump_access(subject.id)
    tx.record(RoleChanged(subject_id=subject.id, role=role, given=True, by=OPERATOR.subject_id, why=why))
    code, until = put_code(idp, tx, subject.id, by=OPERATOR.subject_id, now=now)
    return Appointed(role, subject, code, until, password)


def _give_password(idp: Idp, tx: Tx, subject: Subject, password: str, now: datetime) -> None:
    """In production it opens one sign-in, while the code is good, and is replaced in it. Spec: ASVS 5.0 V6.4.1."""
    hashed = idp.ports.passwords.hash(Secret(password))
    if idp.settings.mode == "production":
        until = now + timedelta(hours=idp.settings.life.enrolment_code_hours)
        own_password.put(idp, tx, subject, hashed, now, by=OPERATOR.subject_id, due="set", until=until)
        return
    by = (f"administrator:{OPERATOR.subject_id}",)
    one = Authenticator(idp.id("factor"), subject.id, "password", "", hashed, {}, AAL1, by, now)
    tx.authenticators.add(one)
    tx.record(
        FactorBound(
            subject_id=subject.id, factor="password", authenticator_id=one.id, acr=AAL1, by=(OPERATOR.subject_id,)
        )
    )
