"""Ways to run statements, and the one place where a driver's error becomes ours.

Reads run in autocommit on connections that are kept. Only a read whose connection was found dead is asked once more on
a new one; nothing else is tried again behind the caller's back. Deliberately not here: transactions (`database.py`).
"""

import sqlite3
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Executable, Row
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, TimeoutError

from adapters.sql.quick import Quick
from idp.errors import Conflict, IdpError, Unavailable

DRIVER_ERRORS = (DBAPIError, TimeoutError)
"""What the outside does to us; other errors of SQLAlchemy are mistakes of ours and stay what they are."""
FULL_OR_READ_ONLY = ("53100", "25006")
"""PostgreSQL: disk_full, read_only_sql_transaction. Spec: PostgreSQL documentation, appendix A."""


def refusal(error: SQLAlchemyError | sqlite3.Error) -> IdpError:
    """What a driver's error means. Where nothing can be written the audit log cannot be written either."""
    if isinstance(error, IntegrityError | sqlite3.IntegrityError):
        return Conflict(_first_line(error))
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, sqlite3.Error):
        code = getattr(origin, "sqlite_errorcode", None)
        full = code is not None and (code & 0xFF) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY)
    else:
        full = getattr(origin, "sqlstate", None) in FULL_OR_READ_ONLY
    return Unavailable("audit" if full else "store", _first_line(error))


def _first_line(error: SQLAlchemyError | sqlite3.Error) -> str:
    """The driver's sentence without statement and parameters: those may hold what must not be logged."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return f"{type(origin).__name__}: {str(origin).splitlines()[0] if str(origin) else ''}"


Statement = Executable | Quick


class Line:
    """A way to run statements. `Tx` lines write; reading lines refuse to."""

    writes = False

    def run(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        raise NotImplementedError

    def one(self, statement: Statement, **parameters: Any) -> Row[Any] | None:
        raise NotImplementedError

    def all(self, statement: Statement, **parameters: Any) -> Sequence[Row[Any]]:
        raise NotImplementedError

    def write(self, statement: Statement, parameters: Any = None) -> int:
        """How many rows it changed."""
        raise RuntimeError("this changes something: call it on a transaction (`with truth.begin() as tx`)")


class WriteLine(Line):
    """Inside one transaction."""

    writes = True

    def __init__(self, connection: Connection) -> None:
        self._connection, self._sqlite = connection, sqlite_of(connection)

    def run(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        try:
            return self._connection.execute(statement, parameters)
        except DRIVER_ERRORS as error:
            raise refusal(error) from error

    def one(self, statement: Statement, **parameters: Any) -> Row[Any] | None:
        rows = self.all(statement, **parameters)
        return rows[0] if rows else None

    def all(self, statement: Statement, **parameters: Any) -> Sequence[Row[Any]]:
        if not isinstance(statement, Quick):
            return self.run(statement, parameters).all()
        if self._sqlite is None:
            return self.run(statement.statement, parameters).all()
        try:
            return statement.rows(self._sqlite, parameters)
        except sqlite3.Error as error:
            raise refusal(error) from error

    def write(self, statement: Statement, parameters: Any = None) -> int:
        if not isinstance(statement, Quick):
            return self.run(statement, parameters).rowcount
        if self._sqlite is None:
            return self.run(statement.statement, parameters).rowcount
        try:
            return statement.change(self._sqlite, parameters)
        except sqlite3.Error as error:
            raise refusal(error) from error


class ReadLine(Line):
    """Autocommit on kept connections: each call borrows one, so there are as many as calls at one time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Connection] = deque(maxlen=64)

    def one(self, statement: Statement, **parameters: Any) -> Row[Any] | None:
        rows = self.all(statement, **parameters)
        return rows[0] if rows else None

    def all(self, statement: Statement, **parameters: Any) -> Sequence[Row[Any]]:
        while True:
            connection, kept = self._borrow()
            try:
                rows = _rows(connection, statement, parameters)
            except (*DRIVER_ERRORS, sqlite3.Error) as error:
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


def _discard(connection: Connection) -> None:
    with suppress(SQLAlchemyError):
        connection.close()


def _rows(connection: Connection, statement: Statement, parameters: dict[str, Any]) -> Sequence[Row[Any]]:
    if not isinstance(statement, Quick):
        return connection.execute(statement, parameters).all()
    line = sqlite_of(connection)
    if line is None:
        return connection.execute(statement.statement, parameters).all()
    return statement.rows(line, parameters)


def sqlite_of(connection: Connection) -> sqlite3.Connection | None:
    """SQLite's own connection; None on another database."""
    found = connection.connection.driver_connection
    return found if isinstance(found, sqlite3.Connection) else None
