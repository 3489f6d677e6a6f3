"""Sets of saved recovery codes, in SQL: a code is spent by one conditional UPDATE; a set goes with its authenticator.
Deliberately not here: how a code is made or hashed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.tables import authenticator, recovery_code

AT = bindparam("at", type_=Moment())
_sets = (
    authenticator.c.subject_id == bindparam("subject"),
    authenticator.c.factor == "recovery",
    authenticator.c.disabled_at.is_(None),
)
REPLACE = update(authenticator).where(*_sets).values(disabled_at=AT)
_live = select(authenticator.c.id).where(*_sets)
SPEND = (
    update(recovery_code)
    .where(
        recovery_code.c.code_hash == bindparam("hash"),
        recovery_code.c.spent_at.is_(None),
        recovery_code.c.authenticator_id.in_(_live),
    )
    .values(spent_at=AT)
)
SET_OF = select(recovery_code.c.authenticator_id).where(recovery_code.c.code_hash == bindparam("hash"))
LEFT = (
    select(func.count())
    .select_from(recovery_code)
    .where(recovery_code.c.spent_at.is_(None), recovery_code.c.authenticator_id.in_(_live))
)


def replace(line: Line, subject_id: str, at: datetime) -> None:
    """The earlier set of this person is over."""
    line.write(REPLACE, {"subject": subject_id, "at": at})


def add(line: Line, authenticator_id: str, code_hashes: Sequence[str]) -> None:
    rows = [{"code_hash": one, "authenticator_id": authenticator_id, "spent_at": None} for one in code_hashes]
    line.write(insert(recovery_code), rows)


def spend(line: Line, subject_id: str, code_hash: str, at: datetime) -> str | None:
    """The authenticator of the set, for the one caller that spends a live code."""
    if line.write(SPEND, {"subject": subject_id, "hash": code_hash, "at": at}) != 1:
        return None
    row = line.one(SET_OF, hash=code_hash)
    return None if row is None else str(row.authenticator_id)


def left(line: Line, subject_id: str) -> int:
    row = line.one(LEFT, subject=subject_id)
    return 0 if row is None else int(row[0])
