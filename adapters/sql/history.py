"""What people did and what they were told about it, in SQL.

Browser and system of a sign-in are sealed under the person's key; the population's counts are added up by day as
sign-ins are confirmed, so that nobody's row has to be opened to know how usual a value is.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.sealing import Keyring
from adapters.sql.columns import EPOCH, Moment
from adapters.sql.line import Line
from adapters.sql.person_key import KEY_OF, seal_of
from adapters.sql.quick import Quick
from adapters.sql.shape import Seal, Sealed, as_is
from adapters.sql.tables import decision_record, feature_count, person_key, sign_in
from idp.model import DecisionRecord, SignIn

SIGN_IN = Sealed(
    SignIn,
    sign_in,
    {"browser": as_is, "system": as_is, "factors": tuple, "city": as_is, "sid": as_is, "operator": as_is},
)
DECISION = Sealed(DecisionRecord, decision_record, {"question": as_is, "answer": as_is, "risk": as_is}, key="reference")
SIGN_INS = Quick(
    select(*SIGN_IN.with_key())
    .join(person_key, person_key.c.subject_id == sign_in.c.subject_id)
    .where(sign_in.c.subject_id == bindparam("subject"), sign_in.c.at >= bindparam("since", type_=Moment()))
    .order_by(sign_in.c.at.desc(), sign_in.c.id)
    .limit(bindparam("most"))
)
_mine = (sign_in.c.id == bindparam("one"), sign_in.c.subject_id == bindparam("subject"))
ANSWER = update(sign_in).where(*_mine).values(answered=bindparam("said"))
ONE = select(*SIGN_IN.with_key()).join(person_key, person_key.c.subject_id == sign_in.c.subject_id).where(*_mine)
POPULATION = Quick(
    select(feature_count.c.level, feature_count.c.value, func.sum(feature_count.c.count).label("total"))
    .where(feature_count.c.day >= bindparam("day"))
    .group_by(feature_count.c.level, feature_count.c.value)
)
DECISION_OF = select(*DECISION.columns).where(decision_record.c.reference == bindparam("reference"))
DECISIONS_OF = (
    select(*DECISION.with_key())
    .join(person_key, person_key.c.subject_id == decision_record.c.subject_id)
    .where(
        decision_record.c.subject_id == bindparam("subject"), decision_record.c.at >= bindparam("since", type_=Moment())
    )
    .order_by(decision_record.c.at.desc(), decision_record.c.reference)
    .limit(bindparam("most"))
)
_count = upsert(feature_count)
COUNT = Quick(
    _count.on_conflict_do_update(
        index_elements=[feature_count.c.day, feature_count.c.level, feature_count.c.value],
        set_={"count": feature_count.c.count + _count.excluded.count},
    )
)


ADD = Quick(insert(sign_in))


class SqlHistory:
    """`idp.ports.History`."""

    def __init__(self, line: Line, keyring: Keyring) -> None:
        self._line, self._keyring = line, keyring

    def sign_ins(self, subject_id: str, since: datetime, limit: int = 500) -> Sequence[SignIn]:
        rows = self._line.all(SIGN_INS, subject=subject_id, since=since, most=limit)
        return [SIGN_IN.read(self._keyring, row) for row in rows]

    def population(self, since: datetime) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for row in self._line.all(POPULATION, day=(since - EPOCH).days):
            found.setdefault(row.level, {})[row.value] = int(row.total)
        return found

    def decision(self, reference: str) -> DecisionRecord | None:
        row = self._line.one(DECISION_OF, reference=reference)
        if row is None:
            return None
        subject_id = row.subject_id
        key = self._line.one(KEY_OF, id=subject_id) if subject_id else None
        return DECISION.build(row, self._keyring if key is None else self._keyring.person(key.wrapped))

    def decisions(self, subject_id: str, since: datetime, limit: int = 500) -> Sequence[DecisionRecord]:
        rows = self._line.all(DECISIONS_OF, subject=subject_id, since=since, most=limit)
        return [DECISION.read(self._keyring, row) for row in rows]

    def answer(self, sign_in_id: str, subject_id: str, answer: Literal["mine", "not-mine"]) -> SignIn | None:
        mine = {"one": sign_in_id, "subject": subject_id}
        if self._line.write(ANSWER, {**mine, "said": answer}) != 1:
            return None
        row = self._line.one(ONE, **mine)
        return None if row is None else SIGN_IN.read(self._keyring, row)

    def add_sign_in(self, row: SignIn) -> None:
        self._line.write(ADD, SIGN_IN.values(row, seal_of(self._line, self._keyring, row.subject_id)))
        if row.confirmed:
            day = (row.at - EPOCH).days
            seen = [{"day": day, "level": level, "value": value, "count": 1} for level, value in features(row)]
            self._line.write(COUNT, seen)

    def add_decision(self, record: DecisionRecord) -> None:
        self._line.write(insert(decision_record), DECISION.values(record, self._seal_of(record.subject_id)))

    def forget(self, sign_ins_before: datetime, decisions_before: datetime) -> int:
        gone = self._line.write(delete(sign_in).where(sign_in.c.at < sign_ins_before))
        return gone + self._line.write(delete(decision_record).where(decision_record.c.at < decisions_before))

    def _seal_of(self, subject_id: str | None) -> Seal:
        if subject_id is None:
            return self._keyring
        key = self._line.one(KEY_OF, id=subject_id)
        return self._keyring if key is None else self._keyring.person(key.wrapped)


def features(row: SignIn) -> list[tuple[str, str]]:
    """(level, value) of what a sign-in showed, in one order, so that two transactions never wait for each other."""
    shown = {
        "asn": None if row.asn is None else str(row.asn),
        "browser": row.browser,
        "country": row.country,
        "device": row.device_hash,
        "network": row.network,
        "system": row.system,
    }
    return [(level, value) for level, value in shown.items() if value is not None]
