"""SQLite's one writer, taken in turn; those who wait for it share one commit.

A durable commit waits for the disk; on SQLite nobody else can write meanwhile. So whoever is done while others wait
hands the open transaction on, and all of them return when the last one's commit has reached the disk: nothing is told
before it is durable, and nobody waits for company that is not there. Each after the first works behind a savepoint:
what fails is undone alone. If the commit fails it failed for all. Spec: SQLite, lang_savepoint, isolation.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from adapters.sql.line import DRIVER_ERRORS, WriteLine, refusal, sqlite_of
from idp.errors import Unavailable

WAIT_SECONDS = 5.0
MOST = 64
LOOK_SECONDS = 0.02
"""After which whoever waits for a commit looks whether somebody is still going to make it."""


class _Group:
    """Transactions that are committed together."""

    def __init__(self) -> None:
        self.members = 0
        self.done = threading.Event()
        self.error: sqlite3.Error | None = None


class Turns:
    """Transactions on one connection, which `connect` opens in autocommit."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._turn, self._counting = threading.Lock(), threading.Lock()
        self._waiting = 0
        self._open: _Group | None = None

    @contextmanager
    def write(self) -> Iterator[WriteLine]:
        """One transaction. Leaving the block returns when it is durable. Raises Unavailable, Conflict."""
        self._take_turn()
        try:
            connection, group = self._join()
        except BaseException:
            self._turn.release()
            raise
        try:
            yield WriteLine(connection)
        except BaseException:
            self._undo(connection, group)
            raise
        self._leave(connection, group)
        while not group.done.wait(LOOK_SECONDS):
            self._commit_forgotten(connection, group)
        if group.error is not None:
            raise refusal(group.error) from group.error

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()

    def _take_turn(self) -> None:
        with self._counting:
            self._waiting += 1
        try:
            if not self._turn.acquire(timeout=WAIT_SECONDS):
                raise Unavailable("store", "waited too long for the turn to write")
        finally:
            with self._counting:
                self._waiting -= 1

    def _join(self) -> tuple[Connection, _Group]:
        try:
            connection = self._connection = self._connection or self._connect()
            _say(connection, "BEGIN IMMEDIATE" if self._open is None else "SAVEPOINT mine")
        except (*DRIVER_ERRORS, sqlite3.Error) as error:
            if self._open is None:
                self.close()
            raise refusal(error) from error
        group = self._open = self._open or _Group()
        group.members += 1
        return connection, group

    def _undo(self, connection: Connection, group: _Group) -> None:
        """What this one did, and nothing of the others."""
        group.members -= 1
        try:
            if group.members:
                _say(connection, "ROLLBACK TO mine")
                self._leave(connection, group)
            else:
                _say(connection, "ROLLBACK")
                self._open = None
                self._turn.release()
        except sqlite3.Error as error:
            self._end(group, error)

    def _leave(self, connection: Connection, group: _Group) -> None:
        """To whoever waits; else it is committed now."""
        if self._waiting and group.members < MOST:
            self._turn.release()
            return
        try:
            _say(connection, "COMMIT")
        except sqlite3.Error as error:
            self._end(group, error)
        else:
            self._end(group, None)

    def _end(self, group: _Group, error: sqlite3.Error | None) -> None:
        self._open, group.error = None, error
        if error is not None and self._connection is not None:
            with suppress(sqlite3.Error):
                _say(self._connection, "ROLLBACK")
            self.close()
        self._turn.release()
        group.done.set()

    def _commit_forgotten(self, connection: Connection, group: _Group) -> None:
        """Whoever was waited for has given up."""
        if self._turn.acquire(blocking=False):
            if self._open is group:
                self._leave(connection, group)
            else:
                self._turn.release()


def _say(connection: Connection, words: str) -> None:
    """One of SQLite's own words about transactions. Raises sqlite3.Error."""
    line = sqlite_of(connection)
    if line is None:
        raise TypeError("turns are for SQLite")
    line.execute(words)
