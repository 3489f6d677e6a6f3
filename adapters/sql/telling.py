"""What people are told, whom they let act for them, and which models of authenticators are trusted, in SQL."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.sealing import Keyring
from adapters.sql.columns import Moment
from adapters.sql.line import Line
from adapters.sql.person_key import seal_of
from adapters.sql.quick import Quick
from adapters.sql.shape import Open, Sealed, as_is
from adapters.sql.tables import authenticator_model, delegation, notice, person_key
from idp.model import AuthenticatorModel, Delegation, Notice

CLAIM = timedelta(seconds=60)
"""How long one process has for a letter that it took before another may try it."""
MOMENT = bindparam("moment", type_=Moment())
NOTICE = Sealed(Notice, notice, {"params": as_is})
DELEGATION = Sealed(Delegation, delegation, {"reason": as_is})
MODEL = Open(AuthenticatorModel, authenticator_model)

_notices = select(*NOTICE.with_key()).join(person_key, person_key.c.subject_id == notice.c.subject_id)
NOTICES_OF = _notices.where(notice.c.subject_id == bindparam("subject"), notice.c.created_at >= MOMENT).order_by(
    notice.c.created_at.desc(), notice.c.id
)
BY_TOKEN = _notices.where(notice.c.token_hash == bindparam("token"))
_unsent = (notice.c.sent_at.is_(None), notice.c.next_at.is_not(None))
WAITING = select(func.count()).select_from(notice).where(*_unsent)
DUE = Quick(
    _notices.where(*_unsent, notice.c.next_at <= MOMENT)
    .order_by(notice.c.next_at, notice.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=notice)
)
SETTLE = (
    update(notice)
    .where(notice.c.id == bindparam("letter"))
    .values(
        attempts=notice.c.attempts + 1,
        sent_at=bindparam("sent", type_=Moment()),
        next_at=bindparam("again", type_=Moment()),
        failure=bindparam("why"),
    )
)
ANSWER = (
    update(notice)
    .where(notice.c.token_hash == bindparam("token"), notice.c.answered_at.is_(None))
    .values(answered_at=MOMENT)
)

_of_principal = person_key.c.subject_id == delegation.c.principal_id
_delegations = select(*DELEGATION.with_key()).join(person_key, _of_principal)
_newest = (delegation.c.created_at.desc(), delegation.c.id)
DELEGATION_OF = Quick(_delegations.where(delegation.c.id == bindparam("delegation")))
GIVEN_BY = _delegations.where(delegation.c.principal_id == bindparam("subject")).order_by(*_newest)
HELD_BY = Quick(_delegations.where(delegation.c.delegate_id == bindparam("subject")).order_by(*_newest))
END = (
    update(delegation)
    .where(delegation.c.id == bindparam("delegation"), delegation.c.ended_at.is_(None))
    .values(ended_at=MOMENT)
)

MODELS = select(*MODEL.columns).order_by(authenticator_model.c.name, authenticator_model.c.aaguid)
MODEL_OF = select(*MODEL.columns).where(authenticator_model.c.aaguid == bindparam("model"))
_put = upsert(authenticator_model)
PUT = _put.on_conflict_do_update(
    index_elements=[authenticator_model.c.aaguid],
    set_={name: getattr(_put.excluded, name) for name in MODEL.names if name != "aaguid"},
)


class SqlNotices:
    """`idp.ports.Notices`. What a letter names is sealed under its person's key."""

    def __init__(self, line: Line, keyring: Keyring) -> None:
        self._line, self._keyring = line, keyring

    def of(self, subject_id: str, since: datetime) -> Sequence[Notice]:
        rows = self._line.all(NOTICES_OF, subject=subject_id, moment=since)
        return [NOTICE.read(self._keyring, row) for row in rows]

    def by_token(self, token_hash: str) -> Notice | None:
        row = self._line.one(BY_TOKEN, token=token_hash)
        return None if row is None else NOTICE.read(self._keyring, row)

    def waiting(self) -> int:
        row = self._line.one(WAITING)
        return 0 if row is None else int(row[0])

    def add(self, notice_: Notice) -> None:
        queued = replace(notice_, next_at=notice_.next_at or notice_.created_at)
        self._line.write(insert(notice), NOTICE.values(queued, seal_of(self._line, self._keyring, notice_.subject_id)))

    def due(self, now: datetime, limit: int) -> Sequence[Notice]:
        found = [NOTICE.read(self._keyring, row) for row in self._line.all(DUE, moment=now, most=limit)]
        if found:
            mine = notice.c.id.in_([one.id for one in found])
            self._line.write(update(notice).where(mine).values(next_at=now + CLAIM))
        return found

    def settle(
        self, notice_id: str, *, sent_at: datetime | None, next_at: datetime | None, failure: str | None
    ) -> None:
        self._line.write(SETTLE, {"letter": notice_id, "sent": sent_at, "again": next_at, "why": failure})

    def forget(self, before: datetime) -> int:
        return self._line.write(delete(notice).where(notice.c.created_at < before))

    def answer(self, token_hash: str, at: datetime) -> Notice | None:
        if self._line.write(ANSWER, {"token": token_hash, "moment": at}) != 1:
            return None
        return self.by_token(token_hash)


class SqlDelegations:
    """`idp.ports.Delegations`. The reason is sealed under the principal's key."""

    def __init__(self, line: Line, keyring: Keyring) -> None:
        self._line, self._keyring = line, keyring

    def get(self, delegation_id: str) -> Delegation | None:
        row = self._line.one(DELEGATION_OF, delegation=delegation_id)
        return None if row is None else DELEGATION.read(self._keyring, row)

    def given_by(self, principal_id: str) -> Sequence[Delegation]:
        return [DELEGATION.read(self._keyring, row) for row in self._line.all(GIVEN_BY, subject=principal_id)]

    def held_by(self, delegate_id: str) -> Sequence[Delegation]:
        return [DELEGATION.read(self._keyring, row) for row in self._line.all(HELD_BY, subject=delegate_id)]

    def add(self, delegation_: Delegation) -> None:
        seal = seal_of(self._line, self._keyring, delegation_.principal_id)
        self._line.write(insert(delegation), DELEGATION.values(delegation_, seal))

    def end(self, delegation_id: str, at: datetime) -> bool:
        return self._line.write(END, {"delegation": delegation_id, "moment": at}) == 1


class SqlModels:
    """`idp.ports.Models`. Nothing here is personal."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def get(self, aaguid: str) -> AuthenticatorModel | None:
        row = self._line.one(MODEL_OF, model=aaguid)
        return None if row is None else _opened(MODEL.build(row))

    def all(self) -> Sequence[AuthenticatorModel]:
        return [_opened(MODEL.build(row)) for row in self._line.all(MODELS)]

    def put(self, model: AuthenticatorModel) -> None:
        told = [b64encode(root).decode() for root in model.roots]
        self._line.write(PUT, {**MODEL.values(model), "roots": told})


def _opened(model: AuthenticatorModel) -> AuthenticatorModel:
    return replace(model, roots=tuple(b64decode(root) for root in model.roots))
