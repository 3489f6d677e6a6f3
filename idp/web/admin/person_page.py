"""One person as the console shows them: names instead of ids, each button only where it works."""

from dataclasses import dataclass, field
from datetime import datetime

from idp.flows.admin import roles, tokens
from idp.flows.admin.people import OnePerson
from idp.flows.admin.scope import Admin
from idp.flows.admin.sentences import Teller
from idp.model import Authenticator, Post, RoleGrant, Session
from idp.web.admin.audit import said
from idp.web.admin.console import Console
from idp.web.pages import AdminPerson, Choice, Method, Notice, PostLine, RoleHeld, SessionLine
from idp.web.pages.parts import Name, Place

MAY = {
    "grant-role": "admin.roles.grant",
    "take-role": "admin.roles.grant",
    "end-session": "admin.people.end_sessions",
    "end-sessions": "admin.people.end_sessions",
    "disable": "admin.people.write",
    "enable": "admin.people.write",
    "remove-method": "admin.people.write",
    "enrolment-code": "admin.people.write",
    "assign-token": "admin.tokens.write",
    "return-token": "admin.tokens.write",
}
NOT_ONESELF = frozenset({"assign-token", "grant-role", "disable", "enrolment-code"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What this answer shows besides the person: what just happened, a code, what was typed."""

    notice: Notice | None = None
    code: str | None = None
    until: datetime | None = None
    typed: dict[str, str] = field(default_factory=dict)


def page_of(console: Console, admin: Admin, one: OnePerson, now: datetime, shown: Shown) -> AdminPerson:
    """The page."""
    subject = one.subject
    posts = {post.id: _post(console, post, now) for post in one.posts}
    held = [role for role in one.roles if role.ends_at is None or role.ends_at > now]
    may = {do for do, permission in MAY.items() if admin.may(permission)}
    teller = Teller(console.idp, admin, console.known)
    return AdminPerson(
        action=f"/admin/people/{subject.id}",
        name=subject.display_name,
        identifier=subject.identifiers[0] if subject.identifiers else subject.id,
        department=_department(console, subject.department_id),
        state="disabled" if subject.disabled else "active",
        subject=subject.id,
        posts=tuple(posts.values()),
        roles=tuple(_role(teller, posts, role) for role in held),
        methods=tuple(line_of(method) for method in one.authenticators if method.factor != "password"),
        sessions=tuple(_session(console, session) for session in one.sessions),
        grantable=tuple(Choice(name, name) for name in roles.names(console.idp)),
        may=frozenset(may - NOT_ONESELF if subject.id == admin.subject_id else may),
        tokens=tuple(held.serial for held in tokens.held_by(console.idp, admin, subject.id)),
        notice=shown.notice,
        enrolment_code=shown.code,
        enrolment_until=shown.until,
        typed=shown.typed,
    )


def _department(console: Console, department_id: str) -> Name:
    found = console.idp.department(department_id)
    return found.name if found else department_id


def _post(console: Console, post: Post, now: datetime) -> PostLine:
    department = _department(console, post.department_id)
    over = post.ends_at is not None and post.ends_at <= now
    return PostLine(
        id=post.id,
        title=post.title or department,
        department=department,
        kind=post.kind,
        since=post.starts_at or now,
        until=post.ends_at,
        current=not over and (post.starts_at is None or post.starts_at <= now),
    )


def _role(teller: Teller, posts: dict[str, PostLine], role: RoleGrant) -> RoleHeld:
    by = teller.person(role.granted_by) if role.source == "administrator" else None
    return RoleHeld(
        id=role.id,
        role=role.role,
        post=posts[role.post_id].title if role.post_id in posts else "–",
        since=role.starts_at,
        reason=role.reason if role.source == "administrator" else None,
        given_by=said(by) if isinstance(by, tuple) else by,  # type: ignore[arg-type]
        group=role.reason if role.source == "directory" else None,
        until=role.ends_at,
        takeable=role.source == "administrator",
    )


def line_of(method: Authenticator) -> Method:
    """One way to sign in."""
    return Method(
        id=method.id,
        kind=method.factor,
        name=method.label,
        made=method.created_at,
        last_used=method.last_used_at,
        resists_phishing=method.factor == "passkey",
    )


def _session(console: Console, session: Session) -> SessionLine:
    clients = console.idp.ports.truth.configuration().clients
    grants = console.idp.ports.truth.grants.of_session(session.sid)
    used = {one.client_id for one in grants if one.revoked_at is None and one.client_id in clients}
    return SessionLine(
        id=session.sid,
        started=session.created_at,
        seen=session.last_seen_at,
        place=Place(session.country),
        apps=tuple(clients[name].name for name in sorted(used)),
        ways=tuple(proof.factor for proof in session.proofs),
    )
