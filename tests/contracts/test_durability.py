"""What must hold when the world fails: a killed process, a full disk, another master key, a database that is away."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from adapters.sql.journal import Journal
from adapters.sql.truth import SqlTruth, WrongMasterKey
from idp.audit.verify import verify
from idp.errors import Unavailable
from idp.events import SessionEnded
from tests.support.stores import ALICE, PAYROLL, Clock, new_database, new_keyring, open_truth, session, settle

ROOT = Path(__file__).parents[2]
ENDED = SessionEnded(subject_id=ALICE.id, sid="sid-1", why="sign-out")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'gerege.sqlite'}"


@pytest.fixture
def truth(url: str, tmp_path: Path) -> Iterator[SqlTruth]:
    truth = open_truth(url, tmp_path)
    settle(truth)
    yield truth
    truth.close()


@pytest.mark.parametrize("part", ["sqlite", "postgres"])
def test_kill_9_loses_no_acknowledged_event(
    request: pytest.FixtureRequest, tmp_path: Path, url: str, part: str
) -> None:
    if part == "postgres":
        url = new_database(request.getfixturevalue("cluster"))
    truth = open_truth(url, tmp_path)
    settle(truth)
    truth.close()
    program = f"""
        from pathlib import Path
        from tests.support.stores import open_truth, session
        from idp.events import SessionEnded
        truth = open_truth({url!r}, Path({str(tmp_path)!r}))
        for number in range(100000):
            with truth.begin() as tx:
                tx.sessions.add(session(f"sid-{{number}}"))
                tx.record(SessionEnded(subject_id="s-alice", sid=f"sid-{{number}}", why="x"))
            print(number, flush=True)
            if number % 7 == 0:
                truth.audit.sequence()
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ}
    )
    assert child.stdout is not None
    acknowledged = [child.stdout.readline() for _ in range(40)]
    child.send_signal(signal.SIGKILL)
    acknowledged += child.stdout.readlines()
    child.wait()
    last = max(int(line) for line in acknowledged if line.endswith(b"\n"))
    assert last >= 39
    truth = open_truth(url, tmp_path)
    truth.audit.sequence()
    told = {row.body for row in truth.audit.rows()}
    for number in range(last + 1):
        assert f'{{"sid":"sid-{number}","subject_id":"s-alice","why":"x"}}' in told
        assert truth.sessions.by_sid(f"sid-{number}") is not None
    assert len(told) in (last + 1, last + 2)  # one more may have been committed and not told
    outside = (tmp_path / "checkpoint").read_text()
    assert outside == list(truth.audit.checkpoints())[-1]
    truth.close()


@contextmanager
def full_disk(truth: SqlTruth) -> Iterator[None]:
    """No new page fits into the database."""

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count=1")

    truth.database.turns.close()
    event.listen(truth.database.reader, "connect", limit)
    yield
    event.remove(truth.database.reader, "connect", limit)
    truth.database.turns.close()


def test_a_full_disk_stops_what_would_not_be_told(truth: SqlTruth) -> None:
    stopped = 0
    with full_disk(truth):
        for number in range(200):
            try:
                with truth.begin() as tx:
                    tx.sessions.add(session(f"sid-{number}"))
                    tx.record(replace(ENDED, sid=f"sid-{number}", why="y" * 500))
            except Unavailable as error:
                assert error.what == "audit"
                stopped += 1
    assert stopped > 100
    events = {row.body for row in truth.audit.search(limit=500)}
    for number in range(200):  # both, or neither
        session_there = truth.sessions.by_sid(f"sid-{number}") is not None
        assert session_there == any(f'"sid-{number}"' in body for body in events)
    with truth.begin() as tx:  # and it goes on when there is room again
        tx.sessions.add(session("after"))
        tx.record(ENDED)


def test_a_read_only_database_is_told_as_such(truth: SqlTruth) -> None:
    truth.database.turns.close()

    def forbid(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    event.listen(truth.database.reader, "connect", forbid)
    with pytest.raises(Unavailable) as refused, truth.begin() as tx:
        tx.record(ENDED)
    assert refused.value.what == "audit"
    with pytest.raises(Unavailable):
        truth.ping()
    assert truth.people.get(ALICE.id) == ALICE
    event.remove(truth.database.reader, "connect", forbid)
    truth.database.turns.close()


def test_another_master_key_is_told_and_opens_nothing(truth: SqlTruth, url: str, tmp_path: Path) -> None:
    with pytest.raises(WrongMasterKey) as wrong:
        open_truth(url, tmp_path, keyring=new_keyring(tmp_path, "other.key"))
    assert truth.keyring.current.id.hex() in str(wrong.value)
    assert "other.key" in str(wrong.value)


def test_nothing_personal_or_secret_stands_in_the_file(truth: SqlTruth, tmp_path: Path) -> None:
    with truth.begin() as tx:
        tx.sessions.add(session(browser="Browser-of-Alice"))
        tx.registry.put_client(PAYROLL)
    truth.close()
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("gerege.sqlite*"))
    assert b"s-alice" in raw
    for secret in ("Alice", "alice@mof", "陈爱丽", "Accountant", "3f7c0000-entry", "Browser-of-Alice"):
        assert secret.encode() not in raw, secret


def test_a_row_cannot_be_given_another_persons_sealed_columns(truth: SqlTruth) -> None:
    with truth.database.write() as line:
        line.run(
            text("UPDATE person SET sealed = (SELECT sealed FROM person WHERE id = 's-wang') WHERE id = 's-alice'")
        )
    with pytest.raises(Unavailable):
        truth.people.get(ALICE.id)


def test_a_destroyed_key_leaves_nobody_to_be_found(truth: SqlTruth) -> None:
    with truth.database.write() as line:
        line.run(text("DELETE FROM person_key WHERE subject_id = 's-alice'"))
    assert truth.people.get(ALICE.id) is None
    assert truth.people.find("alice", "mof") is None


def test_an_edited_row_is_named_by_verification(truth: SqlTruth) -> None:
    for number in range(6):
        with truth.begin() as tx:
            tx.record(replace(ENDED, sid=f"sid-{number}"))
    truth.audit.sequence()
    audit = truth.audit
    assert verify(audit.stored_rows(), audit.stored_checkpoints(), audit.vkey()).ok
    with truth.database.write() as line:
        line.run(text("UPDATE audit_event SET body = replace(body, 'sid-3', 'sid-9') WHERE seq = 4"))
    report = verify(audit.stored_rows(), audit.stored_checkpoints(), audit.vkey())
    assert not report.ok
    assert [finding.first for finding in report.findings] == [4]


def test_a_log_that_was_cut_is_not_covered_up(truth: SqlTruth, url: str, tmp_path: Path) -> None:
    for _ in range(3):
        with truth.begin() as tx:
            tx.record(ENDED)
        truth.audit.sequence()
    outside = (tmp_path / "checkpoint").read_text()
    with truth.database.write() as line:
        line.run(text("DELETE FROM audit_event WHERE seq > 1"))
        line.run(text("DELETE FROM audit_checkpoint WHERE size > 1"))
    again = open_truth(url, tmp_path)
    with pytest.raises(Unavailable) as cut:
        again.audit.sequence()
    assert cut.value.what == "audit"
    assert (tmp_path / "checkpoint").read_text() == outside
    again.close()


class Tick:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_configuration_outlives_a_database_that_is_away_for_a_minute(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick = Tick()
    keyring = new_keyring(tmp_path)
    mine = SqlTruth(url, keyring, checkpoint_file=tmp_path / "checkpoint", clock=tick)
    settle(mine)
    other = SqlTruth(url, keyring, checkpoint_file=tmp_path / "checkpoint")
    assert mine.configuration().clients["payroll"].grade == 1
    with other.begin() as tx:
        tx.registry.put_client(replace(PAYROLL, grade=3))
    assert mine.configuration().clients["payroll"].grade == 1  # within the second
    tick.seconds += 1.01
    assert mine.configuration().clients["payroll"].grade == 3
    with mine.begin() as tx:
        tx.registry.put_client(replace(PAYROLL, grade=4))
    assert mine.configuration().clients["payroll"].grade == 4  # our own at once

    def away(*_: Any, **__: Any) -> None:
        raise Unavailable("store", "away")

    monkeypatch.setattr(mine.database.reads, "all", away)
    tick.seconds += 30
    assert mine.configuration().clients["payroll"].grade == 4
    tick.seconds += 31
    with pytest.raises(Unavailable):
        mine.configuration()
    monkeypatch.undo()
    assert mine.configuration().clients["payroll"].grade == 4
    mine.close()
    other.close()


def test_a_journal_that_cannot_write_refuses_and_keeps_what_it_took(truth: SqlTruth) -> None:
    trouble, written = [True], []

    def write(batch: Any) -> None:
        if trouble[0]:
            raise Unavailable("audit", "disk full")
        written.extend(batch)

    journal = Journal(truth.database, write)
    refused = 0
    for number in range(20000):
        try:
            journal.put({"number": number})
        except Unavailable as error:
            assert error.what == "audit"
            refused += 1
            if refused > 10:
                break
    assert refused > 10
    trouble[0] = False
    journal.close()
    assert written[0] == {"number": 0}
    assert [row["number"] for row in written] == list(range(len(written)))


@pytest.mark.parametrize("part", ["postgres"])
def test_a_database_that_comes_back_is_used_again(cluster: str, tmp_path: Path, part: str) -> None:
    truth = open_truth(new_database(cluster), tmp_path)
    settle(truth)
    assert truth.people.get(ALICE.id) == ALICE
    with truth.database.write() as line:  # every other connection is cut, as by a restart
        line.run(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert truth.people.get(ALICE.id) == ALICE
    truth.close()


def test_a_database_that_nobody_answers_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as away:
        open_truth(f"postgresql+psycopg://nobody@/none?host={tmp_path}", tmp_path, now=Clock())
    assert away.value.what == "store"
