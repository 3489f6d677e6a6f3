"""When a department is due, and that departments are read side by side."""

import threading
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep

import pytest

from idp.flows.sync.lead import Leader
from idp.flows.sync.side_by_side import SideBySide
from idp.flows.sync.under_way import TERM
from idp.model import SyncRun
from tests.idp.flows.sync.conftest import Bureau

SECOND = timedelta(seconds=1)


def ended(leader: Leader) -> bool:
    until = monotonic() + 10
    while len(leader._rounds) and monotonic() < until:
        sleep(0.005)
    return not len(leader._rounds)


def last(bureau: Bureau, **what: object) -> SyncRun:
    now = bureau.house.clock()
    return replace(SyncRun("sync-x", "mof", "full", now, now, "done", now), **what)  # type: ignore[arg-type]


def test_a_department_that_was_never_read_is_read_at_once_and_again_when_it_is_due(bureau: Bureau) -> None:
    bureau.crowd.many(3)
    leader = Leader(bureau.house.idp)
    assert leader.turn() == 1 and ended(leader)
    assert [one.state for one in bureau.history()] == ["done"]
    assert leader.turn() == 0
    bureau.house.clock.move(minutes=bureau.house.idp.settings.sync.delta_minutes)
    assert leader.turn() == 1 and ended(leader)
    assert [one.kind for one in bureau.history()] == ["delta", "full"]
    bureau.house.clock.move(hours=bureau.house.idp.settings.sync.full_hours)
    assert leader.turn() == 1 and ended(leader)
    assert bureau.history()[0].kind == "full"


@pytest.mark.parametrize(
    ("state", "age", "due"),
    [
        ("released", SECOND, "full"),
        ("running", TERM, None),
        ("running", TERM + SECOND, "delta"),
        ("failed", 4 * 60 * SECOND, None),
        ("done", 4 * 60 * SECOND, None),
        ("held", 4 * 60 * SECOND, None),
    ],
    ids=["released", "running", "killed", "failed", "done", "held"],
)
def test_when_a_department_is_due(bureau: Bureau, state: str, age: timedelta, due: str | None) -> None:
    then = bureau.house.clock() - age
    run = last(bureau, state=state, started_at=then, beat_at=then, ended_at=None if state == "running" else then)
    assert Leader(bureau.house.idp).due(bureau.department(), run, bureau.house.clock()) == due


def test_a_department_may_have_terms_of_its_own(bureau: Bureau) -> None:
    department = bureau.put(delta_minutes=60)
    then = bureau.house.clock() - timedelta(minutes=59)
    run = last(bureau, started_at=then, beat_at=then, ended_at=then)
    assert Leader(bureau.house.idp).due(department, run, bureau.house.clock()) is None


def test_two_leaders_are_one(bureau: Bureau) -> None:
    bureau.crowd.many(600)
    first, second = Leader(bureau.house.idp), Leader(bureau.house.idp)
    first.turn()
    second.turn()
    assert ended(first) and ended(second)
    assert bureau.live() == 600
    assert sum(one.counts.get("added", 0) for one in bureau.history()) == 600


def test_who_hangs_delays_nobody_else_and_is_not_begun_again() -> None:
    hanging, together = threading.Event(), SideBySide[int]("test", 2)
    assert together.begin("slow", lambda: int(hanging.wait(10))) is not None
    assert together.begin("slow", lambda: 7) is None
    for number in range(5):
        future = together.begin(f"quick-{number}", lambda: 7)
        assert future is not None and future.result(5) == 7
    hanging.set()


def test_what_breaks_off_is_told_and_may_be_begun_again() -> None:
    together = SideBySide[int]("test", 1)

    def broken() -> int:
        raise RuntimeError("a mistake of ours")

    first = together.begin("one", broken)
    assert first is not None
    with pytest.raises(RuntimeError):
        first.result(5)
    again = together.begin("one", lambda: 7)
    assert again is not None and again.result(5) == 7
