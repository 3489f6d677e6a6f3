"""The steps for people that a plan names: an account of a department that keeps its people here, its roles, a password.

A role that a plan gives is only ever added; it is taken where every role is taken. Administrators never come by a plan.
Spec: NIST SP 800-63B-4 §3.1.1.2 (passwords), OIDC Core §5.1 (claims).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from idp.events import PersonChanged
from idp.flows.admin import accounts, roles
from idp.flows.admin.difference import FieldChange, between
from idp.flows.admin.plan import Plan, PlannedPerson
from idp.flows.admin.step import HIDDEN, Step
from idp.flows.context import Idp
from idp.flows.sessions import end_everything
from idp.model import RoleGrant, Subject
from idp.ports import Tx
from idp.secret import Secret


def steps(idp: Idp, plan: Plan, now: datetime) -> Iterator[Step]:
    for one in plan.people:
        held = idp.ports.truth.people.find(one.name, one.new.department_id)
        step = _newcomer(idp, one, now) if held is None else _known(idp, one, held, now)
        if step is not None:
            yield step


def _newcomer(idp: Idp, one: PlannedPerson, now: datetime) -> Step:
    made = None if one.password is not None else idp.token()
    password = one.password or Secret(made or "")
    subject = accounts.of(idp, one.new, now)
    told = (*between(None, subject), FieldChange("roles", None, list(one.roles)), FieldChange("password", None, HIDDEN))

    def write(tx: Tx, by: str, reason: str) -> None:
        post = accounts.write(idp, tx, subject, one.new.title, reason, now, by=by)
        accounts.write_password(idp, tx, subject, idp.ports.passwords.hash(password), reason, now, by=by)
        for role in one.roles:
            roles.give(tx, subject, _granted(idp, post.id, role, by, reason, now), approved_by=None)

    return Step("person", one.name, "added", tuple(field for field in told if field.after), write, made)


def _known(idp: Idp, one: PlannedPerson, held: Subject, now: datetime) -> Step | None:
    new = one.new
    wanted = replace(
        held,
        display_name=new.name,
        mail=new.mail,
        identifiers=new.identifiers,
        clearance=new.clearance,
        claims=new.claims,
    )
    changed = between(held, wanted)
    grants = idp.ports.truth.people.role_grants(held.id)
    given = {grant.role for grant in grants if grant.ends_at is None or grant.ends_at > now}
    lacking = [role for role in one.roles if role not in given]
    stale = one.password is not None and not _is_theirs(idp, held, one.password)
    told = [*changed]
    if lacking:
        told.append(FieldChange("roles", sorted(given), sorted(given | {*one.roles})))
    if stale:
        told.append(FieldChange("password", HIDDEN, HIDDEN))
    if not told:
        return None

    def write(tx: Tx, by: str, reason: str) -> None:
        if changed:
            tx.people.change(wanted)
            names = tuple(field.field for field in changed)
            tx.record(PersonChanged(subject_id=held.id, by=by, fields=names, reason=reason))
        for role in lacking:
            roles.give(tx, wanted, _granted(idp, _post(tx, held), role, by, reason, now), approved_by=None)
        if stale and one.password is not None:
            accounts.write_password(idp, tx, wanted, idp.ports.passwords.hash(one.password), reason, now, by=by)
            end_everything(idp, tx, held.id, now, why="administrator", by=by, reason=reason)

    return Step("person", one.name, "changed", tuple(told), write)


def _post(tx: Tx, held: Subject) -> str:
    posts = tx.people.posts(held.id)
    return next((post.id for post in posts if post.is_default), posts[0].id)


def _granted(idp: Idp, post_id: str, role: str, by: str, reason: str, now: datetime) -> RoleGrant:
    return RoleGrant(idp.id("role"), post_id, role, "administrator", reason, by, now)


def _is_theirs(idp: Idp, held: Subject, password: Secret[str]) -> bool:
    held_ones = idp.ports.truth.authenticators.of(held.id)
    kept = next((one.secret for one in held_ones if one.factor == "password" and not one.disabled_at), None)
    return kept is not None and idp.ports.passwords.verify(kept, password)
