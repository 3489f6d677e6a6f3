"""Notices, delegations and models of authenticators in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.memory.tables import Tables, add, known
from idp.errors import Conflict
from idp.model import AuthenticatorModel, Delegation, Notice

CLAIM = timedelta(seconds=60)


class MemoryNotices:
    """`idp.ports.Notices`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def of(self, subject_id: str, since: datetime) -> Sequence[Notice]:
        kept = self._tables().notices.values()
        mine = [one for one in kept if one.subject_id == subject_id and one.created_at >= since]
        return sorted(mine, key=lambda one: (-one.created_at.timestamp(), one.id))

    def by_token(self, token_hash: str) -> Notice | None:
        return next((one for one in self._tables().notices.values() if one.token_hash == token_hash), None)

    def waiting(self) -> int:
        return sum(one.sent_at is None and one.next_at is not None for one in self._tables().notices.values())

    def add(self, notice: Notice) -> None:
        known(self._tables().people, notice.subject_id)
        if notice.token_hash is not None and self.by_token(notice.token_hash) is not None:
            raise Conflict("that link was given before")
        add(self._tables().notices, notice.id, replace(notice, next_at=notice.next_at or notice.created_at))

    def due(self, now: datetime, limit: int) -> Sequence[Notice]:
        kept = self._tables().notices
        waiting = [(one.next_at, one.id) for one in kept.values() if one.sent_at is None and one.next_at is not None]
        found = [kept[id_] for _, id_ in sorted(one for one in waiting if one[0] <= now)[:limit]]
        for one in found:
            kept[one.id] = replace(one, next_at=now + CLAIM)
        return found

    def settle(
        self, notice_id: str, *, sent_at: datetime | None, next_at: datetime | None, failure: str | None
    ) -> None:
        one = self._tables().notices.get(notice_id)
        if one is not None:
            settled = replace(one, attempts=one.attempts + 1, sent_at=sent_at, next_at=next_at, failure=failure)
            self._tables().notices[notice_id] = settled

    def forget(self, before: datetime) -> int:
        old = [one.id for one in self._tables().notices.values() if one.created_at < before]
        for key in old:
            del self._tables().notices[key]
        return len(old)

    def answer(self, token_hash: str, at: datetime) -> Notice | None:
        one = self.by_token(token_hash)
        if one is None or one.answered_at is not None:
            return None
        answered = self._tables().notices[one.id] = replace(one, answered_at=at)
        return answered


class MemoryDelegations:
    """`idp.ports.Delegations`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def get(self, delegation_id: str) -> Delegation | None:
        return self._tables().delegations.get(delegation_id)

    def given_by(self, principal_id: str) -> Sequence[Delegation]:
        return self._newest([one for one in self._kept() if one.principal_id == principal_id])

    def held_by(self, delegate_id: str) -> Sequence[Delegation]:
        return self._newest([one for one in self._kept() if one.delegate_id == delegate_id])

    def add(self, delegation: Delegation) -> None:
        known(self._tables().people, delegation.principal_id, delegation.delegate_id)
        add(self._tables().delegations, delegation.id, delegation)

    def end(self, delegation_id: str, at: datetime) -> bool:
        one = self.get(delegation_id)
        if one is None or one.ended_at is not None:
            return False
        self._tables().delegations[delegation_id] = replace(one, ended_at=at)
        return True

    def _kept(self) -> Sequence[Delegation]:
        return tuple(self._tables().delegations.values())

    def _newest(self, found: list[Delegation]) -> Sequence[Delegation]:
        return sorted(found, key=lambda one: (-one.created_at.timestamp(), one.id))


class MemoryModels:
    """`idp.ports.Models`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def get(self, aaguid: str) -> AuthenticatorModel | None:
        return self._tables().models.get(aaguid)

    def all(self) -> Sequence[AuthenticatorModel]:
        return sorted(self._tables().models.values(), key=lambda one: (one.name, one.aaguid))

    def put(self, model: AuthenticatorModel) -> None:
        self._tables().models[model.aaguid] = model
