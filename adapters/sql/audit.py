"""The audit log in SQL: outbox, sequencer, search.

An event is written to `outbox` in the transaction of what it tells. One sequencer at a time (the lock is the
database's) moves events in order into `audit_event`, appends their hashes to the tree and signs a checkpoint, batch by
batch, each in one transaction; then the checkpoint is copied outside the database, so that a log that was cut shows.

Obeys RFC 9162 §2.1 and C2SP tlog-checkpoint through `idp.audit`. Verification is there, not here; typed reasons beside
the rows are sealed by `audit_reason.py`.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    bindparam,
    delete,
    insert,
    literal,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.sealing import Keyring, Purpose
from adapters.sql.audit_reason import ADD, outbox_row, reason_of
from adapters.sql.database import Database
from adapters.sql.line import Line, WriteLine
from adapters.sql.quick import Quick
from adapters.sql.tables import audit_checkpoint, audit_event, audit_key, outbox, person_key
from idp.audit.checkpoint import CheckpointRejected, VerifierKey, parse
from idp.audit.leaf import Row, stamp
from idp.audit.log import StoredCheckpoint, append, seal
from idp.audit.reason import COMMITMENT, Reason
from idp.audit.tree import Frontier
from idp.errors import Unavailable
from idp.events import Event
from idp.ports import AuditRow, ReasonState

BATCH = 256
BATCHES = 40
PAGE = 1000
SEQUENCER = 0x6765726567650001
"""The advisory lock's number on PostgreSQL."""
TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:number) AS mine")
WAITING = Quick(select(outbox).order_by(outbox.c.id).limit(BATCH))
ANY_WAITING = Quick(select(outbox.c.id).limit(1))
MOVED = Quick(delete(outbox).where(outbox.c.id.in_([bindparam(f"id{place}") for place in range(BATCH)])))
"""A whole batch: what is left of a smaller one is filled with its last row."""
APPEND = Quick(insert(audit_event))
LATEST = Quick(select(audit_checkpoint).order_by(audit_checkpoint.c.size.desc()).limit(1))
SEAL = Quick(insert(audit_checkpoint))
NOTES = select(audit_checkpoint).where(audit_checkpoint.c.size > bindparam("size"))
NOTES = NOTES.order_by(audit_checkpoint.c.size).limit(PAGE)
ROWS = select(audit_event).where(audit_event.c.seq > bindparam("seq")).order_by(audit_event.c.seq).limit(PAGE)
REASONS = (
    select(audit_event.c.seq, audit_event.c.body, audit_event.c.reason, audit_event.c.subject_id, person_key.c.wrapped)
    .outerjoin(person_key, person_key.c.subject_id == audit_event.c.subject_id)
    .where(audit_event.c.seq > bindparam("seq"))
    .where(or_(audit_event.c.reason.is_not(None), audit_event.c.body.contains(f'"{COMMITMENT}":', autoescape=True)))
    .order_by(audit_event.c.seq)
    .limit(PAGE)
)
"""Rows that have a reason, or should have one."""
KEY = select(audit_key).where(audit_key.c.id == 1)
PRIVATE = ("audit_key", "private", "1")


class SqlAudit:
    """`idp.ports.AuditLog`. `outside` is where the last checkpoint is kept apart from the database."""

    def __init__(self, database: Database, keyring: Keyring, outside: Path, origin: str) -> None:
        self._database, self._keyring, self._outside = database, keyring, outside
        self._name, self._private = self._key(origin)
        self._published = -1

    def vkey(self) -> str:
        """The log's public key, as C2SP writes it: derived from the sealed private key, so nobody can swap it."""
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
        exact = {"name": name, "subject_id": subject_id, "client_id": client_id, "reference": reference}

        def wanted(table: Any) -> list[ColumnElement[bool]]:
            equal = [table.c[column] == value for column, value in exact.items() if value is not None]
            after = [table.c.at >= stamp(since)] if since else []
            return equal + after + ([table.c.at < stamp(until)] if until else [])

        done = select(audit_event.c.seq.label("place"), literal(1).label("sequenced"), *_shown(audit_event))
        done = done.where(*wanted(audit_event))
        if before_seq is not None:
            older = done.where(audit_event.c.seq < before_seq).order_by(audit_event.c.seq.desc()).limit(limit)
            return self._found(older)
        newest = done.order_by(audit_event.c.seq.desc()).limit(limit).subquery()
        waiting = select(
            outbox.c.id.label("place"),
            literal(0).label("sequenced"),
            outbox.c.at,
            outbox.c.name,
            outbox.c.body,
            null().cast(LargeBinary).label("leaf_hash"),
            outbox.c.reason,
            outbox.c.subject_id,
        )
        waits = waiting.where(*wanted(outbox)).order_by(outbox.c.id.desc()).limit(limit).subquery()
        # One statement, so that an event which moves meanwhile is seen once.
        both = union_all(select(newest), select(waits)).subquery()
        return self._found(select(both).order_by(both.c.sequenced, both.c.place.desc()).limit(limit))

    def _found(self, statement: Select[Any]) -> list[AuditRow]:
        """The rows of a page, with the reasons that can be read and are what was written."""
        page = statement.subquery()
        rows = select(page, person_key.c.wrapped).outerjoin(person_key, person_key.c.subject_id == page.c.subject_id)
        rows = rows.order_by(page.c.sequenced, page.c.place.desc())
        return [_audit_row(row, reason_of(self._keyring, row)) for row in self._database.reads.all(rows)]

    def rows(self) -> Iterator[AuditRow]:
        for row in self.stored_rows():
            yield AuditRow(row.seq, datetime.fromisoformat(row.at), row.name, row.body, row.leaf_hash)

    def stored_rows(self) -> Iterator[Row]:
        """The rows byte for byte, for verification."""
        last = 0
        while page := self._database.reads.all(ROWS, seq=last):
            for row in page:
                yield Row(row.seq, row.at, row.name, row.body, row.leaf_hash)
            last = page[-1].seq

    def reasons(self) -> Iterator[tuple[int, ReasonState]]:
        """What became of each sequenced row's reason, by seq; rows without one are left out."""
        last = 0
        while page := self._database.reads.all(REASONS, seq=last):
            for row in page:
                yield row.seq, reason_of(self._keyring, row).state
            last = page[-1].seq

    def checkpoints(self) -> Sequence[str]:
        return [stored.note for stored in self.stored_checkpoints()]

    def stored_checkpoints(self) -> Iterator[StoredCheckpoint]:
        """Notes with their frontiers, oldest first."""
        last = -1
        while page := self._database.reads.all(NOTES, size=last):
            for row in page:
                yield StoredCheckpoint(row.note, row.frontier)
            last = page[-1].size

    def sequence(self) -> int:
        moved = 0
        for _ in range(BATCHES):
            if self._database.reads.one(ANY_WAITING) is None:
                break
            with self._database.write() as line:
                count = self._sequence_batch(line)
            moved += count
            if count < BATCH:
                break
        self._publish()
        return moved

    def _sequence_batch(self, line: WriteLine) -> int:
        if not self._database.is_sqlite:  # on SQLite the transaction itself is the lock
            lock = line.one(TRY_LOCK, number=SEQUENCER)
            if lock is None or not lock.mine:
                return 0
        waiting = line.all(WAITING)
        if not waiting:
            return 0
        latest = line.one(LATEST)
        frontier = Frontier() if latest is None else Frontier.from_bytes(latest.frontier)
        line.write(APPEND, [_append(frontier, row) for row in waiting])
        moved = [row.id for row in waiting] + [waiting[-1].id] * (BATCH - len(waiting))
        line.write(MOVED, {f"id{place}": number for place, number in enumerate(moved)})
        sealed = seal(frontier, self._verifier(), self._private.sign)
        line.write(SEAL, {"size": frontier.size, "note": sealed.note, "frontier": sealed.frontier})
        return len(waiting)

    def _publish(self) -> None:
        """Copies the last checkpoint outside; never an older one over a newer: that would hide that the log was cut."""
        latest = self._database.reads.one(LATEST)
        if latest is None or latest.size == self._published:
            return
        try:
            with one_at_a_time(self._outside):
                outside = self._size_outside()
                latest = self._database.reads.one(LATEST)  # again, after the file: so it can only be newer
                if latest is None or outside > latest.size:
                    told = f"{self._outside} tells of {outside} rows, and the log has fewer: it was cut or restored"
                    raise Unavailable("audit", told)
                replace_file(self._outside, latest.note.encode())
        except OSError as error:
            raise Unavailable("audit", f"{self._outside}: {error.strerror}") from error
        self._published = latest.size

    def _size_outside(self) -> int:
        """How many rows the checkpoint outside tells of; 0 when there is none yet. Raises OSError, Unavailable."""
        try:
            return parse(self._outside.read_text(encoding="utf-8").rpartition("\n\n")[0] + "\n").size
        except FileNotFoundError:
            return 0
        except (UnicodeDecodeError, CheckpointRejected) as error:
            raise Unavailable("audit", f"{self._outside}: {error}") from error

    def _verifier(self) -> VerifierKey:
        return VerifierKey(self._name, self._private.public_key().public_bytes_raw())

    def _key(self, origin: str) -> tuple[str, Ed25519PrivateKey]:
        """The log's name and key, made at first start by whoever is first."""
        row = self._database.reads.one(KEY)
        if row is None:
            raw = Ed25519PrivateKey.generate().private_bytes_raw()
            sealed = self._keyring.seal(raw, row=PRIVATE, purpose=Purpose.SIGNING_KEY)
            with self._database.write() as line:
                line.write(upsert(audit_key).on_conflict_do_nothing(), {"id": 1, "name": origin, "private": sealed})
            row = self._database.reads.one(KEY)
        if row is None:
            raise Unavailable("audit", "the log's key cannot be kept")
        raw = self._keyring.open(row.private, row=PRIVATE, purpose=Purpose.SIGNING_KEY)
        return row.name, Ed25519PrivateKey.from_private_bytes(raw)


def record(line: Line, keyring: Keyring, event: Event, at: datetime) -> None:
    """Puts an event into this transaction. Raises Unavailable when it cannot be written: then nothing is."""
    try:
        line.write(ADD, outbox_row(line, keyring, event, at))
    except Unavailable as error:
        raise Unavailable("audit", error.detail) from error


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Among all processes of this machine. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Whole or not at all, also when the power fails. Raises OSError."""
    partial = path.with_name(f".{path.name}.new")
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _append(frontier: Frontier, waiting: Any) -> dict[str, Any]:
    row = append(frontier, datetime.fromisoformat(waiting.at), waiting.name, waiting.body)
    written = {"seq": row.seq, "at": row.at, "name": row.name, "body": row.body, "leaf_hash": row.leaf_hash}
    beside = {"subject_id": waiting.subject_id, "client_id": waiting.client_id, "reference": waiting.reference}
    return {**written, "reason": waiting.reason, **beside}


def _shown(table: Any) -> tuple[Any, ...]:
    return table.c.at, table.c.name, table.c.body, table.c.leaf_hash, table.c.reason, table.c.subject_id


def _audit_row(row: Any, reason: Reason) -> AuditRow:
    at = datetime.fromisoformat(row.at)
    seq = int(row.place) if row.sequenced else None
    leaf = None if row.leaf_hash is None else bytes(row.leaf_hash)
    return AuditRow(seq, at, row.name, row.body, leaf, reason.text, reason.state)
