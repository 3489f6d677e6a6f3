"""Writers of SQLite who share a commit: each is durable when it returns, and undone alone when it fails."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.sql.database import Database
from idp.errors import Conflict, IdpError, Unavailable

ADD = text("INSERT INTO row VALUES (:number)")
AT_ONCE = 24


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path}/test.sqlite")
    with found.write() as line:
        line.run(text("CREATE TABLE row (number INTEGER PRIMARY KEY CHECK (number < 1000))"))
    yield found
    found.close()


def numbers(tmp_path: Path) -> set[int]:
    """As another process sees them: what is committed."""
    with sqlite3.connect(tmp_path / "test.sqlite") as other:
        return {row[0] for row in other.execute("SELECT number FROM row")}


def at_once(database: Database, tmp_path: Path, wanted: list[int]) -> tuple[set[int], set[int]]:
    """(told as written, told as refused); each was committed before it was told."""
    gate, written, refused, early = threading.Barrier(len(wanted)), set[int](), set[int](), list[int]()

    def work(number: int) -> None:
        gate.wait()
        try:
            with database.write() as line:
                line.write(ADD, {"number": number})
        except IdpError:
            refused.add(number)
        else:
            if number not in numbers(tmp_path):
                early.append(number)
            written.add(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert early == []
    return written, refused


def test_all_are_durable_when_they_return(database: Database, tmp_path: Path) -> None:
    wanted = list(range(AT_ONCE))
    assert at_once(database, tmp_path, wanted) == (set(wanted), set())
    assert numbers(tmp_path) == set(wanted)


def test_who_fails_is_undone_alone(database: Database, tmp_path: Path) -> None:
    """Every third breaks a rule of the table; the others' transactions, shared with it, stay."""
    wanted = [number + 1000 * (number % 3 == 0) for number in range(AT_ONCE)]
    good = {number for number in wanted if number < 1000}
    assert at_once(database, tmp_path, wanted) == (good, set(wanted) - good)
    assert numbers(tmp_path) == good


def test_what_a_failed_one_wrote_before_it_failed_is_gone(database: Database, tmp_path: Path) -> None:
    inside, go = threading.Event(), threading.Event()

    def first() -> None:
        with database.write() as line:
            line.write(ADD, {"number": 1})
            inside.set()
            go.wait(5)

    def second() -> None:
        with pytest.raises(Conflict), database.write() as line:
            line.write(ADD, {"number": 2})
            line.write(ADD, {"number": 1})  # it sees what is before it in the same commit

    threads = [threading.Thread(target=first)]
    threads[0].start()
    inside.wait(5)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join()
    assert numbers(tmp_path) == {1}


def test_a_commit_that_fails_failed_for_all(database: Database, tmp_path: Path) -> None:
    with database.write() as line:  # a deferred reference that cannot be kept is only seen by the commit
        line.run(text("CREATE TABLE child (number INTEGER REFERENCES row(number) DEFERRABLE INITIALLY DEFERRED)"))
    inside, go, told = threading.Event(), threading.Event(), list[type[BaseException]]()

    def bad() -> None:
        try:
            with database.write() as line:
                line.run(text("INSERT INTO child VALUES (77)"))
                inside.set()
                go.wait(5)
        except IdpError as error:
            told.append(type(error))

    def good() -> None:
        try:
            with database.write() as line:
                line.write(ADD, {"number": 5})
        except IdpError as error:
            told.append(type(error))

    threads = [threading.Thread(target=bad), threading.Thread(target=good)]
    threads[0].start()
    inside.wait(5)
    threads[1].start()
    while not database.turns._waiting:
        inside.wait(0.001)
    go.set()
    for thread in threads:
        thread.join()
    assert told in ([Conflict, Conflict], [Unavailable, Unavailable])
    assert numbers(tmp_path) == set()
    with database.write() as line:  # and it goes on
        line.write(ADD, {"number": 6})
    assert numbers(tmp_path) == {6}
