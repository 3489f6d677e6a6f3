"""What a person may do, and why: each role with who or which group gave it, and what follows from it; asking for more.

A wish for access decides nothing: it stands before the administrators as an alert, with the person's own words.
Spec: PIPL article 44 (to know and to decide); NIST SP 800-53r5 AC-2, AC-6.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from idp.errors import Forged, Invalid
from idp.events import AccessAsked, AlertRaised
from idp.flows.admin.scope import required_reason
from idp.flows.context import Idp, SignedInAs, Visit
from idp.model import Alert, Client, Permission, Post, RoleGrant, Subject, Text

KIND = "access-request"
MOST_OPEN = 5


@dataclass(frozen=True, slots=True)
class Held:
    """One role. `by`: who gave it, None when a group of the directory did or the installation itself."""

    grant: RoleGrant
    by: Subject | None
    opens: tuple[tuple[Client, tuple[Permission, ...]], ...]


@dataclass(frozen=True, slots=True)
class InPost:
    """The roles of one post. `now`: the post that this session is in."""

    post: Post
    roles: tuple[Held, ...]
    now: bool


def held(idp: Idp, now: datetime, me: SignedInAs) -> tuple[InPost, ...]:
    """Every post held now with its roles in force."""
    found = []
    for post in idp.ports.truth.people.posts(me.subject.id):
        standing = idp.ports.truth.people.standing(me.subject.id, now, post.id)
        if standing is not None:
            roles = tuple(_held(idp, one) for one in sorted(standing.grants, key=lambda one: one.role))
            found.append(InPost(post, roles, post.id == me.session.post_id))
    return tuple(found)


def _held(idp: Idp, grant: RoleGrant) -> Held:
    by = idp.ports.truth.people.get(grant.granted_by) if grant.granted_by else None
    return Held(grant, by, opens(idp, grant.role))


def opens(idp: Idp, role: str) -> tuple[tuple[Client, tuple[Permission, ...]], ...]:
    """What a role is good for: permissions that name it, by the applications that can ask for them."""
    configuration = idp.ports.truth.configuration()
    found = []
    for client in sorted(configuration.clients.values(), key=lambda one: one.name.en):
        named = tuple(one for _, one in configuration.permissions_of(client).values() if role in one.roles)
        if named and not client.disabled:
            found.append((client, named))
    return tuple(found)


def wishes(idp: Idp, me: SignedInAs) -> list[Alert]:
    """What they asked for and nobody has answered yet."""
    open_ = idp.ports.truth.desk.alerts(limit=1000)
    return [one for one in open_ if one.kind == KIND and one.subject_id == me.subject.id]


def askable(idp: Idp) -> tuple[Client, ...]:
    """Applications that people open."""
    clients = idp.ports.truth.configuration().clients.values()
    found = [one for one in clients if one.home_url is not None and not one.disabled and one.id != "gerege-console"]
    return tuple(sorted(found, key=lambda one: one.name.en))


def ask(idp: Idp, visit: Visit, me: SignedInAs, client_id: str, words: str) -> Literal["asked", "waits"]:
    """Keep a wish for administrators. `waits`: the same is open already.

    Raises: Forged (no such application), Invalid (no reason, too long, or too many open wishes).
    """
    client = next((one for one in askable(idp) if one.id == client_id), None)
    if client is None:
        raise Forged("not an application that one may ask for")
    reason = required_reason(words)
    open_ = wishes(idp, me)
    if any(one.params.get("client") == client.id for one in open_):
        return "waits"
    if len(open_) >= MOST_OPEN:
        raise Invalid("too many open requests", "too-many")
    params = {"client": client.id, "app": _both(client.name), "reason": reason}
    with idp.ports.truth.begin() as tx:
        tx.desk.raise_alert(Alert(idp.id("alert"), KIND, visit.now, "alert.access-request", params, me.subject.id))
        tx.record(AccessAsked(subject_id=me.subject.id, client_id=client.id, sid=me.session.sid, reason=reason))
        tx.record(AlertRaised(kind=KIND, subject_id=me.subject.id, client_id=client.id))
    return "asked"


def _both(name: Text) -> str:
    return name.en if name.en == name.zh else f"{name.en} / {name.zh}"
