"""What a directory says of a person becomes ours: who they are, their roles, whether they are still there.

A person is tied to an entry by the directory's stable id alone. Groups give roles by the department's mapping, never an
administrator's role. Spec: RFC 4511; peers' lesson: unreadable is never absent.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from idp.errors import ProofRejected, Unavailable
from idp.events import PersonAdded, PersonDisabled, RoleChanged
from idp.flows.context import Idp
from idp.flows.sessions import end_everything
from idp.mapping import Derived, derive, from_table
from idp.model import (
    ADMINISTRATOR_ROLES,
    OUTAGE,
    Department,
    Entry,
    Interaction,
    Link,
    Post,
    RoleGrant,
    Session,
    Subject,
)
from idp.ports import Joiner, People, Tx

READING = frozenset({"password", "passkey", "certificate", "pass", "recovery"})
"""Proofs whose flows ask the person's directory for them anew."""


def take_over(idp: Idp, department: Department, entry: Entry, now: datetime) -> Subject:
    """The person behind an entry that was read just now: made, or brought up to date.

    Raises: ProofRejected("disabled") when the directory, or an administrator here, has disabled them.
    """
    subject = idp.ports.truth.people.by_link(department.id, entry.stable_id)
    if subject is None:
        if entry.disabled:
            raise ProofRejected("disabled")
        who, *_ = joining = joiner(idp, department, entry, now)
        with idp.ports.truth.begin() as tx:
            join(tx, [joining])
        return who
    with idp.ports.truth.begin() as tx:
        subject = renew(idp, tx, department, entry, subject, now).subject
    if entry.disabled or subject.disabled:
        raise ProofRejected("disabled")
    return subject


@dataclass(frozen=True, slots=True)
class Renewed:
    """Somebody as they are after their entry was taken over, and how many roles came and went."""

    subject: Subject
    given: int = 0
    taken: int = 0


def renew(idp: Idp, tx: Tx, department: Department, entry: Entry, subject: Subject, now: datetime) -> Renewed:
    """Bring somebody who is known up to date within a transaction; whom the directory has disabled is ended."""
    tx.people.touch_link(Link(subject.id, department.id, entry.stable_id, now, said(idp, department, entry)))
    if entry.disabled:
        disable(idp, tx, subject, now, by="directory", why="disabled in the directory")
        return Renewed(replace(subject, disabled=True))
    derived = derive(entry, from_table(department.mapping))
    subject = _update(idp, tx, _let_back(tx, subject), entry, derived)
    _retitle(tx, subject, entry)
    return Renewed(subject, *sync_roles(idp, tx, subject, _groups_of(derived), now))


def joiner(idp: Idp, department: Department, entry: Entry, now: datetime) -> Joiner:
    """Somebody new, with a post and what their groups give."""
    derived = derive(entry, from_table(department.mapping))
    subject = Subject(
        id=idp.id("sub"),
        department_id=department.id,
        display_name=derived.display_name,
        mail=entry.mail,
        identifiers=entry.identifiers,
        clearance=derived.clearance,
        created_at=now,
    )
    post = Post(idp.id("post"), subject.id, department.id, "regular", entry.title, now, is_default=True)
    link = Link(subject.id, department.id, entry.stable_id, now, said(idp, department, entry))
    groups = _groups_of(derived)
    roles = [RoleGrant(idp.id("role"), post.id, role, "directory", groups[role], None, now) for role in groups]
    return subject, post, link, roles


def join(tx: Tx, joiners: Sequence[Joiner]) -> None:
    """Put them in, and say so for each. Raises Conflict: one of these entries is tied to somebody already."""
    tx.links.join(joiners)
    for subject, post, _, grants in joiners:
        tx.record(PersonAdded(subject_id=subject.id, department_id=post.department_id, by="directory"))
        for grant in grants:
            why = f"group {grant.reason}"
            tx.record(RoleChanged(subject_id=subject.id, role=grant.role, given=True, by="directory", why=why))


def said(idp: Idp, department: Department, entry: Entry) -> str:
    """A keyed digest of everything that is taken over from an entry, and of the mapping it goes through.

    Where the entry stands (its name there) is left out: nothing of it is kept.
    """
    held = [entry.identifiers, entry.display_name, entry.display_name_zh, entry.mail, entry.groups, entry.disabled]
    told = [entry.stable_id, *held, entry.title, department.mapping]
    return idp.ports.sealer.digest("entry", json.dumps(told, sort_keys=True, ensure_ascii=False))


def roles_lost(people: People, department: Department, entry: Entry, subject_id: str, now: datetime) -> frozenset[str]:
    """The roles that taking this entry over would take away."""
    return role_changes(people, department, entry, subject_id, now)[1]


def role_changes(
    people: People, department: Department, entry: Entry, subject_id: str, now: datetime
) -> tuple[frozenset[str], frozenset[str]]:
    """(the roles that taking this entry over would give, those that it would take away)."""
    post = _own_post(people, subject_id, department.id)
    given, wanted = (
        _given(people, subject_id, post, now) if post else {},
        derive(entry, from_table(department.mapping)).roles,
    )
    return wanted - given.keys(), frozenset(given.keys() - wanted)


def read_again(idp: Idp, subject: Subject, now: datetime) -> bool:
    """Read a linked person anew before a sign-in that did not ask the directory (a passkey).

    True: degraded, the directory is away but was read within the grace. Raises: ProofRejected (gone or disabled),
    Unavailable (away for too long).
    """
    department = idp.department(subject.department_id)
    connector = idp.ports.directories.of(department) if department else None
    if department is None or connector is None:
        return False
    link = idp.ports.truth.people.link_of(subject.id)
    if link is None:
        raise ProofRejected("no directory entry")
    try:
        entry = connector.read(link.stable_id)
    except Unavailable:
        if now >= link.read_at + grace_of(idp, department):
            raise
        return True
    if entry is None:
        with idp.ports.truth.begin() as tx:
            disable(idp, tx, subject, now, by="directory", why="no longer in the directory")
        raise ProofRejected("gone")
    take_over(idp, department, entry, now)
    return False


def grace_of(idp: Idp, department: Department) -> timedelta:
    """How old the last reading of its people may be while its directory is away: its own word, else the setting."""
    said = department.settings.get(OUTAGE)
    hours = said.get("passkey_hours") if isinstance(said, dict) else None
    return timedelta(hours=hours if isinstance(hours, int) else idp.settings.life.grace_hours)


def is_degraded(interaction: Interaction, session: Session | None) -> bool:
    """Whether what is known of this person is old, because their directory was away when they were to be read.

    A session that began so stays so, whatever more is proved, until a proof has brought a new reading with it.
    """
    if interaction.degraded or session is None or not session.degraded:
        return interaction.degraded
    return not any(proof.factor in READING for proof in interaction.proofs)


def lives_until(idp: Idp, subject: Subject, ends: datetime) -> datetime:
    """The end of a degraded session: `ends`, or when what is known of its person has become too old."""
    department, link = idp.department(subject.department_id), idp.ports.truth.people.link_of(subject.id)
    return ends if department is None or link is None else min(ends, link.read_at + grace_of(idp, department))


def disable(
    idp: Idp, tx: Tx, subject: Subject, now: datetime, *, by: str, why: str | None = None, reason: str | None = None
) -> None:
    """Nothing of theirs goes on: sessions, grants, families, applications (by back-channel). Says so once.

    Args:
        why: in our words, when the directory did it; `reason` in an administrator's.
    """
    whose: Literal["directory", "administrator"] = "directory" if by == "directory" else "administrator"
    if subject.disabled and subject.disabled_by in (whose, "administrator"):
        return
    # Ended first: of a disabled person no session counts as live, and then no application would be told.
    end_everything(idp, tx, subject.id, now, why="disabled", by=by, reason=reason)
    tx.people.change(replace(_over(subject, now), disabled=True, disabled_by=whose))
    tx.record(PersonDisabled(subject_id=subject.id, by=by, disabled=True, why=why, reason=reason))


def enable(tx: Tx, subject: Subject, *, by: str, reason: str) -> None:
    """They may sign in again; what had ended stays ended."""
    tx.people.change(_allowed(subject))
    tx.record(PersonDisabled(subject_id=subject.id, by=by, disabled=False, reason=reason))


def _let_back(tx: Tx, subject: Subject) -> Subject:
    """Whom their directory had ended, and has again; never whom an administrator has ended."""
    if not subject.disabled or subject.disabled_by != "directory":
        return subject
    tx.people.change(back := _allowed(subject))
    tx.record(PersonDisabled(subject_id=subject.id, by="directory", disabled=False, why="in the directory again"))
    return back


def _allowed(subject: Subject) -> Subject:
    return replace(subject, disabled=False, disabled_by=None, access_version=subject.access_version + 1)


def _over(subject: Subject, now: datetime) -> Subject:
    return replace(subject, ended_before=now, access_version=subject.access_version + 1)


def sync_roles(idp: Idp, tx: Tx, subject: Subject, wanted: dict[str, str], now: datetime) -> tuple[int, int]:
    """Make the directory's role grants on their own post exactly `wanted` (role → the group that gives it).

    Returns how many came and how many went.
    """
    post = _own_post(tx.people, subject.id, subject.department_id)
    if post is None:
        return 0, 0
    given = _given(tx.people, subject.id, post, now)
    wanted = {role: group for role, group in wanted.items() if role not in ADMINISTRATOR_ROLES}
    for role in given.keys() - wanted.keys():
        tx.people.take_role(given[role].id, now)
        tx.record(RoleChanged(subject_id=subject.id, role=role, given=False, by="directory", why="left the group"))
    for role in wanted.keys() - given.keys():
        tx.people.grant_role(RoleGrant(idp.id("role"), post.id, role, "directory", wanted[role], None, now))
        tx.record(
            RoleChanged(subject_id=subject.id, role=role, given=True, by="directory", why=f"group {wanted[role]}")
        )
    came, went = len(wanted.keys() - given.keys()), len(given.keys() - wanted.keys())
    if came or went:
        tx.people.bump_access(subject.id)
    if went:
        tx.grants.outdate(subject.id, now)
    return came, went


def _retitle(tx: Tx, subject: Subject, entry: Entry) -> None:
    """What they are called there now. A directory that says nothing of it takes no title away."""
    post = _own_post(tx.people, subject.id, subject.department_id)
    if post is not None and entry.title and entry.title != post.title:
        tx.people.retitle(replace(post, title=entry.title))


def _own_post(people: People, subject_id: str, department_id: str) -> Post | None:
    """The post that their directory speaks of: the regular one there, whichever they work in just now."""
    posts = people.posts(subject_id)
    own = [post for post in posts if post.kind == "regular" and post.department_id == department_id]
    return next(iter([*own, *(post for post in posts if post.is_default)]), None)


def _given(people: People, subject_id: str, post: Post, now: datetime) -> dict[str, RoleGrant]:
    """What the directory gives on that post now, by role."""
    return {
        grant.role: grant
        for grant in people.role_grants(subject_id)
        if grant.source == "directory" and grant.post_id == post.id and (grant.ends_at is None or grant.ends_at > now)
    }


def _groups_of(derived: Derived) -> dict[str, str]:
    """Role → the groups that give it, in words for the log."""
    return {role: ", ".join(groups) for role, groups in derived.because.items()}


def _update(idp: Idp, tx: Tx, subject: Subject, entry: Entry, derived: Derived) -> Subject:
    changed = replace(
        subject,
        display_name=derived.display_name,
        mail=entry.mail,
        identifiers=entry.identifiers,
        clearance=derived.clearance,
    )
    if changed != subject:
        tx.people.change(changed)
        if changed.clearance != subject.clearance:
            tx.people.bump_access(subject.id)
            tx.grants.outdate(subject.id, idp.ports.now())
    return changed
