"""What every audit log must do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from idp.audit.checkpoint import VerifierKey, open_checkpoint
from idp.audit.tree import root_of
from idp.events import RoleChanged, SessionEnded, SignInFailed
from tests.support.stores import ALICE, HOUR, NOW, WANG, Clock


def record(truth: Any, count: int, subject_id: str = ALICE.id) -> None:
    for number in range(count):
        with truth.begin() as tx:
            tx.record(SessionEnded(subject_id=subject_id, sid=f"sid-{number}", why="sign-out"))


def test_waiting_events_are_found_and_have_no_place_yet(truth: Any) -> None:
    record(truth, 2)
    newest, oldest = truth.audit.search()
    assert (newest.seq, newest.leaf_hash, newest.at, newest.name) == (None, None, NOW, "session.ended")
    assert newest.body == '{"sid":"sid-1","subject_id":"s-alice","why":"sign-out"}'
    assert oldest.body == newest.body.replace("sid-1", "sid-0")
    assert list(truth.audit.rows()) == []
    assert list(truth.audit.checkpoints()) == []


def test_sequenced_rows_hash_up_to_a_signed_root(truth: Any) -> None:
    record(truth, 5)
    assert truth.audit.sequence() == 5
    assert truth.audit.sequence() == 0
    record(truth, 2)
    assert truth.audit.sequence() == 2
    rows = list(truth.audit.rows())
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    key = VerifierKey.parse(truth.audit.vkey())
    first, second = (open_checkpoint(note, [key]) for note in truth.audit.checkpoints())
    assert (first.size, second.size) == (5, 7)
    assert first.root == root_of([row.leaf_hash for row in rows[:5]])
    assert second.root == root_of([row.leaf_hash for row in rows])


def test_search_narrows_and_pages(truth: Any, clock: Clock) -> None:
    record(truth, 3)
    truth.audit.sequence()
    clock.pass_(HOUR)
    with truth.begin() as tx:
        tx.record(SignInFailed(subject_id=WANG.id, factor="password", why="wrong", reference="ref-1"))
        tx.record(RoleChanged(subject_id=WANG.id, client_id="payroll", role="r", given=True, by="s-boss", why="duty"))
    search = truth.audit.search
    assert [row.name for row in search(subject_id=WANG.id)] == ["role.changed", "sign-in.failed"]
    assert [row.name for row in search(reference="ref-1")] == ["sign-in.failed"]
    assert [row.name for row in search(client_id="payroll")] == ["role.changed"]
    assert len(search(since=NOW + HOUR)) == 2
    assert len(search(until=NOW + HOUR)) == 3
    assert len(search(since=NOW, until=NOW + 2 * HOUR, limit=4)) == 4
    assert [row.seq for row in search()] == [None, None, 3, 2, 1]
    truth.audit.sequence()
    assert [row.seq for row in search(limit=2)] == [5, 4]
    assert [row.seq for row in search(before_seq=4, limit=2)] == [3, 2]
    assert search(name="no.such") == []


def test_many_sequencers_make_one_log(truth: Any) -> None:
    record(truth, 40)
    with ThreadPoolExecutor(8) as threads:
        moved = sum(threads.map(lambda _: truth.audit.sequence(), range(16)))
    assert moved == 40
    rows = list(truth.audit.rows())
    assert [row.seq for row in rows] == list(range(1, 41))
    assert len({row.body for row in rows}) == 40


def test_times_are_those_of_the_events(truth: Any, clock: Clock) -> None:
    record(truth, 1)
    clock.pass_(timedelta(microseconds=7))
    record(truth, 1)
    truth.audit.sequence()
    first, second = truth.audit.rows()
    assert (second.at - first.at) == timedelta(microseconds=7)


def test_an_event_without_a_json_form_is_refused(truth: Any) -> None:
    with pytest.raises(TypeError), truth.begin() as tx:
        tx.record(SessionEnded(subject_id=ALICE.id, why=object()))  # type: ignore[arg-type]
    assert truth.audit.search() == []
