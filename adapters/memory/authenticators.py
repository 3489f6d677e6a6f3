"""Enrolled factors and one-time enrolment codes in memory."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.tables import Tables, add, known
from idp.errors import Conflict
from idp.model import FAILURES_CEILING, Authenticator, CodeKind, EnrolmentCode
from idp.secret import Secret


class MemoryAuthenticators:
    """`idp.ports.Authenticators`."""

    def __init__(self, tables: Callable[[], Tables]) -> None:
        self._tables = tables

    def of(self, subject_id: str) -> Sequence[Authenticator]:
        live = [one for one in self._tables().authenticators.values() if one.disabled_at is None]
        mine = [one for one in live if one.subject_id == subject_id]
        return sorted(mine, key=lambda one: (one.created_at, one.id))

    def by_credential_id(self, credential_id: str) -> Authenticator | None:
        live = [one for one in self._tables().authenticators.values() if one.disabled_at is None]
        return next((one for one in live if one.state.get("credential_id") == credential_id), None)

    def add(self, authenticator: Authenticator) -> None:
        known(self._tables().people, authenticator.subject_id)
        credential = authenticator.state.get("credential_id")
        if credential is not None and self.by_credential_id(str(credential)) is not None:
            raise Conflict("that key is enrolled already")
        add(self._tables().authenticators, authenticator.id, authenticator)

    def spend_step(self, authenticator_id: str, step: int, at: datetime) -> bool:
        return self._move(authenticator_id, "last_step", step, at)

    def move_counter(self, authenticator_id: str, counter: int, at: datetime) -> bool:
        one = self._live(authenticator_id)
        if counter == 0 and one is not None:
            return not one.state.get("counter") and self._move(authenticator_id, "counter", 0, at, again=True)
        return self._move(authenticator_id, "counter", counter, at)

    def _move(self, authenticator_id: str, name: str, value: int, at: datetime, *, again: bool = False) -> bool:
        one = self._live(authenticator_id)
        if one is None:
            return False
        seen = one.state.get(name)
        if isinstance(seen, int) and seen >= value and not again:
            return False
        state = {**one.state, name: value}
        self._tables().authenticators[authenticator_id] = replace(one, state=state, last_used_at=at, failures=0)
        return True

    def _live(self, authenticator_id: str) -> Authenticator | None:
        one = self._tables().authenticators.get(authenticator_id)
        return None if one is None or one.disabled_at is not None else one

    def count_by_model(self) -> dict[str, int]:
        live = [one for one in self._tables().authenticators.values() if one.disabled_at is None]
        return dict(Counter(one.aaguid for one in live if one.aaguid is not None))

    def change_secret(self, authenticator_id: str, secret: Secret[bytes]) -> None:
        one = self._live(authenticator_id)
        if one is not None:
            self._tables().authenticators[authenticator_id] = replace(one, secret=secret)

    def change(self, authenticator: Authenticator) -> None:
        one = self._live(authenticator.id)
        if one is not None:
            spent: dict[str, object] = {name: one.state[name] for name in ("last_step", "counter") if name in one.state}
            changed = replace(one, label=authenticator.label, state={**authenticator.state, **spent})
            self._tables().authenticators[one.id] = changed

    def used(self, authenticator_id: str, at: datetime) -> None:
        one = self._live(authenticator_id)
        if one is not None:
            self._tables().authenticators[one.id] = replace(one, last_used_at=at, failures=0)

    def count_failure(self, authenticator_id: str, at: datetime) -> bool:
        one = self._live(authenticator_id)
        if one is None:
            return False
        failed = self._tables().authenticators[one.id] = replace(one, failures=one.failures + 1)
        return failed.failures >= FAILURES_CEILING and self.remove(one.id, at)

    def holders(self, aaguids: Sequence[str]) -> Sequence[Authenticator]:
        live = [one for one in self._tables().authenticators.values() if one.disabled_at is None]
        return sorted((one for one in live if one.aaguid in aaguids), key=lambda one: (one.created_at, one.id))

    def add_recovery(self, authenticator: Authenticator, code_hashes: Sequence[str]) -> None:
        for one in self.of(authenticator.subject_id):
            if one.factor == "recovery":
                self.remove(one.id, authenticator.created_at)
        self.add(authenticator)
        for code_hash in code_hashes:
            add(self._tables().recovery_codes, code_hash, (authenticator.id, None))

    def spend_recovery(self, subject_id: str, code_hash: str, at: datetime) -> str | None:
        set_id, spent_at = self._tables().recovery_codes.get(code_hash, ("", None))
        one = self._live(set_id)
        if one is None or one.subject_id != subject_id or spent_at is not None:
            return None
        self._tables().recovery_codes[code_hash] = (set_id, at)
        self.used(set_id, at)
        return set_id

    def recovery_left(self, subject_id: str) -> int:
        mine = {one.id for one in self.of(subject_id)}
        kept = self._tables().recovery_codes.values()
        return sum(set_id in mine and spent_at is None for set_id, spent_at in kept)

    def remove(self, authenticator_id: str, at: datetime) -> bool:
        one = self._live(authenticator_id)
        if one is None:
            return False
        self._tables().authenticators[authenticator_id] = replace(one, disabled_at=at, secret=None)
        return True

    def add_code(self, code: EnrolmentCode) -> None:
        tables = self._tables()
        known(tables.people, code.subject_id)
        tables.void_codes |= {one.id for one in tables.codes.values() if one.subject_id == code.subject_id}
        add(tables.codes, code.id, code)

    def spend_code(self, subject_id: str, code_hash: str, at: datetime, kind: CodeKind) -> EnrolmentCode | None:
        tables = self._tables()
        for code in tables.codes.values():
            live = (
                code.spent_at is None and not code.waits and code.id not in tables.void_codes and code.expires_at > at
            )
            if live and (code.subject_id, code.code_hash, code.kind) == (subject_id, code_hash, kind):
                spent = tables.codes[code.id] = replace(code, spent_at=at)
                return spent
        return None

    def codes_of(self, subject_id: str, at: datetime) -> Sequence[EnrolmentCode]:
        tables = self._tables()
        mine = [one for one in tables.codes.values() if one.subject_id == subject_id and one.spent_at is None]
        live = [one for one in mine if one.id not in tables.void_codes and one.expires_at > at]
        return sorted(live, key=lambda one: (one.expires_at, one.id))

    def waiting_codes(self, at: datetime) -> Sequence[EnrolmentCode]:
        tables = self._tables()
        live = [one for one in tables.codes.values() if one.id not in tables.void_codes and one.expires_at > at]
        return sorted((one for one in live if one.waits), key=lambda one: (one.expires_at, one.id))

    def approve_code(self, code_id: str, by: str, at: datetime) -> EnrolmentCode | None:
        one = next((one for one in self.waiting_codes(at) if one.id == code_id), None)
        if one is None or one.created_by == by:
            return None
        approved = self._tables().codes[code_id] = replace(one, waits=False, approved_by=by)
        return approved

    def refuse_code(self, code_id: str, by: str, at: datetime) -> bool:
        one = next((one for one in self.waiting_codes(at) if one.id == code_id), None)
        if one is None or one.created_by == by:
            return False
        self._tables().void_codes |= {code_id}
        return True
