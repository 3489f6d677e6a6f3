"""All of durable truth in memory, with transactions and the audit log."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.memory.authenticators import MemoryAuthenticators
from adapters.memory.desk import MemoryDesk, MemoryHistory, MemoryRegistry
from adapters.memory.directories import MemoryLinks, MemorySyncRuns
from adapters.memory.grants import MemoryGrants
from adapters.memory.hardware_tokens import MemoryHardwareTokens
from adapters.memory.people import MemoryPeople
from adapters.memory.sessions import MemorySessions
from adapters.memory.tables import Tables
from adapters.memory.telling import MemoryDelegations, MemoryModels, MemoryNotices
from idp.audit.checkpoint import VerifierKey
from idp.audit.leaf import SALT_BYTES, Row, canonical, stamp
from idp.audit.log import StoredCheckpoint, append, seal
from idp.audit.reason import COMMITMENT, committed, packed, read
from idp.audit.tree import Frontier
from idp.events import Event
from idp.model import Configuration
from idp.ports import AuditRow, ReasonState


class MemoryTx:
    """`idp.ports.Tx` on a copy of the tables."""

    def __init__(self, tables: Callable[[], Tables], now: Callable[[], datetime]) -> None:
        self._tables, self._now = tables, now
        self.people = MemoryPeople(tables)
        self.authenticators = MemoryAuthenticators(tables)
        self.sessions = MemorySessions(tables)
        self.grants = MemoryGrants(tables)
        self.history = MemoryHistory(tables)
        self.desk = MemoryDesk(tables)
        self.notices = MemoryNotices(tables)
        self.links = MemoryLinks(tables)
        self.runs = MemorySyncRuns(tables)
        self.delegations = MemoryDelegations(tables)
        self.models = MemoryModels(tables)
        self.tokens = MemoryHardwareTokens(tables)
        self.registry = MemoryRegistry(tables)

    def record(self, event: Event) -> None:
        """The time is now."""
        tables = self._tables()
        body: dict[str, Any] = event.body()
        if event.reason is not None:
            salt = os.urandom(SALT_BYTES)
            body = committed(body, event.reason, salt)
            tables.reasons[body[COMMITMENT]] = packed(event.reason, salt)
        tables.waiting.append(AuditRow(None, self._now(), event.name, canonical(body), None))


class MemoryTruth:
    """`idp.ports.Truth`. One transaction at a time; others wait."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self._tables = Tables()
        self._view = self._tables.view()
        self._lock = RLock()
        self._leases: dict[str, tuple[str, datetime]] = {}

        def tables() -> Tables:
            return self._view

        self.people = MemoryPeople(tables)
        self.authenticators = MemoryAuthenticators(tables)
        self.sessions = MemorySessions(tables)
        self.grants = MemoryGrants(tables)
        self.history = MemoryHistory(tables)
        self.desk = MemoryDesk(tables)
        self.notices = MemoryNotices(tables)
        self.links = MemoryLinks(tables)
        self.runs = MemorySyncRuns(tables)
        self.delegations = MemoryDelegations(tables)
        self.models = MemoryModels(tables)
        self.tokens = MemoryHardwareTokens(tables)
        self.audit = MemoryAudit(self)

    @contextmanager
    def begin(self) -> Iterator[MemoryTx]:
        with self._lock:
            copy = self._tables.copy()
            yield MemoryTx(lambda: copy, self.now)
            self._commit(copy)

    def _commit(self, tables: Tables) -> None:
        self._tables, self._view = tables, tables.view()

    def configuration(self, knowing: str | None = None) -> Configuration:
        kept = self._tables
        keys = tuple(sorted(kept.keys.values(), key=lambda key: (key.created_at, key.kid)))
        found = dict(kept.departments), dict(kept.clients), dict(kept.resources)
        return Configuration(kept.epoch, *found, keys, dict(kept.agreements), dict(kept.issuers))

    def record_soon(self, event: Event) -> None:
        with self.begin() as tx:
            tx.record(event)

    def lease(self, name: str, holder: str, now: datetime, for_: timedelta) -> bool:
        with self._lock:
            current, until = self._leases.get(name, (holder, now))
            if current != holder and until > now:
                return False
            self._leases[name] = (holder, now + for_)
            return True

    def ping(self) -> None:
        """Memory is there."""

    def close(self) -> None:
        """Nothing to let go of."""

    @contextmanager
    def sequencing(self) -> Iterator[list[AuditRow]]:
        """The events that wait, taken out when the block ends well."""
        with self._lock:
            copy = self._tables.copy()
            waiting, copy.waiting = copy.waiting, []
            yield waiting
            self._commit(copy)

    def waiting(self) -> Sequence[AuditRow]:
        return self._view.waiting

    def with_reason(self, row: AuditRow) -> AuditRow:
        """Whoever is no longer there took the reasons about them along."""
        told = orjson.loads(row.body)
        subject_id, kept = told.get("subject_id"), self._view.reasons.get(told.get(COMMITMENT, ""))
        there = subject_id is None or subject_id in self._view.people
        found = read(row.body, subject_id, kept, (lambda sealed, _: sealed) if there else None)
        return replace(row, reason=found.text, reason_state=found.state)


class MemoryAudit:
    """`idp.ports.AuditLog`."""

    def __init__(self, truth: MemoryTruth) -> None:
        self._truth = truth
        self._frontier, self._key = Frontier(), Ed25519PrivateKey.generate()
        self._rows: list[AuditRow] = []
        self._checkpoints: list[StoredCheckpoint] = []

    def vkey(self) -> str:
        """The log's public key, as C2SP writes it."""
        return str(self._verifier())

    def search(
        self,
        *,
        name: str | None = None,
        subject_id: str | None = None,
        client_id: str | None = None,
        reference: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before_seq: int | None = None,
        limit: int = 50,
    ) -> Sequence[AuditRow]:
        about = {"subject_id": subject_id, "client_id": client_id, "reference": reference}
        wanted = {key: value for key, value in about.items() if value is not None}

        def shown(row: AuditRow) -> bool:
            in_time = (since is None or row.at >= since) and (until is None or row.at < until)
            older = before_seq is None or (row.seq is not None and row.seq < before_seq)
            body = orjson.loads(row.body)
            return in_time and older and name in (None, row.name) and all(body.get(k) == v for k, v in wanted.items())

        found = [row for row in [*self._truth.waiting()[::-1], *self._rows[::-1]] if shown(row)][:limit]
        return [self._truth.with_reason(row) for row in found]

    def rows(self) -> Iterator[AuditRow]:
        yield from self._rows

    def stored_rows(self) -> Iterator[Row]:
        """The rows byte for byte, for verification."""
        for row in self._rows:
            yield Row(row.seq or 0, stamp(row.at), row.name, row.body, row.leaf_hash or b"")

    def reasons(self) -> Iterator[tuple[int, ReasonState]]:
        """What became of each sequenced row's reason, by seq; rows without one are left out."""
        for row in self._rows:
            state = self._truth.with_reason(row).reason_state
            if state is not ReasonState.NONE:
                yield row.seq or 0, state

    def checkpoints(self) -> Sequence[str]:
        return [stored.note for stored in self._checkpoints]

    def stored_checkpoints(self) -> Iterator[StoredCheckpoint]:
        """Notes with their frontiers, oldest first."""
        yield from self._checkpoints

    def sequence(self) -> int:
        with self._truth.sequencing() as waiting:
            for one in waiting:
                row = append(self._frontier, one.at, one.name, one.body)
                self._rows.append(AuditRow(row.seq, one.at, row.name, row.body, row.leaf_hash))
            if waiting:
                self._checkpoints.append(seal(self._frontier, self._verifier(), self._key.sign))
            return len(waiting)

    def _verifier(self) -> VerifierKey:
        return VerifierKey("memory/audit", self._key.public_key().public_bytes_raw())
