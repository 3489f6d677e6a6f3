"""All of durable truth on one SQL database: the stores, transactions over them, and what guards the whole.

The configuration snapshot is kept in this process and read again when its epoch moves: at once after a change of our
own, else within a second. While the database is away the last one is believed for a minute, then nothing is.
What was not looked at for longer than that second, in an idle process, is not handed out before it is confirmed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from sqlalchemy import bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite compiles the same ON CONFLICT

from adapters.master_key import SealingError
from adapters.sealing import Keyring
from adapters.sql.audit import SqlAudit, record
from adapters.sql.audit_reason import outbox_row
from adapters.sql.authenticators import SqlAuthenticators
from adapters.sql.columns import Moment
from adapters.sql.database import Database
from adapters.sql.desk import SqlDesk
from adapters.sql.grants import SqlGrants
from adapters.sql.hardware_tokens import SqlHardwareTokens
from adapters.sql.history import SqlHistory
from adapters.sql.journal import Journal
from adapters.sql.line import WriteLine
from adapters.sql.links import SqlLinks
from adapters.sql.migrate import migrate
from adapters.sql.people import SqlPeople
from adapters.sql.quick import Quick
from adapters.sql.registry import SqlRegistry, number, read_configuration
from adapters.sql.sessions import SqlSessions
from adapters.sql.sync_runs import SqlSyncRuns
from adapters.sql.tables import canary, epoch, lease
from adapters.sql.telling import SqlDelegations, SqlModels, SqlNotices
from idp.errors import Unavailable
from idp.events import Event
from idp.model import Configuration

LOOK_AGAIN_SECONDS = 0.5
STALE_SECONDS = 1.0
BELIEVED_SECONDS = 60.0
CANARY = ("canary", "sealed", "1")
SONG = b"gerege"
_mine = upsert(lease).values(
    name=bindparam("name"), holder=bindparam("holder"), until=bindparam("until", type_=Moment())
)
LEASE = Quick(
    _mine.on_conflict_do_update(
        index_elements=[lease.c.name],
        set_={"holder": _mine.excluded.holder, "until": _mine.excluded.until},
        where=or_(lease.c.until <= bindparam("at", type_=Moment()), lease.c.holder == _mine.excluded.holder),
    ).execution_options(preserve_rowcount=True)
)


class WrongMasterKey(SealingError):
    """This database was sealed with another master key."""


class SqlTx:
    """`idp.ports.Tx`: the stores on one transaction."""

    def __init__(self, truth: "SqlTruth", line: WriteLine) -> None:
        self._line, self._now, self._keyring = line, truth.now, truth.keyring
        self.configured = False
        keyring = truth.keyring
        self.people = SqlPeople(line, keyring, truth.lineage)
        self.authenticators = SqlAuthenticators(line, keyring)
        self.sessions = SqlSessions(line, keyring)
        self.grants = SqlGrants(line, keyring)
        self.history = SqlHistory(line, keyring)
        self.desk = SqlDesk(line, keyring)
        self.notices = SqlNotices(line, keyring)
        self.links = SqlLinks(line, keyring)
        self.runs = SqlSyncRuns(line)
        self.delegations = SqlDelegations(line, keyring)
        self.models = SqlModels(line)
        self.tokens = SqlHardwareTokens(line, keyring)
        self.registry = SqlRegistry(line, keyring, self._configure)

    def record(self, event: Event) -> None:
        """Into this transaction; the time is now."""
        record(self._line, self._keyring, event, self._now())

    def _configure(self) -> None:
        self.configured = True


class SqlTruth:
    """`idp.ports.Truth`. Opening it migrates the schema and proves the master key."""

    def __init__(
        self,
        url: str,
        keyring: Keyring,
        *,
        checkpoint_file: Path,
        origin: str = "gerege/audit",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
            url: SQLAlchemy's, sqlite:///file or postgresql+psycopg://…
            origin: the audit log's name, kept from the first start on.
            clock: seconds, monotonic.
        Raises:
            WrongMasterKey: the database was sealed with a key that is not here.
            Unavailable: it cannot be reached or written.
        """
        self.database, self.keyring, self.now, self._clock = Database(url), keyring, now, clock
        migrate(self.database)
        prove_master_key(self.database, keyring)
        reads = self.database.reads
        self.people = SqlPeople(reads, keyring, self.lineage)
        self.authenticators = SqlAuthenticators(reads, keyring)
        self.sessions = SqlSessions(reads, keyring)
        self.grants = SqlGrants(reads, keyring)
        self.history = SqlHistory(reads, keyring)
        self.desk = SqlDesk(reads, keyring)
        self.notices = SqlNotices(reads, keyring)
        self.links = SqlLinks(reads, keyring)
        self.runs = SqlSyncRuns(reads)
        self.delegations = SqlDelegations(reads, keyring)
        self.models = SqlModels(reads)
        self.tokens = SqlHardwareTokens(reads, keyring)
        self.audit = SqlAudit(self.database, keyring, checkpoint_file, origin)
        self._journal = Journal(self.database)
        self._lock = Lock()
        self._configuration: Configuration | None = None
        self._confirmed_at = self._looked_at = -BELIEVED_SECONDS
        self._look_at = 0.0
        self._changes = 0

    @contextmanager
    def begin(self) -> Iterator[SqlTx]:
        with self.database.write() as line:
            tx = SqlTx(self, line)
            yield tx
        if tx.configured:
            self._changes += 1
            self._look_at = 0.0

    def configuration(self, knowing: str | None = None) -> Configuration:
        current = self._in_force()
        if knowing is None or knowing in current.clients:
            return current
        with self._lock:
            now, away = self._clock(), self._confirmed_at != self._looked_at
            return self._believed(self._configuration, now) if away and now < self._look_at else self._look(now)

    def _in_force(self) -> Configuration:
        current, now = self._configuration, self._clock()
        if current is not None and now < self._look_at:
            return current
        # One thread looks; the others go on with the snapshot that is being confirmed, unless it is an old one.
        stale = current is None or self._look_at == 0.0 or now - self._looked_at > STALE_SECONDS
        if not self._lock.acquire(blocking=stale):
            return self._believed(current, now)
        try:
            if self._clock() < self._look_at:  # whoever was before us has looked
                return self._believed(self._configuration, now)
            return self._look(now)
        finally:
            self._lock.release()

    def _look(self, now: float) -> Configuration:
        current, changes = self._configuration, self._changes
        try:
            if current is None or number(self.database.reads) != current.epoch:
                current = read_configuration(self.database.reads, self.keyring)
        except Unavailable:
            now = self._clock()  # a database that is away may take its time: else all would queue up to ask it
            self._looked_at, self._look_at = now, now + LOOK_AGAIN_SECONDS
            return self._believed(current, now)
        self._configuration, self._confirmed_at, self._looked_at = current, now, now
        if changes == self._changes:  # else a change of our own came meanwhile, and the next caller looks again
            self._look_at = now + LOOK_AGAIN_SECONDS
        return current

    def _believed(self, current: Configuration | None, now: float) -> Configuration:
        if current is None or now - self._confirmed_at > BELIEVED_SECONDS:
            raise Unavailable("store", "the configuration cannot be read")
        return current

    def lineage(self, department_id: str) -> tuple[str, ...]:
        """The department and all above it, nearest first."""
        return self.configuration().lineage(department_id)

    def record_soon(self, event: Event) -> None:
        self._journal.put(outbox_row(self.database.reads, self.keyring, event, self.now()))

    def lease(self, name: str, holder: str, now: datetime, for_: timedelta) -> bool:
        mine = {"name": name, "holder": holder, "until": now + for_, "at": now}
        with self.database.write() as line:
            return line.write(LEASE, mine) == 1

    def ping(self) -> None:
        self.lease("ping", "anyone", self.now(), timedelta(0))

    def close(self) -> None:
        """Writes what waits, lets go of the connections."""
        self._journal.close()
        self.database.close()


def prove_master_key(database: Database, keyring: Keyring) -> None:
    """Opens the sealed row that the first start left. Raises WrongMasterKey."""
    row = database.reads.one(select(canary).where(canary.c.id == 1))
    if row is None:
        first = {"id": 1, "key_id": keyring.current.id.hex(), "sealed": keyring.seal(SONG, row=CANARY)}
        with database.write() as line:
            line.write(upsert(canary).on_conflict_do_nothing(), first)
            line.write(upsert(epoch).on_conflict_do_nothing(), {"id": 1, "number": 0})
        row = database.reads.one(select(canary).where(canary.c.id == 1))
    try:
        if row is not None and keyring.open(row.sealed, row=CANARY) == SONG:
            return
    except SealingError as error:
        raise _wrong_key(row.key_id if row else "?", keyring) from error
    raise _wrong_key(row.key_id if row else "?", keyring)


def _wrong_key(key_id: str, keyring: Keyring) -> WrongMasterKey:
    here = keyring.current.id.hex()
    fix = "Restore that key, or list it in keys.old_master_key_files; without it nothing sealed can be read."
    problem = f"the database was sealed with master key {key_id}, and this is {here}."
    return WrongMasterKey(problem, file=keyring.current.file, fix=fix)
