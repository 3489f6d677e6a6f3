"""People, as an administrator sees and changes them: search, one person, sessions, disabling, enrolment codes.

Spec: NIST SP 800-63B-4 §4.1 (binding a first authenticator), §4.5 (invalidation), §3.1.1.2 (passwords). People of a
directory are changed there, not here: disabling is the exception, because it must not wait for anybody.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.errors import Ambiguous, Conflict, NotFound, ProofRejected
from idp.events import EnrolmentCodeMade, FactorRemoved
from idp.flows import people
from idp.flows.admin.scope import OPERATOR, Admin, optional_reason, required_reason
from idp.flows.context import Idp
from idp.flows.desk.script import is_privileged
from idp.flows.notices import tell
from idp.flows.sessions import end, end_everything
from idp.flows.sign_in.enrol import clean_code, hash_code
from idp.flows.sign_in.identify import bare
from idp.model import Authenticator, Department, EnrolmentCode, Link, Post, RoleGrant, Session, Subject
from idp.ports import Tx

PAGE = 50
LAST_PAGE = 1_000_000
RECENT = timedelta(days=180)
LONGEST_QUERY = 100
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs that are not taken for one another when read aloud: no 0 O 1 I."""
CODE_SIGNS = 12
"""60 random bits."""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of people and how many there are in all."""

    people: tuple[Subject, ...]
    total: int


@dataclass(frozen=True, slots=True)
class OnePerson:
    """Everything the console shows of a person."""

    subject: Subject
    posts: tuple[Post, ...]
    roles: tuple[RoleGrant, ...]
    authenticators: tuple[Authenticator, ...]
    sessions: tuple[Session, ...]
    link: Link | None


def search(idp: Idp, admin: Admin, text: str, department_id: str | None = None, page: int = 1) -> Found:
    """People of the administrator's branch, found on the server; `page` counts from 1."""
    admin.require("admin.people.read")
    branch = admin.branch
    if department_id:
        admin.require_sees_department(department_id)
        branch = frozenset({department_id})
    found, total = idp.ports.truth.people.search(
        text[:LONGEST_QUERY],
        branch=None if branch is None else sorted(branch),
        offset=(min(max(page, 1), LAST_PAGE) - 1) * PAGE,
        limit=PAGE,
    )
    return Found(tuple(found), total)


def get(idp: Idp, admin: Admin, subject_id: str, now: datetime) -> OnePerson:
    """One person. Raises NotFound, also for people outside the branch."""
    admin.require("admin.people.read")
    truth = idp.ports.truth
    subject = admin.require_sees(truth.people.get(subject_id))
    return OnePerson(
        subject,
        tuple(truth.people.posts(subject.id)),
        tuple(truth.people.role_grants(subject.id)),
        tuple(one for one in truth.authenticators.of(subject.id) if one.disabled_at is None),
        tuple(truth.sessions.of(subject.id, now)),
        truth.people.link_of(subject.id),
    )


def last_seen(idp: Idp, admin: Admin, subjects: Sequence[Subject], now: datetime) -> dict[str, datetime]:
    """When each of these last signed in, of the last months."""
    admin.require("admin.people.read")
    found = {}
    for one in subjects:
        rows = idp.ports.truth.history.sign_ins(one.id, now - RECENT, 20) if admin.sees(one.department_id) else ()
        at = next((row.at for row in rows if row.outcome == "succeeded"), None)
        if at is not None:
            found[one.id] = at
    return found


def resolve(idp: Idp, admin: Admin, who: str, now: datetime, department_id: str | None = None) -> Subject:
    """The person by subject id, or by what they type to sign in; whoever only the directory knows is taken over.

    Raises: NotFound, Ambiguous (say the department), Unavailable (the directory).
    """
    admin.require("admin.people.read")
    typed = unicodedata.normalize("NFKC", who).strip()
    if typed.startswith("sub_"):
        return admin.require_sees(idp.ports.truth.people.get(typed))
    departments = _where(idp, typed, department_id)
    found = [one for one in (_known(idp, department, bare(typed)) for department in departments) if one is not None]
    if len(found) > 1:
        names = ", ".join(sorted(one.department_id for one in found))
        raise Ambiguous(f"more than one person is called {typed!r}: name the department ({names})")
    if found:
        return admin.require_sees(found[0])
    for department in departments if len(departments) == 1 else ():
        admin.require_sees_department(department.id)
        return admin.require_sees(_from_directory(idp, department, bare(typed), now))
    raise NotFound(f"nobody is called {typed!r}")


def _where(idp: Idp, typed: str, department_id: str | None) -> Sequence[Department]:
    posts = idp.ports.truth.configuration().signposts
    if department_id:
        chosen = [one for one in posts.kept if one.id == department_id]
        if not chosen:
            raise NotFound(f"no department {department_id!r} keeps people")
        return chosen
    named = posts.named_by(typed)
    return [named] if named else posts.kept


def _known(idp: Idp, department: Department, identifier: str) -> Subject | None:
    return idp.ports.truth.people.find(identifier, department.id)


def _from_directory(idp: Idp, department: Department, identifier: str, now: datetime) -> Subject:
    connector = idp.ports.directories.of(department)
    entry = connector.find(identifier) if connector else None
    if entry is None:
        raise NotFound(f"nobody is called {identifier!r} in {department.id}")
    try:
        return people.take_over(idp, department, entry, now)
    except ProofRejected as rejected:
        raise Conflict(f"{identifier} is disabled in the directory of {department.id}") from rejected


def disable(idp: Idp, admin: Admin, subject_id: str, reason: str, now: datetime) -> None:
    """Nothing of theirs goes on, from this moment. Raises Conflict: that is the administrator's own account."""
    admin.require("admin.people.write")
    reason = required_reason(reason)
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    if subject.id == admin.subject_id:
        raise Conflict("nobody disables their own account")
    with idp.ports.truth.begin() as tx:
        people.disable(idp, tx, subject, now, by=admin.subject_id, reason=reason)


def enable(idp: Idp, admin: Admin, subject_id: str, reason: str) -> None:
    """They may sign in again; what had ended stays ended."""
    admin.require("admin.people.write")
    reason = required_reason(reason)
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    if not subject.disabled:
        raise Conflict("that person is not disabled")
    with idp.ports.truth.begin() as tx:
        people.enable(tx, subject, by=admin.subject_id, reason=reason)


def end_sessions(idp: Idp, admin: Admin, subject_id: str, reason: str, now: datetime) -> int:
    """All of a person's sessions and what follows from them. How many."""
    admin.require("admin.people.end_sessions")
    reason = required_reason(reason)
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    with idp.ports.truth.begin() as tx:
        ended = end_everything(idp, tx, subject.id, now, why="administrator", by=admin.subject_id, reason=reason)
        tx.people.change(replace(subject, ended_before=now))
        tell(idp, tx, subject.id, "sessions-ended", count=str(ended), by="administrator")
    return ended


def end_session(idp: Idp, admin: Admin, subject_id: str, sid: str, now: datetime, reason: str = "") -> bool:
    """One session of that person; a reason is kept where one was given.

    False when it had ended already. Raises NotFound: it is somebody else's.
    """
    admin.require("admin.people.end_sessions")
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    session = idp.ports.truth.sessions.by_sid(sid)
    if session is None or session.subject_id != subject.id:
        raise NotFound("no such session of that person")
    with idp.ports.truth.begin() as tx:
        given = optional_reason(reason)
        ended = end(idp, tx, sid, now, why="administrator", by=admin.subject_id, reason=given) is not None
        if ended:
            tell(idp, tx, subject.id, "sessions-ended", count="1", by="administrator")
        return ended


def enrolment_code(idp: Idp, admin: Admin, subject_id: str, reason: str, now: datetime) -> tuple[str, datetime]:
    """A one-time code that vouches for a first factor, and its end. Shown once; only its keyed hash is kept."""
    admin.require("admin.people.write")
    reason = required_reason(reason)
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    if subject.disabled:
        raise Conflict("that person is disabled")
    if subject.id == admin.subject_id:
        raise Conflict("nobody vouches for themselves: ask another administrator")
    _require_one_is_enough(admin, subject.id, idp, now)
    with idp.ports.truth.begin() as tx:
        code, until = put_code(idp, tx, subject.id, by=admin.subject_id, now=now, reason=reason)
        tell(idp, tx, subject.id, "pass-made", until=until.isoformat(), by="administrator")
    return code, until


def _require_one_is_enough(admin: Admin, subject_id: str, idp: Idp, now: datetime) -> None:
    """Nobody alone gives an administrator or the help desk a way in; the server's shell may. Raises Conflict."""
    if admin is not OPERATOR and is_privileged(idp, subject_id, now):
        raise Conflict("that person takes two people: make a temporary access pass at the help desk")


def put_code(
    idp: Idp, tx: Tx, subject_id: str, *, by: str, now: datetime, reason: str | None = None
) -> tuple[str, datetime]:
    """The code into this transaction, with its event."""
    code = new_code(idp)
    until = now + timedelta(hours=idp.settings.life.enrolment_code_hours)
    tx.authenticators.add_code(EnrolmentCode(idp.id("code"), subject_id, hash_code(idp, clean_code(code)), by, until))
    tx.record(EnrolmentCodeMade(subject_id=subject_id, by=by, reason=reason))
    return code, until


def new_code(idp: Idp) -> str:
    """`7KQM-29XF-HD3R`: 60 random bits in groups that can be read aloud."""
    # 256 is a multiple of 32, so that every sign is equally likely.
    signs = "".join(ALPHABET[octet % len(ALPHABET)] for octet in idp.ports.random(CODE_SIGNS))
    return "-".join(signs[start : start + 4] for start in range(0, CODE_SIGNS, 4))


def remove_authenticator(
    idp: Idp, admin: Admin, subject_id: str, authenticator_id: str, reason: str, now: datetime
) -> None:
    """A lost or stolen factor is no good from now on, and what was opened may have been opened by it: all ends."""
    admin.require("admin.people.write")
    reason = required_reason(reason)
    subject = admin.require_sees(idp.ports.truth.people.get(subject_id))
    held = next((one for one in idp.ports.truth.authenticators.of(subject.id) if one.id == authenticator_id), None)
    if held is None:
        raise NotFound("no such authenticator of that person")
    _require_one_is_enough(admin, subject.id, idp, now)
    with idp.ports.truth.begin() as tx:
        if not tx.authenticators.remove(held.id, now):
            raise Conflict("it was removed already")
        tx.record(
            FactorRemoved(
                subject_id=subject.id,
                factor=held.factor,
                authenticator_id=held.id,
                by=admin.subject_id,
                reason=reason,
            )
        )
        tell(idp, tx, subject.id, "factor-removed", factor=held.factor, name=held.label, by="administrator")
        end_everything(idp, tx, subject.id, now, why="administrator", by=admin.subject_id, reason=reason)
