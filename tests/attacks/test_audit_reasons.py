"""Whoever can write the database changes, swaps, adds or takes away reasons: named, and never shown as true."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from adapters.sql.truth import SqlTruth
from idp.audit.leaf import SALT_BYTES, commit
from idp.audit.reason import packed
from idp.audit.verify import verify
from idp.events import DepartmentChanged, PersonDisabled, SessionEnded
from idp.ports import ReasonState
from tests.support.stores import ALICE, WANG, open_truth, settle

TYPED = ("left the ministry", "transferred", "reorganised")
LIE = "asked for it herself"


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[SqlTruth]:
    """Rows 1 and 2 are about Alice, 3 about Wang, 4 about no person, 5 has no reason."""
    made = open_truth(f"sqlite:///{tmp_path / 'gerege.sqlite'}", tmp_path)
    settle(made)
    with made.begin() as tx:
        for subject, reason in ((ALICE, TYPED[0]), (ALICE, TYPED[1]), (WANG, TYPED[1])):
            tx.record(PersonDisabled(subject_id=subject.id, by="s-boss", disabled=True, reason=reason))
        tx.record(DepartmentChanged(department_id="mof", by="s-boss", what="changed", reason=TYPED[2]))
        tx.record(SessionEnded(subject_id=ALICE.id, why="sign-out"))
    made.audit.sequence()
    yield made
    made.close()


def write(truth: SqlTruth, statement: str, *values: Any) -> None:
    with sqlite3.connect(str(truth.database.reader.url.database)) as connection:
        assert connection.execute(statement, values).rowcount >= 1


def column(truth: SqlTruth, name: str, seq: int) -> Any:
    with sqlite3.connect(str(truth.database.reader.url.database)) as connection:
        return connection.execute(f"SELECT {name} FROM audit_event WHERE seq = ?", (seq,)).fetchone()[0]


def put(truth: SqlTruth, seq: int, sealed: bytes | None) -> None:
    write(truth, "UPDATE audit_event SET reason = ? WHERE seq = ?", sealed, seq)


def named(truth: SqlTruth) -> list[tuple[str, int | None]]:
    audit = truth.audit
    report = verify(audit.stored_rows(), audit.stored_checkpoints(), audit.vkey(), reasons=audit.reasons())
    assert report.ok == (not report.findings)
    assert all(one.first == one.last and f"row {one.first}" in str(one) for one in report.findings)
    return [(str(one.kind), one.first) for one in report.findings]


def shown(truth: SqlTruth, seq: int) -> tuple[str | None, ReasonState]:
    (row,) = truth.audit.search(before_seq=seq + 1, limit=1)
    return row.reason, row.reason_state


def test_untouched_reasons_hold(truth: SqlTruth) -> None:
    assert named(truth) == []
    assert [shown(truth, seq)[0] for seq in (1, 2, 3, 4, 5)] == [TYPED[0], TYPED[1], TYPED[1], TYPED[2], None]


@pytest.mark.parametrize("seq", [1, 4])
@pytest.mark.parametrize("place", [0, 1, 5, 20, -1])
def test_an_edited_reason(truth: SqlTruth, seq: int, place: int) -> None:
    sealed = bytearray(column(truth, "reason", seq))
    sealed[place] ^= 1
    put(truth, seq, bytes(sealed))
    assert named(truth) == [("reason_changed", seq)]
    assert shown(truth, seq) == (None, ReasonState.CHANGED)


@pytest.mark.parametrize("sealed", [b"", b"x", os.urandom(120)])
def test_rubbish_in_its_place(truth: SqlTruth, sealed: bytes) -> None:
    put(truth, 1, sealed)
    assert named(truth) == [("reason_changed", 1)]
    assert shown(truth, 1) == (None, ReasonState.CHANGED)


@pytest.mark.parametrize(("one", "other"), [(1, 2), (1, 3), (2, 3), (3, 4)])
def test_swapped_reasons(truth: SqlTruth, one: int, other: int) -> None:
    """Also between two rows of one person, and between two that say the same."""
    first, second = column(truth, "reason", one), column(truth, "reason", other)
    put(truth, one, second)
    put(truth, other, first)
    assert named(truth) == [("reason_changed", one), ("reason_changed", other)]
    assert shown(truth, one) == shown(truth, other) == (None, ReasonState.CHANGED)


@pytest.mark.parametrize("seq", [1, 4])
def test_a_reason_that_was_taken_away(truth: SqlTruth, seq: int) -> None:
    put(truth, seq, None)
    assert named(truth) == [("reason_removed", seq)]
    assert shown(truth, seq) == (None, ReasonState.REMOVED)


@pytest.mark.parametrize("owner", ["s-nobody", WANG.id, None])
def test_taken_away_and_made_to_look_deleted(truth: SqlTruth, owner: str | None) -> None:
    """Whose reason it is stands in the leaf: a column that says otherwise deletes nothing."""
    write(truth, "UPDATE audit_event SET reason = NULL, subject_id = ? WHERE seq = 1", owner)
    assert named(truth) == [("reason_changed", 1)]
    assert shown(truth, 1) == (None, ReasonState.CHANGED)


def test_a_reason_for_a_row_that_had_none(truth: SqlTruth) -> None:
    put(truth, 5, column(truth, "reason", 1))
    assert named(truth) == [("reason_changed", 5)]
    assert shown(truth, 5) == (None, ReasonState.CHANGED)


def reseal(truth: SqlTruth, seq: int, reason: str, commitment: str, salt: bytes) -> None:
    """By somebody who has the master key too."""
    with sqlite3.connect(str(truth.database.reader.url.database)) as connection:
        (wrapped,) = connection.execute("SELECT wrapped FROM person_key WHERE subject_id = ?", (ALICE.id,)).fetchone()
    place = ("audit_event", "reason", commitment)
    put(truth, seq, truth.keyring.person(wrapped).seal(packed(reason, salt), row=place))


def test_another_reason_sealed_with_the_right_key(truth: SqlTruth) -> None:
    reseal(truth, 1, LIE, orjson.loads(column(truth, "body", 1))["reason_commitment"], os.urandom(SALT_BYTES))
    assert named(truth) == [("reason_changed", 1)]
    assert shown(truth, 1) == (None, ReasonState.CHANGED)


def test_another_reason_with_the_right_key_and_a_commitment_of_its_own(truth: SqlTruth) -> None:
    """Then the reason fits its row; the row no longer fits the tree."""
    salt, body = os.urandom(SALT_BYTES), orjson.loads(column(truth, "body", 1))
    body["reason_commitment"] = commit(LIE, salt)
    write(truth, "UPDATE audit_event SET body = ? WHERE seq = 1", orjson.dumps(body).decode())
    reseal(truth, 1, LIE, body["reason_commitment"], salt)
    assert named(truth) == [("edited", 1)]


def test_a_commitment_that_was_taken_out_with_its_reason(truth: SqlTruth) -> None:
    body = orjson.loads(column(truth, "body", 1))
    del body["reason_commitment"]
    write(truth, "UPDATE audit_event SET body = ?, reason = NULL WHERE seq = 1", orjson.dumps(body).decode())
    assert named(truth) == [("edited", 1)]


def test_a_body_that_is_no_json(truth: SqlTruth) -> None:
    write(truth, "UPDATE audit_event SET body = ? WHERE seq = 1", '{"reason_commitment":')
    assert named(truth) == [("edited", 1), ("reason_changed", 1)]
    assert shown(truth, 1) == (None, ReasonState.CHANGED)


def test_a_waiting_row_is_no_better(truth: SqlTruth) -> None:
    with truth.begin() as tx:
        tx.record(PersonDisabled(subject_id=ALICE.id, by="s-boss", disabled=False, reason=TYPED[0]))
    write(truth, "UPDATE outbox SET reason = ?", column(truth, "reason", 2))
    assert truth.audit.search()[0].reason_state is ReasonState.CHANGED
    truth.audit.sequence()
    assert named(truth) == [("reason_changed", 6)]
