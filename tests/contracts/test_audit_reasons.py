"""Reasons that people typed: in no leaf, provable by their commitment, readable until their person is deleted."""

from typing import Any

import orjson
import pytest
from sqlalchemy import text

from adapters.memory import MemoryTruth
from idp.audit.verify import verify
from idp.errors import Unavailable
from idp.events import DepartmentChanged, Event, PersonDisabled, SessionEnded
from idp.ports import ReasonState
from tests.support.stores import ALICE, WANG

TYPED = "on leave; 张三 covers for Bo"


def disabled(subject_id: str = ALICE.id, reason: str | None = TYPED) -> PersonDisabled:
    return PersonDisabled(subject_id=subject_id, by="s-boss", disabled=True, reason=reason)


def record(truth: Any, *events: Event) -> None:
    for event in events:
        with truth.begin() as tx:
            tx.record(event)


def forget(truth: Any, subject_id: str) -> None:
    """What deleting a person comes to: their key is destroyed."""
    if isinstance(truth, MemoryTruth):
        with truth.begin() as tx:
            tx._tables().people.pop(subject_id)
    else:
        with truth.database.write() as line:
            line.run(text("DELETE FROM person_key WHERE subject_id = :id"), {"id": subject_id})


def report(truth: Any) -> Any:
    audit = truth.audit
    return verify(audit.stored_rows(), audit.stored_checkpoints(), audit.vkey(), reasons=audit.reasons())


def test_a_reason_is_read_with_its_row_and_stands_in_no_leaf(truth: Any) -> None:
    record(truth, disabled())
    for moved in (0, 1):
        (row,) = truth.audit.search()
        assert (row.reason, row.reason_state) == (TYPED, ReasonState.KEPT)
        assert "covers" not in row.body
        assert len(orjson.loads(row.body)["reason_commitment"]) == 64
        assert truth.audit.sequence() == 1 - moved
    assert [one.reason for one in truth.audit.search(before_seq=2)] == [TYPED]
    assert list(truth.audit.reasons()) == [(1, ReasonState.KEPT)]
    assert report(truth).ok


def test_a_row_without_a_reason_has_none(truth: Any) -> None:
    record(truth, disabled(reason=None), SessionEnded(subject_id=ALICE.id, why="sign-out"))
    truth.audit.sequence()
    assert {(row.reason, row.reason_state) for row in truth.audit.search()} == {(None, ReasonState.NONE)}
    assert list(truth.audit.reasons()) == []


def test_the_same_words_commit_to_something_else_each_time(truth: Any) -> None:
    record(truth, disabled(), disabled())
    one, other = (orjson.loads(row.body) for row in truth.audit.search())
    assert one.pop("reason_commitment") != other.pop("reason_commitment")
    assert one == other


def test_a_reason_about_nobody_is_kept_too(truth: Any) -> None:
    record(truth, DepartmentChanged(department_id="mof", by="s-boss", what="changed", reason=TYPED))
    truth.audit.sequence()
    assert truth.audit.search()[0].reason == TYPED


def test_a_deleted_person_takes_the_reasons_along_and_leaves_the_proofs(truth: Any) -> None:
    record(truth, disabled(), disabled(WANG.id), disabled())
    truth.audit.sequence()
    record(truth, disabled())
    before = list(truth.audit.stored_rows())
    forget(truth, ALICE.id)
    found = [(row.reason, row.reason_state) for row in truth.audit.search()]
    gone = (None, ReasonState.DELETED)
    assert found == [gone, gone, (TYPED, ReasonState.KEPT), gone]
    assert list(truth.audit.stored_rows()) == before
    assert report(truth).ok
    truth.audit.sequence()
    assert report(truth).ok


def test_of_whom_no_key_is_there_nothing_is_kept(truth: Any) -> None:
    forget(truth, ALICE.id)
    record(truth, disabled(), disabled("s-nobody"))
    truth.audit.sequence()
    assert {(row.reason, row.reason_state) for row in truth.audit.search()} == {(None, ReasonState.DELETED)}
    assert report(truth).ok


def test_a_reason_goes_with_what_it_is_for(truth: Any) -> None:
    with pytest.raises(Unavailable), truth.begin() as tx:
        tx.record(disabled())
        raise Unavailable("store")
    assert truth.audit.search() == []


def test_reasons_that_are_recorded_soon_are_kept(truth: Any) -> None:
    truth.record_soon(disabled())
    truth.close()
    assert truth.audit.search()[0].reason == TYPED
