"""Connections and transactions, and the one place where a driver's error becomes ours.

Reads run in autocommit on connections that are kept, writes in one transaction each: BEGIN IMMEDIATE on SQLite (one
writer, in turn), READ COMMITTED with conditional statements on PostgreSQL. A commit returns when it is durable
(`synchronous=FULL`). Nothing that failed on a lock or a serialisation error is tried again behind the caller's back;
only a read whose connection was found dead is asked once more on a new one.
"""

import os
import sqlite3
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Executable, Row, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, TimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from idp.errors import Conflict, IdpError, Unavailable

DRIVER_ERRORS = (DBAPIError, TimeoutError)
"""What the outside does to us; other errors of SQLAlchemy are mistakes of ours and stay what they are."""
BUSY_MILLISECONDS = 5000
WRITE_WAIT_SECONDS = 5.0
FULL_OR_READ_ONLY = ("53100", "25006")
"""PostgreSQL: disk_full, read_only_sql_transaction. Spec: PostgreSQL documentation, appendix A."""


def refusal(error: SQLAlchemyError) -> IdpError:
    """What a driver's error means. Where nothing can be written the audit log cannot be written either."""
    if isinstance(error, IntegrityError):
        return Conflict(_first_line(error))
    origin = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(origin, sqlite3.Error):
        code = getattr(origin, "sqlite_errorcode", None)
        full = code is not None and (code & 0xFF) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY)
    else:
        full = getattr(origin, "sqlstate", None) in FULL_OR_READ_ONLY
    return Unavailable("audit" if full else "store", _first_line(error))


def _first_line(error: SQLAlchemyError) -> str:
    """The driver's sentence without statement and parameters: those may hold what must not be logged."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return f"{type(origin).__name__}: {str(origin).splitlines()[0] if str(origin) else ''}"


class Line:
    """A way to run statements. `Tx` lines write; reading lines refuse to."""

    writes = False

    def run(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        raise NotImplementedError

    def one(self, statement: Executable, **parameters: Any) -> Row[Any] | None:
        raise NotImplementedError

    def all(self, statement: Executable, **parameters: Any) -> Sequence[Row[Any]]:
        raise NotImplementedError

    def write(self, statement: Executable, parameters: Any = None) -> int:
        """How many rows it changed."""
        raise RuntimeError("this changes something: call it on a transaction (`with truth.begin() as tx`)")


class WriteLine(Line):
    """Inside one transaction."""

    writes = True

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        try:
            return self._connection.execute(statement, parameters)
        except DRIVER_ERRORS as error:
            raise refusal(error) from error

    def one(self, statement: Executable, **parameters: Any) -> Row[Any] | None:
        return self.run(statement, parameters).first()

    def all(self, statement: Executable, **parameters: Any) -> Sequence[Row[Any]]:
        return self.run(statement, parameters).all()

    def write(self, statement: Executable, parameters: Any = None) -> int:
        return self.run(statement, parameters).rowcount


class ReadLine(Line):
    """Autocommit on kept connections: each call borrows one, so there are as many as calls at one time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Connection] = deque(maxlen=64)

    def one(self, statement: Executable, **parameters: Any) -> Row[Any] | None:
        rows = self.all(statement, **parameters)
        return rows[0] if rows else None

    def all(self, statement: Executable, **parameters: Any) -> Sequence[Row[Any]]:
        while True:
            connection, kept = self._borrow()
            try:
                rows = connection.execute(statement, parameters).all()
            except DRIVER_ERRORS as error:
                _discard(connection)
                if kept and isinstance(error, DBAPIError) and error.connection_invalidated:
                    continue  # the server went away since it was last used; reading twice harms nobody
                raise refusal(error) from error
            self._idle.append(connection)
            return rows

    def _borrow(self) -> tuple[Connection, bool]:
        try:
            return self._idle.pop(), True
        except IndexError:
            pass
        try:
            return self._engine.connect(), False
        except DRIVER_ERRORS as error:
            raise refusal(error) from error

    def forget(self) -> None:
        """After a fork: the parent's connections are the parent's."""
        self._idle = deque(maxlen=64)

    def close(self) -> None:
        while self._idle:
            _discard(self._idle.pop())


def _make_private(file: Path) -> None:
    """The owner's alone from its first byte; SQLite gives its journal the mode of the file."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise Unavailable("store", f"{file}: {error.strerror}") from error


class Database:
    """One database: `reads` outside transactions, `write()` inside one."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database:
            _make_private(Path(self.url.database))
        options: dict[str, Any] = {"connect_args": self._connect_arguments()}
        self.writer = create_engine(url, pool_size=16, max_overflow=16, pool_timeout=WRITE_WAIT_SECONDS, **options)
        self.reader = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", **options)
        if self.is_sqlite:
            for engine in (self.writer, self.reader):
                event.listen(engine, "connect", _sqlite_pragmas)
            event.listen(self.writer, "begin", _sqlite_begin)
        self.reads = ReadLine(self.reader)
        self._turn = threading.Lock()
        _forked.add(self)

    def _connect_arguments(self) -> dict[str, Any]:
        if self.is_sqlite:
            return {"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000}
        return {"connect_timeout": 5}

    @contextmanager
    def write(self) -> Iterator[WriteLine]:
        """One transaction. Leaving the block commits; an exception rolls back. Raises Unavailable, Conflict."""
        if not self.is_sqlite:
            with self._transaction() as line:
                yield line
            return
        # SQLite has one writer: waiting here is fair and quick, polling the file's lock is neither.
        if not self._turn.acquire(timeout=WRITE_WAIT_SECONDS):
            raise Unavailable("store", "waited too long for the turn to write")
        try:
            with self._transaction() as line:
                yield line
        finally:
            self._turn.release()

    @contextmanager
    def _transaction(self) -> Iterator[WriteLine]:
        try:
            connection = self.writer.connect()
        except DRIVER_ERRORS as error:
            raise refusal(error) from error
        try:
            try:
                transaction = connection.begin()
            except DRIVER_ERRORS as error:
                raise refusal(error) from error
            try:
                yield WriteLine(connection)
            except BaseException:
                with suppress(SQLAlchemyError):
                    transaction.rollback()
                raise
            try:
                transaction.commit()
            except DRIVER_ERRORS as error:
                with suppress(SQLAlchemyError):
                    transaction.rollback()
                raise refusal(error) from error
        finally:
            with suppress(SQLAlchemyError):
                connection.close()

    def forget(self) -> None:
        self.reads.forget()
        self.reader.dispose(close=False)
        self.writer.dispose(close=False)
        self._turn = threading.Lock()

    def close(self) -> None:
        self.reads.close()
        self.reader.dispose()
        self.writer.dispose()


def _sqlite_pragmas(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun by us, never by the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # IMMEDIATE: what is read inside a transaction cannot change before it writes.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _discard(connection: Connection) -> None:
    with suppress(SQLAlchemyError):
        connection.close()


_forked: weakref.WeakSet[Database] = weakref.WeakSet()


def _forget_all() -> None:
    for database in list(_forked):
        database.forget()


os.register_at_fork(after_in_child=_forget_all)
