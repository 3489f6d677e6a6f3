"""Enrolled factors and one-time enrolment codes, in SQL.

"Spent" is one conditional UPDATE each; its row count tells the loser. Seeds and password hashes are sealed under the
person's key, apart from what verification remembers. A passkey is found by a keyed hash of its credential id.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, bindparam, func, insert, or_, select, update

from adapters.sealing import Keyring
from adapters.sql import recovery
from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.person_key import exact, seal_of
from adapters.sql.quick import Quick
from adapters.sql.shape import Open
from adapters.sql.tables import authenticator, enrolment_code, person_key
from idp.model import FAILURES_CEILING, Authenticator, CodeKind, EnrolmentCode
from idp.secret import Secret

CODE = Open(EnrolmentCode, enrolment_code)
AT = bindparam("at", type_=Moment())

_live = (
    select(authenticator, person_key.c.wrapped)
    .join(person_key, person_key.c.subject_id == authenticator.c.subject_id)
    .where(authenticator.c.disabled_at.is_(None))
)
OF = Quick(
    _live.where(authenticator.c.subject_id == bindparam("id")).order_by(authenticator.c.created_at, authenticator.c.id)
)
BY_CREDENTIAL = _live.where(authenticator.c.credential_lookup.in_(bindparam("lookups", expanding=True)))
_mine = update(authenticator).where(
    authenticator.c.id == bindparam("authenticator"), authenticator.c.disabled_at.is_(None)
)
_one = _mine.values(last_used_at=AT, failures=0)
COUNT_FAILURE = _mine.values(failures=authenticator.c.failures + 1)
HOLDERS = _live.where(authenticator.c.aaguid.in_(bindparam("models", expanding=True))).order_by(
    authenticator.c.created_at, authenticator.c.id
)
BY_MODEL = (
    select(authenticator.c.aaguid, func.count().label("many"))
    .where(authenticator.c.aaguid.is_not(None), authenticator.c.disabled_at.is_(None))
    .group_by(authenticator.c.aaguid)
)
SPEND_STEP = Quick(
    _one.where(or_(authenticator.c.last_step.is_(None), authenticator.c.last_step < bindparam("step"))).values(
        last_step=bindparam("step")
    )
)
MOVE_COUNTER = _one.where(or_(authenticator.c.counter.is_(None), authenticator.c.counter < bindparam("count"))).values(
    counter=bindparam("count")
)
KEEPS_NO_COUNTER = _one.where(or_(authenticator.c.counter.is_(None), authenticator.c.counter == 0))
_over = {"disabled_at": AT, "secret": None, "credential_lookup": None}
REMOVE = _mine.values(_over)
REMOVE_FAILED = _mine.where(authenticator.c.failures >= FAILURES_CEILING).values(_over)
VOID_CODES = (
    update(enrolment_code)
    .where(enrolment_code.c.subject_id == bindparam("subject"), enrolment_code.c.spent_at.is_(None))
    .values(void=True)
)
SPEND_CODE = (
    update(enrolment_code)
    .where(
        enrolment_code.c.subject_id == bindparam("subject"),
        enrolment_code.c.code_hash == bindparam("hash"),
        enrolment_code.c.kind == bindparam("sort"),
        enrolment_code.c.spent_at.is_(None),
        enrolment_code.c.void.is_(False),
        enrolment_code.c.waits.is_(False),
        enrolment_code.c.expires_at > AT,
    )
    .values(spent_at=AT)
)
SPENT_CODE = (
    select(*CODE.columns)
    .where(enrolment_code.c.subject_id == bindparam("subject"), enrolment_code.c.code_hash == bindparam("hash"))
    .where(enrolment_code.c.spent_at == AT)
)
WAITING_CODES = (
    select(*CODE.columns)
    .where(enrolment_code.c.waits.is_(True), enrolment_code.c.void.is_(False), enrolment_code.c.expires_at > AT)
    .order_by(enrolment_code.c.expires_at, enrolment_code.c.id)
)
CODES_OF = (
    select(*CODE.columns)
    .where(
        enrolment_code.c.subject_id == bindparam("subject_id"),
        enrolment_code.c.spent_at.is_(None),
        enrolment_code.c.void.is_(False),
        enrolment_code.c.expires_at > AT,
    )
    .order_by(enrolment_code.c.expires_at, enrolment_code.c.id)
)
_decided_by_another = update(enrolment_code).where(
    enrolment_code.c.id == bindparam("code"),
    enrolment_code.c.waits.is_(True),
    enrolment_code.c.void.is_(False),
    enrolment_code.c.created_by != bindparam("by"),
    enrolment_code.c.expires_at > AT,
)
APPROVE_CODE = _decided_by_another.values(waits=False, approved_by=bindparam("by"))
REFUSE_CODE = _decided_by_another.values(void=True)
CODE_OF = select(*CODE.columns).where(enrolment_code.c.id == bindparam("code"))


class SqlAuthenticators:
    """`idp.ports.Authenticators`. Removed ones are not found again; their secret is destroyed."""

    def __init__(self, line: Line, keyring: Keyring) -> None:
        self._line, self._keyring = line, keyring

    def of(self, subject_id: str) -> Sequence[Authenticator]:
        return [self._read(row) for row in self._line.all(OF, id=subject_id)]

    def by_credential_id(self, credential_id: str) -> Authenticator | None:
        row = self._line.one(BY_CREDENTIAL, lookups=self._keyring.lookups("credential", exact(credential_id)))
        return None if row is None else self._read(row)

    def add(self, authenticator_: Authenticator) -> None:
        one = authenticator_
        seal = seal_of(self._line, self._keyring, one.subject_id)
        state = dict(one.state)
        last_step, counter = state.pop("last_step", None), state.pop("counter", None)
        credential = state.get("credential_id")
        sealed = orjson.dumps({"label": one.label, "state": state})
        values = {
            "id": one.id,
            "subject_id": one.subject_id,
            "factor": one.factor,
            "bound_acr": one.bound_acr,
            "bound_by": one.bound_by,
            "created_at": one.created_at,
            "last_used_at": one.last_used_at,
            "disabled_at": one.disabled_at,
            "last_step": last_step,
            "counter": counter,
            "aaguid": one.aaguid,
            "failures": one.failures,
            "credential_lookup": self._keyring.lookup("credential", exact(str(credential))) if credential else None,
            "secret": seal.seal(one.secret.reveal(), row=_secret_row(one.id)) if one.secret is not None else None,
            "sealed": seal.seal(sealed, row=_sealed_row(one.id)),
        }
        self._line.write(insert(authenticator), values)

    def spend_step(self, authenticator_id: str, step: int, at: datetime) -> bool:
        return self._line.write(SPEND_STEP, {"authenticator": authenticator_id, "step": step, "at": at}) == 1

    def move_counter(self, authenticator_id: str, counter: int, at: datetime) -> bool:
        if counter == 0:  # a key that once counted and now does not is a copy (WebAuthn §7.2)
            return self._line.write(KEEPS_NO_COUNTER, {"authenticator": authenticator_id, "at": at}) == 1
        return self._line.write(MOVE_COUNTER, {"authenticator": authenticator_id, "count": counter, "at": at}) == 1

    def change_secret(self, authenticator_id: str, secret: Secret[bytes]) -> None:
        owner = self._line.one(select(authenticator.c.subject_id).where(authenticator.c.id == authenticator_id))
        if owner is None:
            return
        seal = seal_of(self._line, self._keyring, owner.subject_id)
        sealed = seal.seal(secret.reveal(), row=_secret_row(authenticator_id))
        self._line.write(
            update(authenticator)
            .where(authenticator.c.id == authenticator_id, authenticator.c.disabled_at.is_(None))
            .values(secret=sealed)
        )

    def change(self, authenticator_: Authenticator) -> None:
        seal = seal_of(self._line, self._keyring, authenticator_.subject_id)
        kept = {name: value for name, value in authenticator_.state.items() if name not in ("last_step", "counter")}
        sealed = seal.seal(
            orjson.dumps({"label": authenticator_.label, "state": kept}), row=_sealed_row(authenticator_.id)
        )
        self._line.write(_mine.values(sealed=sealed), {"authenticator": authenticator_.id})

    def used(self, authenticator_id: str, at: datetime) -> None:
        self._line.write(_one, {"authenticator": authenticator_id, "at": at})

    def count_failure(self, authenticator_id: str, at: datetime) -> bool:
        mine = {"authenticator": authenticator_id}
        return self._line.write(COUNT_FAILURE, mine) == 1 and self._line.write(REMOVE_FAILED, {**mine, "at": at}) == 1

    def holders(self, aaguids: Sequence[str]) -> Sequence[Authenticator]:
        return [self._read(row) for row in self._line.all(HOLDERS, models=list(aaguids))]

    def count_by_model(self) -> dict[str, int]:
        return {str(row.aaguid): int(row.many) for row in self._line.all(BY_MODEL)}

    def add_recovery(self, authenticator_: Authenticator, code_hashes: Sequence[str]) -> None:
        recovery.replace(self._line, authenticator_.subject_id, authenticator_.created_at)
        self.add(authenticator_)
        recovery.add(self._line, authenticator_.id, code_hashes)

    def spend_recovery(self, subject_id: str, code_hash: str, at: datetime) -> str | None:
        spent = recovery.spend(self._line, subject_id, code_hash, at)
        if spent is not None:
            self.used(spent, at)
        return spent

    def recovery_left(self, subject_id: str) -> int:
        return recovery.left(self._line, subject_id)

    def remove(self, authenticator_id: str, at: datetime) -> bool:
        return self._line.write(REMOVE, {"authenticator": authenticator_id, "at": at}) == 1

    def add_code(self, code: EnrolmentCode) -> None:
        self._line.write(VOID_CODES, {"subject": code.subject_id})
        self._line.write(insert(enrolment_code), {**CODE.values(code), "void": False})

    def spend_code(self, subject_id: str, code_hash: str, at: datetime, kind: CodeKind) -> EnrolmentCode | None:
        spent = {"subject": subject_id, "hash": code_hash, "at": at}
        if self._line.write(SPEND_CODE, {**spent, "sort": kind}) != 1:
            return None
        row = self._line.one(SPENT_CODE, **spent)
        return None if row is None else CODE.build(row)

    def codes_of(self, subject_id: str, at: datetime) -> Sequence[EnrolmentCode]:
        return [CODE.build(row) for row in self._line.all(CODES_OF, subject_id=subject_id, at=at)]

    def waiting_codes(self, at: datetime) -> Sequence[EnrolmentCode]:
        return [CODE.build(row) for row in self._line.all(WAITING_CODES, at=at)]

    def approve_code(self, code_id: str, by: str, at: datetime) -> EnrolmentCode | None:
        if self._line.write(APPROVE_CODE, {"code": code_id, "by": by, "at": at}) != 1:
            return None
        row = self._line.one(CODE_OF, code=code_id)
        return None if row is None else CODE.build(row)

    def refuse_code(self, code_id: str, by: str, at: datetime) -> bool:
        return self._line.write(REFUSE_CODE, {"code": code_id, "by": by, "at": at}) == 1

    def _read(self, row: Row[Any]) -> Authenticator:
        seal = self._keyring.person(row.wrapped)
        opened = orjson.loads(seal.open(row.sealed, row=_sealed_row(row.id)))
        remembered = {"last_step": row.last_step, "counter": row.counter}
        state = opened["state"] | {name: value for name, value in remembered.items() if value is not None}
        secret = None if row.secret is None else Secret(seal.open(row.secret, row=_secret_row(row.id)))
        return Authenticator(
            row.id,
            row.subject_id,
            row.factor,
            opened["label"],
            secret,
            state,
            row.bound_acr,
            row.bound_by,
            row.created_at,
            row.last_used_at,
            row.disabled_at,
            row.aaguid,
            row.failures,
        )


def _sealed_row(authenticator_id: str) -> tuple[str, ...]:
    return ("authenticator", "sealed", authenticator_id)


def _secret_row(authenticator_id: str) -> tuple[str, ...]:
    return ("authenticator", "secret", authenticator_id)
