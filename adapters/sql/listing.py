"""Many people at once, a page of them: found in an index alone, so that a hundred thousand are listed as ten are.

Names are found by keyed hashes of their parts; nothing readable of anybody is in an index. Spec: none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from adapters.name_search import query_tokens
from adapters.sealing import Keyring
from adapters.sql.line import Line
from adapters.sql.shape import Sealed, as_is
from adapters.sql.tables import person, person_identifier, person_key, person_token
from idp.model import Subject, Text

SUBJECT = Sealed(
    Subject,
    person,
    {"display_name": lambda names: Text(**names), "mail": as_is, "identifiers": tuple, "claims": as_is},
)
SUBJECTS = select(*SUBJECT.with_key()).join(person_key, person_key.c.subject_id == person.c.id)
LISTED = (person.c.created_at, person.c.id)
COUNTS = select(person.c.department_id, func.count()).where(person.c.erased.is_(False)).group_by(person.c.department_id)


def search(
    line: Line, keyring: Keyring, text: str, branch: Sequence[str] | None, offset: int, limit: int
) -> tuple[Sequence[Subject], int]:
    """One page, oldest first, and how many there are in all."""
    wanted: list[ColumnElement[bool]] = [person.c.id.in_(found) for found in _matches(keyring, text)]
    wanted.append(person.c.erased.is_(False))
    if branch is not None:
        wanted.append(person.c.department_id.in_(list(branch)))
    total = line.one(select(func.count()).select_from(person).where(*wanted))
    page = select(person.c.id).where(*wanted).order_by(*LISTED).offset(offset).limit(limit)
    rows = line.all(SUBJECTS.where(person.c.id.in_(page)).order_by(*LISTED))
    return [SUBJECT.read(keyring, row) for row in rows], 0 if total is None else int(total[0])


def counts(line: Line) -> Mapping[str, int]:
    """People of each department that has any."""
    return {department_id: many for department_id, many in map(tuple, line.all(COUNTS))}


def _matches(keyring: Keyring, text: str) -> list[Select[Any]]:
    """One sub-query for each thing that must match."""
    if not text.strip():
        return []
    by_identifier = select(person_identifier.c.subject_id).where(
        person_identifier.c.lookup.in_(keyring.lookups("identifier", text.strip()))
    )
    tokens = query_tokens(text)
    if not tokens:
        return [by_identifier]
    by_name: Select[Any] = select(person_token.c.subject_id).where(
        person_token.c.token.in_([hash_ for token in tokens for hash_ in keyring.lookups("name", token)])
    )
    by_name = by_name.group_by(person_token.c.subject_id).having(
        func.count(person_token.c.token.distinct()) >= len(tokens)
    )
    return [select(by_identifier.union(by_name).subquery().c.subject_id)]
