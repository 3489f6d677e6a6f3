"""A round under way: cut off, taken up by another, kept to its pace, and what the history keeps of it."""

from dataclasses import replace

import pytest

from idp.errors import Ambiguous
from idp.flows.sync import rounds
from idp.flows.sync.under_way import BEAT, TERM, lease_of
from idp.model import SyncRun
from tests.idp.flows.sync.conftest import Bureau


def test_a_round_that_is_cut_off_keeps_its_pieces_and_the_next_one_finishes(bureau: Bureau) -> None:
    bureau.crowd.many(1200)
    bureau.crowd.cut_after = 700
    cut = bureau.sync()
    assert (cut.state, cut.detail, bureau.live()) == ("failed", "cut off", 500)
    bureau.crowd.cut_after = None
    done = bureau.sync()
    assert (done.kind, done.state) == ("full", "done")
    assert (done.counts["added"], done.counts["unchanged"], bureau.live()) == (700, 500, 1200)


def test_a_cut_round_ends_nobody_who_was_not_reached(bureau: Bureau) -> None:
    bureau.crowd.many(600)
    bureau.sync()
    bureau.crowd.cut_after = 10
    assert bureau.sync(full=True).state == "failed"
    assert bureau.live() == 600


def test_what_a_killed_process_left_running_is_closed_by_the_next(bureau: Bureau) -> None:
    now = bureau.house.clock()
    with bureau.house.idp.ports.truth.begin() as tx:
        tx.runs.keep(SyncRun("sync-killed", "mof", "full", now, now, counts={"read": 500}))
    bureau.crowd.many(3)
    assert bureau.sync().state == "done"
    (killed,) = [one for one in bureau.history() if one.id == "sync-killed"]
    assert (killed.state, killed.detail, killed.ended_at) == ("failed", "cut off in the middle", now)


def test_who_lost_the_lease_in_the_middle_stops_and_ends_nobody(bureau: Bureau) -> None:
    bureau.crowd.many(20)
    bureau.sync()
    for number in range(3):
        del bureau.crowd.people[f"p{number}"]
    clock, truth = bureau.house.clock, bureau.house.idp.ports.truth
    entries = bureau.crowd.entries

    def slow():  # type: ignore[no-untyped-def]
        """It hangs longer than its term, and another process takes the department up."""
        yield from entries()
        clock.move(seconds=TERM.total_seconds() + 1)
        assert truth.lease(lease_of(bureau.department()), "two", clock(), TERM)

    bureau.crowd.entries = slow  # type: ignore[method-assign]
    done = bureau.sync("one", full=True)
    assert done.state == "failed" and "another process" in done.detail
    assert bureau.live() == 20
    assert not truth.lease(lease_of(bureau.department()), "three", clock(), TERM), "two's lease was given away"


def test_a_round_tells_how_far_it_is(bureau: Bureau) -> None:
    bureau.crowd.many(1500)
    told: list[int] = []
    entries = bureau.crowd.entries

    def slow():  # type: ignore[no-untyped-def]
        for entry in entries():
            bureau.house.clock.move(seconds=BEAT.total_seconds() / 100)
            yield entry

    bureau.crowd.entries = slow  # type: ignore[method-assign]
    idp = bureau.house.idp
    rounds.run(idp, bureau.department(), "one", told=lambda run: told.append(run.counts.get("read", 0)))
    assert told == [500, 1000, 1500, 1500]


def test_no_directory_is_read_faster_than_the_settings_say(bureau: Bureau) -> None:
    bureau.crowd.many(1000)
    slept: list[float] = []
    settings = bureau.house.idp.settings
    slow = replace(
        bureau.house.idp,
        settings=settings.model_copy(update={"sync": settings.sync.model_copy(update={"people_per_second": 100})}),
    )
    rounds.run(slow, bureau.department(), "one", sleep=slept.append)
    assert len(slept) == 2 and 3 < slept[0] <= 5 and 8 < slept[1] <= 10


def test_quiet_rounds_and_the_same_failure_are_one_line_each(bureau: Bureau) -> None:
    bureau.crowd.many(3)
    bureau.sync()
    for _ in range(3):
        bureau.sync()
    bureau.crowd.down = True
    for _ in range(3):
        bureau.sync()
    bureau.crowd.down = False
    bureau.sync()
    assert [(one.kind, one.state) for one in reversed(bureau.history())] == [
        ("full", "done"),
        ("delta", "done"),
        ("delta", "failed"),
        ("delta", "done"),
    ]


def test_an_id_that_two_entries_have_fails_the_round(bureau: Bureau) -> None:
    bureau.crowd.many(3)
    bureau.crowd.people["p1"] = (replace(bureau.crowd.people["p1"][0], stable_id="mof-p0"), "")
    done = bureau.sync()
    assert done.state == "failed" and "stable_id" in done.detail
    assert bureau.live() == 0


def test_an_ambiguous_answer_fails_the_round(bureau: Bureau) -> None:
    bureau.crowd.many(10)
    bureau.sync()
    del bureau.crowd.people["p1"]

    def twice(stable_id: str) -> None:
        raise Ambiguous("two of them")

    bureau.crowd.read = twice  # type: ignore[method-assign]
    assert bureau.sync().state == "failed"
    assert bureau.live() == 10


def test_a_delta_asks_only_what_is_new_and_a_moved_group_asks_everybody(bureau: Bureau) -> None:
    bureau.crowd.many(5)
    bureau.sync()
    bureau.crowd.asked.clear()
    bureau.sync()
    assert bureau.crowd.asked == ["changed", "present"]
    bureau.crowd.groups_at += 1
    bureau.crowd.asked.clear()
    assert bureau.sync().kind == "full"
    assert bureau.crowd.asked == ["entries"]


def test_a_leaver_and_a_joiner_in_the_same_delta_are_both_seen(bureau: Bureau) -> None:
    bureau.crowd.many(5)
    bureau.sync()
    del bureau.crowd.people["p0"]
    bureau.crowd.join("new")
    done = bureau.sync()
    assert (done.kind, done.counts["added"], done.counts["left"]) == ("delta", 1, 1)


def test_somebody_unwritten_who_is_there_again_is_read(bureau: Bureau) -> None:
    """Let into the base by a rule of access: nothing was written, the ids alone tell."""
    bureau.crowd.many(5)
    kept = bureau.crowd.people.pop("p4")
    bureau.sync()
    bureau.crowd.people["p4"] = kept
    done = bureau.sync()
    assert (done.kind, done.counts["added"], bureau.live()) == ("delta", 1, 5)


@pytest.mark.parametrize("disabled", [True, False], ids=["disabled", "gone"])
def test_more_who_are_missing_than_are_looked_up_singly_are_found_by_reading_all(
    bureau: Bureau, disabled: bool
) -> None:
    bureau.put(few=1000)
    bureau.crowd.many(300)
    bureau.sync()
    for number in range(250):
        if disabled:
            bureau.crowd.says(f"p{number}", disabled=True)
        else:
            del bureau.crowd.people[f"p{number}"]
    done = bureau.sync()
    assert done.counts["disabled" if disabled else "left"] == 250
    assert bureau.live() == 50
