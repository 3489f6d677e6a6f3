"""Connections and transactions.

Reads run in autocommit on connections that are kept, writes in one transaction each: BEGIN IMMEDIATE on SQLite (one
writer, in turn, `turns.py`), READ COMMITTED with conditional statements on PostgreSQL. A commit returns when it is
durable (`synchronous=FULL`). Nothing that failed on a lock or a serialisation error is tried again behind the caller's
back.
"""

import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from adapters.sql.line import DRIVER_ERRORS, ReadLine, WriteLine, refusal
from adapters.sql.turns import Turns
from idp.errors import Unavailable

BUSY_MILLISECONDS = 5000
WRITE_WAIT_SECONDS = 5.0


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
        self.turns = Turns(self.reader.connect)
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
        with self.turns.write() as line:
            yield line

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
        self.turns = Turns(self.reader.connect)

    def close(self) -> None:
        self.turns.close()
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


_forked: weakref.WeakSet[Database] = weakref.WeakSet()


def _forget_all() -> None:
    for database in list(_forked):
        database.forget()


os.register_at_fork(after_in_child=_forget_all)
