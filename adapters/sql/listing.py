"""Many people at once, a page of them: found in an index alone, so that a hundred thousand are listed as ten are.

Names are found by keyed hashes of their parts; nothing readable of anybody is in an index. Spec: none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

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
ENOUGH = 200
"""With so many rows a part of a name is common; how many more does not matter."""
LISTED = (person.c.created_at, person.c.id)
COUNTS = select(person.c.department_id, func.count()).where(person.c.erased.is_(False)).group_by(person.c.department_id)


def search(
    line: Line, keyring: Keyring, text: str, branch: Sequence[str] | None, offset: int, limit: int
) -> tuple[Sequence[Subject], int]:
    """One page, oldest first, and how many there are in all."""
    wanted: list[ColumnElement[bool]] = [_among(line, found) for found in _matches(line, keyring, text)]
    wanted.append(person.c.erased.is_(False))
    if branch is not None:
        wanted.append(person.c.department_id.in_(list(branch)))
    total = line.one(select(func.count()).select_from(person).where(*wanted))
    page = select(person.c.id).where(*wanted).order_by(*LISTED).offset(offset).limit(limit)
    rows = line.all(SUBJECTS.where(person.c.id.in_(page)).order_by(*LISTED))
    return [SUBJECT.read(keyring, row) for row in rows], 0 if total is None else int(total[0])


def _among(line: Line, found: Select[Any]) -> ColumnElement[bool]:
    """Few are named one by one, so that no plan walks through everybody to ask whether they are among them."""
    few = [row[0] for row in line.all(found.limit(ENOUGH + 1))]
    return person.c.id.in_(few if len(few) <= ENOUGH else found)


def counts(line: Line) -> Mapping[str, int]:
    """People of each department that has any."""
    rows = [tuple(row) for row in line.all(COUNTS)]
    return dict(rows)


def _matches(line: Line, keyring: Keyring, text: str) -> list[Select[Any]]:
    """One sub-query for each thing that must match."""
    if not text.strip():
        return []
    by_identifier = select(person_identifier.c.subject_id).where(
        person_identifier.c.lookup.in_(keyring.lookups("identifier", text.strip()))
    )
    tokens = query_tokens(text)
    if not tokens:
        return [by_identifier]
    rarest, *others = _rarest_first(line, [keyring.lookups("name", token) for token in sorted(tokens)])
    by_name: Select[Any] = select(person_token.c.subject_id).where(person_token.c.token.in_(rarest))
    for other in others:
        also = person_token.alias()
        by_name = by_name.where(exists().where(also.c.subject_id == person_token.c.subject_id, also.c.token.in_(other)))
    return [select(by_identifier.union(by_name).subquery().c.subject_id)]


def _rarest_first(line: Line, hashes: list[Sequence[bytes]]) -> list[Sequence[bytes]]:
    """Whoever has the rarest part is looked at for the others: of a name that thousands have that is far fewer rows."""
    if len(hashes) < 2:
        return hashes
    some = [select(person_token.c.token).where(person_token.c.token.in_(one)).limit(ENOUGH) for one in hashes]
    many = [len(line.all(one)) for one in some]
    return [hashes[index] for index in sorted(range(len(hashes)), key=many.__getitem__)]
