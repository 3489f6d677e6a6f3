"""Roles on posts: given with a reason and an end, taken with a reason; an administrator's role takes a second person.

Nobody gives a role to themselves, nobody approves their own request or one about themselves. What a directory's group
gives is taken by leaving the group.
Spec: ANSI INCITS 359-2012 §5.4 (static separation of duty); GB/T 22239-2019 §8.1.5.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.errors import Conflict, Invalid, NotFound
from idp.events import ChangeAsked, ChangeDecided, RoleChanged
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp
from idp.mapping import from_table
from idp.model import ADMINISTRATOR_ROLES, Configuration, PendingChange, Permission, Post, RoleGrant, Subject
from idp.ports import Tx
from policies.question import EVERYONE
from policies.separation import RolesConflict, require_compatible

LAPSES = timedelta(days=7)
"""How long a request waits for its second person."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role as a list of what it allows; `holders` are those whom this administrator sees."""

    name: str
    allows: tuple[Permission, ...]
    holders: tuple[tuple[Subject, RoleGrant], ...]

    @property
    def administrator(self) -> bool:
        return self.name in ADMINISTRATOR_ROLES


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits for a second person. `subject` is None when the person is gone."""

    change: PendingChange
    subject: Subject | None
    lapses_at: datetime

    @property
    def role(self) -> str:
        return self.change.body["role"]

    @property
    def until(self) -> datetime | None:
        return _moment(self.change.body.get("until"))


def names(idp: Idp) -> tuple[str, ...]:
    """Every role that means something: some permission names it, a directory gives it, a machine holds it."""
    return names_of(idp.ports.truth.configuration())


def names_of(configuration: Configuration) -> tuple[str, ...]:
    """The same, of a configuration that need not be in force yet."""
    found = set(ADMINISTRATOR_ROLES)
    for api in configuration.resources.values():
        for permission in api.permissions:
            found |= permission.roles
    for department in configuration.departments.values():
        for roles in from_table(department.mapping).roles.values():
            found.update(roles)
    return tuple(sorted(found - {EVERYONE}))


def listed(idp: Idp, admin: Admin, now: datetime) -> tuple[Role, ...]:
    """Every role, what it allows and who holds it."""
    admin.require("admin.roles.read")
    return tuple(one(idp, admin, name, now) for name in names(idp))


def one(idp: Idp, admin: Admin, name: str, now: datetime) -> Role:
    """One role. Raises NotFound."""
    admin.require("admin.roles.read")
    if name not in names(idp):
        raise NotFound(f"no role {name!r}: no permission, directory or machine names it")
    apis = idp.ports.truth.configuration().resources.values()
    allows = tuple(permission for api in apis for permission in api.permissions if name in permission.roles)
    holders = idp.ports.truth.people.holders(name, now)
    return Role(name, allows, tuple(pair for pair in holders if admin.sees(pair[0].department_id)))


def grant(
    idp: Idp,
    admin: Admin,
    subject_id: str,
    role: str,
    reason: str,
    now: datetime,
    *,
    post_id: str | None = None,
    until: datetime | None = None,
) -> RoleGrant | PendingChange:
    """Give a role. An ordinary one is given now; an administrator's waits for a second person.

    Args:
        post_id: the post that it hangs on; None is the default one.
        until: when it ends by itself; None is without end.
    Raises: NotFound, Invalid, Conflict (their own, held already, or two roles that exclude each other).
    """
    admin.require("admin.roles.grant")
    why = required_reason(reason)
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    if subject.id == admin.subject_id:
        raise Conflict("nobody gives a role to themselves")
    if role not in names(idp):
        raise Invalid(f"there is no role {role!r}; known are {', '.join(names(idp))}")
    if until is not None and until <= now:
        raise Invalid("the end lies in the past")
    post = _post(idp, subject, post_id, now)
    _require_possible(idp, subject, post, role, now)
    if role in ADMINISTRATOR_ROLES:
        return _ask(idp, admin, subject, post, role, why, now, until)
    given = RoleGrant(idp.id("role"), post.id, role, "administrator", why, admin.subject_id, now, until)
    with idp.ports.truth.begin() as tx:
        give(tx, subject, given, approved_by=None)
    return given


def _post(idp: Idp, subject: Subject, post_id: str | None, now: datetime) -> Post:
    standing = idp.ports.truth.people.standing(subject.id, now, post_id)
    if standing is None or standing.subject.id != subject.id:
        raise Invalid("that post is not held now")
    return standing.post


def _require_possible(idp: Idp, subject: Subject, post: Post, role: str, now: datetime) -> None:
    """Raises Conflict. The store has the last word on two administrator roles, under any race."""
    if subject.disabled:
        raise Conflict("that person is disabled")
    held = [one for one in idp.ports.truth.people.role_grants(subject.id) if one.ends_at is None or one.ends_at > now]
    if any(one.role == role and one.post_id == post.id for one in held):
        raise Conflict("they hold that role on that post already")
    try:
        require_compatible({one.role for one in held} | {role})
    except RolesConflict as conflict:
        raise Conflict(f"these roles exclude each other: {conflict}") from conflict


def give(tx: Tx, subject: Subject, given: RoleGrant, *, approved_by: str | None) -> None:
    """The role with its event, into a transaction; whether it may be given was asked before."""
    tx.people.grant_role(given)
    tx.people.bump_access(subject.id)
    tx.record(
        RoleChanged(
            subject_id=subject.id,
            role=given.role,
            given=True,
            by=given.granted_by or "",
            reason=given.reason,
            until=given.ends_at.isoformat() if given.ends_at else None,
            approved_by=approved_by,
        )
    )


def _ask(
    idp: Idp, admin: Admin, subject: Subject, post: Post, role: str, why: str, now: datetime, until: datetime | None
) -> PendingChange:
    admin.require_whole()
    body = {"subject": subject.id, "post": post.id, "role": role} | ({"until": until.isoformat()} if until else {})
    if any(waiting.change.body == body for waiting in _waiting(idp, now)):
        raise Conflict("that is asked for already and waits for a second person")
    change = PendingChange(idp.id("change"), "grant-administrator", admin.subject_id, now, body, why)
    with idp.ports.truth.begin() as tx:
        tx.desk.ask_change(change)
        tx.record(
            ChangeAsked(subject_id=subject.id, change_id=change.id, kind=change.kind, by=admin.subject_id, reason=why)
        )
    return change


def take(idp: Idp, admin: Admin, subject_id: str, grant_id: str, reason: str, now: datetime) -> RoleGrant:
    """Take a role away; what it allowed is missed at the next request. Raises NotFound, Conflict."""
    admin.require("admin.roles.grant")
    reason = required_reason(reason)
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    held = next((one for one in idp.ports.truth.people.role_grants(subject.id) if one.id == grant_id), None)
    if held is None:
        raise NotFound("no such role of that person")
    if held.source == "directory":
        raise Conflict(f"the directory gives it ({held.reason}): it is taken by leaving that group")
    if held.role in ADMINISTRATOR_ROLES:
        admin.require_whole()
        _require_another(idp, subject, held.role, now)
    with idp.ports.truth.begin() as tx:
        taken = tx.people.take_role(held.id, now)
        if taken is None:
            raise Conflict("it had ended already")
        tx.people.bump_access(subject.id)
        tx.grants.outdate(subject.id, now)
        tx.record(RoleChanged(subject_id=subject.id, role=held.role, given=False, by=admin.subject_id, reason=reason))
    return taken


def _require_another(idp: Idp, subject: Subject, role: str, now: datetime) -> None:
    """Nobody could give that role back."""
    if all(other.id == subject.id or other.disabled for other, _ in idp.ports.truth.people.holders(role, now)):
        raise Conflict(f"the last {role} keeps the role until there is another")


def waiting(idp: Idp, admin: Admin, now: datetime) -> tuple[Waiting, ...]:
    """What waits for a second person; lapsed requests are not shown."""
    admin.require_one("admin.roles.read", "admin.roles.approve")
    admin.require_whole()
    return _waiting(idp, now)


def _waiting(idp: Idp, now: datetime) -> tuple[Waiting, ...]:
    people = idp.ports.truth.people
    return tuple(
        Waiting(change, people.get(change.body["subject"]), change.asked_at + LAPSES)
        for change in idp.ports.truth.desk.pending()
        if change.kind == "grant-administrator" and change.asked_at + LAPSES > now
    )


def decide(idp: Idp, admin: Admin, change_id: str, reason: str, *, approve: bool, now: datetime) -> RoleGrant | None:
    """The second person's word. None: it was turned down.

    Raises: NotFound (lapsed, decided), Conflict (their own request, about themselves, or no longer possible).
    """
    admin.require("admin.roles.approve")
    admin.require_whole()
    reason = required_reason(reason)
    found = next((one for one in _waiting(idp, now) if one.change.id == change_id), None)
    if found is None or found.subject is None:
        raise NotFound("no such request waits")
    if admin.subject_id in (found.change.asked_by, found.subject.id):
        raise Conflict("a second person decides: not who asked, and not who would get the role")
    given = _approved(idp, admin, found, found.subject, now) if approve else None
    with idp.ports.truth.begin() as tx:
        if tx.desk.decide_change(change_id, admin.subject_id, now, "approved" if approve else "refused") is None:
            raise Conflict("somebody decided it first")
        outcome = "approved" if approve else "refused"
        tx.record(
            ChangeDecided(
                subject_id=found.subject.id,
                change_id=change_id,
                by=admin.subject_id,
                outcome=outcome,
                reason=reason,
            )
        )
        if given is not None:
            give(tx, found.subject, given, approved_by=admin.subject_id)
    return given


def _approved(idp: Idp, admin: Admin, found: Waiting, subject: Subject, now: datetime) -> RoleGrant:
    """The grant, if everything that held when it was asked for holds still."""
    post = _post(idp, subject, found.change.body["post"], now)
    _require_possible(idp, subject, post, found.role, now)
    if found.until is not None and found.until <= now:
        raise Conflict("its end has passed meanwhile")
    change = found.change
    return RoleGrant(
        idp.id("role"), post.id, found.role, "administrator", change.reason, change.asked_by, now, found.until
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
