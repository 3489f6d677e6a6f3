"""Many people of one directory at once, in SQL: found by keyed hashes, made in few statements, confirmed together."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from adapters.sealing import Keyring
from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.listing import SUBJECT
from adapters.sql.people import LINK, POST, ROLE_GRANT, in_force, index_of
from adapters.sql.person_key import exact
from adapters.sql.tables import link, person, person_identifier, person_key, person_token, post, role_grant
from idp.model import Linked
from idp.ports import Joiner

MOST = 500
"""Values of one statement: SQLite and PostgreSQL both take more."""
_there = select(link.c.subject_id).join(person, person.c.id == link.c.subject_id)
_of = (link.c.department_id == bindparam("department_id"), person.c.disabled.is_(False))
KNOWN = select(link.c.stable_lookup, link.c.subject_id, link.c.read_at, link.c.said, person.c.disabled)
KNOWN = KNOWN.join(person, person.c.id == link.c.subject_id).where(
    link.c.department_id == bindparam("department_id"),
    link.c.stable_lookup.in_(bindparam("lookups", expanding=True)),
)
UNREAD = (
    _there.where(*_of, link.c.read_at < bindparam("before", type_=Moment()))
    .order_by(link.c.read_at, link.c.subject_id)
    .limit(bindparam("most"))
)
COUNT = select(func.count()).select_from(_there.where(*_of).subquery())
HOLDERS = (
    select(func.count(person.c.id.distinct()))
    .select_from(role_grant)
    .join(post, post.c.id == role_grant.c.post_id)
    .join(person, person.c.id == post.c.subject_id)
    .join(link, link.c.subject_id == person.c.id)
    .where(
        *_of,
        role_grant.c.role == bindparam("role"),
        role_grant.c.source == "directory",
        *in_force(role_grant.c.starts_at, role_grant.c.ends_at),
    )
)
READ_AT = select(link.c.subject_id, link.c.read_at).where(link.c.subject_id.in_(bindparam("subjects", expanding=True)))


class SqlLinks:
    """`idp.ports.Links`."""

    def __init__(self, line: Line, keyring: Keyring) -> None:
        self._line, self._keyring = line, keyring

    def known(self, department_id: str, stable_ids: Sequence[str]) -> Mapping[str, Linked]:
        found: dict[str, Linked] = {}
        for some in _pieces(stable_ids):
            by_lookup = {hash_: one for one in some for hash_ in self._keyring.lookups("link", exact(one))}
            for row in self._line.all(KNOWN, department_id=department_id, lookups=list(by_lookup)):
                found[by_lookup[row[0]]] = Linked(row.subject_id, row.read_at, row.said, row.disabled)
        return found

    def unread(self, department_id: str, before: datetime, limit: int) -> Sequence[str]:
        return [row[0] for row in self._line.all(UNREAD, department_id=department_id, before=before, most=limit)]

    def count(self, department_id: str) -> int:
        row = self._line.one(COUNT, department_id=department_id)
        return 0 if row is None else int(row[0])

    def holders(self, department_id: str, role: str, at: datetime) -> int:
        row = self._line.one(HOLDERS, department_id=department_id, role=role, at=at)
        return 0 if row is None else int(row[0])

    def read_at(self, subject_ids: Sequence[str]) -> Mapping[str, datetime]:
        pieces = (self._line.all(READ_AT, subjects=list(some)) for some in _pieces(subject_ids))
        return {row.subject_id: row.read_at for rows in pieces for row in rows}

    def join(self, joiners: Sequence[Joiner]) -> None:
        rows: dict[Any, list[dict[str, Any]]] = {
            table: [] for table in (person, person_key, person_identifier, person_token, post, link, role_grant)
        }
        for subject, its_post, its_link, grants in joiners:
            wrapped = self._keyring.new_person_key()
            seal = self._keyring.person(wrapped)
            lookups, tokens = index_of(self._keyring, subject)
            rows[person].append(SUBJECT.values(subject, seal))
            rows[person_key].append({"subject_id": subject.id, "wrapped": wrapped})
            rows[person_identifier] += [{"lookup": one, "subject_id": subject.id} for one in sorted(lookups)]
            rows[person_token] += [{"token": one, "subject_id": subject.id} for one in sorted(tokens)]
            rows[post].append(POST.values(its_post, seal))
            if its_link is not None:
                stable = {"stable_lookup": self._keyring.lookup("link", exact(its_link.stable_id))}
                rows[link].append(LINK.values(its_link, seal) | stable)
            rows[role_grant] += [ROLE_GRANT.values(one, seal) for one in grants]
        # In the order of their index: neighbours lie on the same page, and there are two dozen for each person.
        rows[person_token].sort(key=lambda row: row["token"])
        for table, values in rows.items():
            if values:
                self._line.write(insert(table), values)

    def confirm(self, subject_ids: Sequence[str], at: datetime) -> None:
        for some in _pieces(subject_ids):
            self._line.write(update(link).where(link.c.subject_id.in_(some)).values(read_at=at))


def _pieces(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[start : start + MOST] for start in range(0, len(values), MOST)]
