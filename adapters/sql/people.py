"""People, their links, posts and roles, in SQL.

Names, identifiers, titles and reasons are sealed under the person's own key; they are found by keyed hashes. One
administrator role for each person is a primary key of the table `administrator`, not a check that could be raced.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, bindparam, case, delete, insert, or_, select, update

from adapters.sealing import Keyring, PersonSealer
from adapters.sql import listing
from adapters.sql.administrators import make_administrator, unmake_administrator
from adapters.sql.columns import Moment
from adapters.sql.erasure import erase
from adapters.sql.line import Line
from adapters.sql.listing import SUBJECT, SUBJECTS
from adapters.sql.person_key import exact, seal_of
from adapters.sql.quick import Quick
from adapters.sql.shape import Sealed, as_is
from adapters.sql.tables import (
    link,
    person,
    person_identifier,
    person_key,
    person_token,
    post,
    role_grant,
)
from idp.errors import Ambiguous, Conflict
from idp.model import ADMINISTRATOR_ROLES, Link, Post, RoleGrant, Standing, Subject

LINK = Sealed(Link, link, {"stable_id": as_is}, key="subject_id")
POST = Sealed(Post, post, {"title": as_is})
ROLE_GRANT = Sealed(RoleGrant, role_grant, {"reason": as_is})

AT = bindparam("at", type_=Moment())


def in_force(starts_at: ColumnElement[Any], ends_at: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    """Begun, and not over, at the bound moment `at`."""
    return or_(starts_at.is_(None), starts_at <= AT), or_(ends_at.is_(None), ends_at > AT)


GET = Quick(SUBJECTS.where(person.c.id == bindparam("id")))
FIND = (
    SUBJECTS.join(person_identifier, person_identifier.c.subject_id == person.c.id)
    .where(
        person_identifier.c.lookup.in_(bindparam("lookups", expanding=True)),
        person.c.department_id == bindparam("department_id"),
    )
    .distinct()
)
BY_LINK = SUBJECTS.join(link, link.c.subject_id == person.c.id).where(
    link.c.department_id == bindparam("department_id"),
    link.c.stable_lookup.in_(bindparam("lookups", expanding=True)),
)
LINK_OF = Quick(
    select(*LINK.with_key())
    .join(person_key, person_key.c.subject_id == link.c.subject_id)
    .where(link.c.subject_id == bindparam("id"))
)
POSTS = Quick(
    select(*POST.with_key())
    .join(person_key, person_key.c.subject_id == post.c.subject_id)
    .where(post.c.subject_id == bindparam("id"))
    .order_by(post.c.is_default.desc(), post.c.id)
)
_roles = (
    select(*ROLE_GRANT.with_key())
    .join(post, post.c.id == role_grant.c.post_id)
    .join(person_key, person_key.c.subject_id == post.c.subject_id)
)
ROLES = _roles.where(post.c.subject_id == bindparam("id")).order_by(role_grant.c.starts_at.desc(), role_grant.c.id)
ROLE = _roles.add_columns(post.c.subject_id).where(role_grant.c.id == bindparam("id"))
HOLDERS = (
    select(*SUBJECT.columns, *ROLE_GRANT.columns, person_key.c.wrapped)
    .select_from(role_grant)
    .join(post, post.c.id == role_grant.c.post_id)
    .join(person, person.c.id == post.c.subject_id)
    .join(person_key, person_key.c.subject_id == person.c.id)
    .where(role_grant.c.role == bindparam("role"), *in_force(role_grant.c.starts_at, role_grant.c.ends_at))
    .order_by(person.c.id, role_grant.c.id)
)
_standing = (
    select(*SUBJECT.columns, *POST.columns, *ROLE_GRANT.columns, person_key.c.wrapped)
    .select_from(person)
    .join(person_key, person_key.c.subject_id == person.c.id)
    .join(post, post.c.subject_id == person.c.id)
    .outerjoin(
        role_grant,
        (role_grant.c.post_id == post.c.id)
        & (role_grant.c.starts_at <= AT)
        & or_(role_grant.c.ends_at.is_(None), role_grant.c.ends_at > AT),
    )
    .where(person.c.id == bindparam("id"), *in_force(post.c.starts_at, post.c.ends_at))
    .order_by(role_grant.c.id)
)
STANDING = Quick(_standing.where(post.c.is_default))
STANDING_IN_POST = Quick(_standing.where(post.c.id == bindparam("post_id")))
BUMP = update(person).where(person.c.id == bindparam("subject")).values(access_version=person.c.access_version + 1)
TAKE_ROLE = (
    update(role_grant)
    .where(
        role_grant.c.id == bindparam("grant"),
        or_(role_grant.c.ends_at.is_(None), role_grant.c.ends_at > AT),
    )
    .values(ends_at=AT)
)


def index_of(keyring: Keyring, subject: Subject) -> tuple[set[bytes], set[bytes]]:
    """Look-ups of everything that may be typed, and search tokens of both names."""
    typed = {*subject.identifiers, *filter(None, [subject.mail])}
    names = {subject.display_name.en, subject.display_name.zh}
    tokens = {token for name in names for token in keyring.name_lookups(name)}
    return {keyring.lookup("identifier", value) for value in typed}, tokens


class SqlPeople:
    """`idp.ports.People`. `lineage` answers a department and all above it."""

    def __init__(self, line: Line, keyring: Keyring, lineage: Callable[[str], tuple[str, ...]]) -> None:
        self._line, self._keyring, self._lineage = line, keyring, lineage

    def get(self, subject_id: str) -> Subject | None:
        return self._subject(self._line.one(GET, id=subject_id))

    def find(self, identifier: str, department_id: str) -> Subject | None:
        lookups = self._keyring.lookups("identifier", identifier)
        rows = self._line.all(FIND, lookups=lookups, department_id=department_id)
        found = [SUBJECT.read(self._keyring, row) for row in rows]
        # A name may be given again to a newcomer; whoever left does not stand in the way.
        candidates = [subject for subject in found if not subject.disabled] or found
        if len(candidates) > 1:
            raise Ambiguous(f"{len(candidates)} people of {department_id} have that identifier")
        return candidates[0] if candidates else None

    def by_link(self, department_id: str, stable_id: str) -> Subject | None:
        lookups = self._keyring.lookups("link", exact(stable_id))
        return self._subject(self._line.one(BY_LINK, department_id=department_id, lookups=lookups))

    def link_of(self, subject_id: str) -> Link | None:
        row = self._line.one(LINK_OF, id=subject_id)
        return None if row is None else LINK.read(self._keyring, row)

    def search(
        self, text: str, *, branch: Sequence[str] | None, offset: int, limit: int
    ) -> tuple[Sequence[Subject], int]:
        return listing.search(self._line, self._keyring, text, branch, offset, limit)

    def counts(self) -> Mapping[str, int]:
        return listing.counts(self._line)

    def standing(self, subject_id: str, at: datetime, post_id: str | None = None) -> Standing | None:
        if post_id is None:
            rows = self._line.all(STANDING, id=subject_id, at=at)
        else:
            rows = self._line.all(STANDING_IN_POST, id=subject_id, at=at, post_id=post_id)
        if not rows:
            return None
        seal = self._keyring.person(rows[0].wrapped)
        held = SUBJECT.build(rows[0], seal), POST.build(rows[0][SUBJECT.width :], seal)
        start = SUBJECT.width + POST.width
        grants = tuple(ROLE_GRANT.build(row[start:], seal) for row in rows if row[start] is not None)
        return Standing(*held, self._lineage(held[1].department_id), grants)

    def posts(self, subject_id: str) -> Sequence[Post]:
        return [POST.read(self._keyring, row) for row in self._line.all(POSTS, id=subject_id)]

    def role_grants(self, subject_id: str) -> Sequence[RoleGrant]:
        return [ROLE_GRANT.read(self._keyring, row) for row in self._line.all(ROLES, id=subject_id)]

    def holders(self, role: str, at: datetime) -> Sequence[tuple[Subject, RoleGrant]]:
        found = []
        for row in self._line.all(HOLDERS, role=role, at=at):
            seal = self._keyring.person(row.wrapped)
            found.append((SUBJECT.build(row, seal), ROLE_GRANT.build(row[SUBJECT.width :], seal)))
        return found

    def add(self, subject: Subject, post: Post, link: Link | None) -> None:
        wrapped = self._keyring.new_person_key()
        self._line.write(insert(person), SUBJECT.values(subject, self._keyring.person(wrapped)))
        self._line.write(insert(person_key), {"subject_id": subject.id, "wrapped": wrapped})
        self._index(subject)
        self.add_post(post)
        if link is not None:
            self._put_link(link, new=True)

    def change(self, subject: Subject) -> None:
        values = SUBJECT.values(subject, self._seal_of(subject.id))
        for name in ("id", "created_at", "access_version"):
            values.pop(name)
        # An older reading of the person must not undo a newer `bump_access`.
        newer = person.c.access_version > subject.access_version
        values["access_version"] = case((newer, person.c.access_version), else_=subject.access_version)
        self._line.write(update(person).where(person.c.id == subject.id).values(values))
        self._index(subject)

    def touch_link(self, link: Link) -> None:
        self._put_link(link, new=False)

    def add_post(self, post: Post) -> None:
        self._line.write(insert(POST.table), POST.values(post, self._seal_of(post.subject_id)))

    def retitle(self, post: Post) -> None:
        sealed = POST.values(post, self._seal_of(post.subject_id))["sealed"]
        self._line.write(update(POST.table).where(POST.table.c.id == post.id).values(sealed=sealed))

    def set_default_post(self, subject_id: str, post_id: str) -> bool:
        mine = update(post).where(post.c.subject_id == subject_id)
        chosen = select(post.c.id).where(post.c.id == post_id, post.c.subject_id == subject_id)
        if self._line.one(chosen) is None:
            return False
        self._line.write(mine.where(post.c.is_default).values(is_default=False))
        return self._line.write(mine.where(post.c.id == post_id).values(is_default=True)) == 1

    def grant_role(self, grant: RoleGrant) -> None:
        owner = self._line.one(select(post.c.subject_id).where(post.c.id == grant.post_id))
        if owner is None:
            raise Conflict("no such post")
        self._line.write(insert(role_grant), ROLE_GRANT.values(grant, self._seal_of(owner.subject_id)))
        if grant.role in ADMINISTRATOR_ROLES:
            make_administrator(self._line, owner.subject_id, grant)

    def take_role(self, grant_id: str, at: datetime) -> RoleGrant | None:
        if self._line.write(TAKE_ROLE, {"grant": grant_id, "at": at}) == 0:
            return None
        row = self._line.one(ROLE, id=grant_id)
        if row is None:
            return None
        taken = ROLE_GRANT.read(self._keyring, row)
        if taken.role in ADMINISTRATOR_ROLES:
            unmake_administrator(self._line, row.subject_id, taken.role, at)
        return taken

    def bump_access(self, subject_id: str) -> None:
        self._line.write(BUMP, {"subject": subject_id})

    def erase(self, subject_id: str) -> bool:
        return erase(self._line, subject_id)

    def _subject(self, row: Row[Any] | None) -> Subject | None:
        return None if row is None else SUBJECT.read(self._keyring, row)

    def _seal_of(self, subject_id: str) -> PersonSealer:
        return seal_of(self._line, self._keyring, subject_id)

    def _index(self, subject: Subject) -> None:
        lookups, tokens = index_of(self._keyring, subject)
        self._replace(person_identifier, "lookup", subject.id, lookups)
        self._replace(person_token, "token", subject.id, tokens)

    def _replace(self, table: Table, column: str, subject_id: str, wanted: set[bytes]) -> None:
        self._line.write(delete(table).where(table.c.subject_id == subject_id))
        if wanted:
            self._line.write(insert(table), [{column: value, "subject_id": subject_id} for value in sorted(wanted)])

    def _put_link(self, link_: Link, *, new: bool) -> None:
        values = LINK.values(link_, self._seal_of(link_.subject_id))
        values["stable_lookup"] = self._keyring.lookup("link", exact(link_.stable_id))
        if not new and self._line.write(update(link).where(link.c.subject_id == link_.subject_id).values(values)):
            return
        self._line.write(insert(link), values)
