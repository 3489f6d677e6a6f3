"""What every store of links in bulk, rounds of reading directories and their answers must do."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.errors import Conflict
from idp.model import DirectoryReading, Link, Linked, Losing, Post, RoleGrant, Subject, SyncRun, Text
from idp.ports import Joiner, Truth
from tests.support.stores import ALICE, ALICE_LINK, HOUR, NOW

RUN = SyncRun("run-1", "mof", "full", NOW, NOW)


def joiner(number: int, role: str | None = "payroll-clerk") -> Joiner:
    name = Text(f"Person {number}", f"人{number}")
    who = Subject(f"s-{number}", "mof", name, f"p{number}@mof.example", (f"p{number}",), created_at=NOW)
    post = Post(f"post-{number}", who.id, "mof", "regular", None, NOW, is_default=True)
    grants = [RoleGrant(f"role-{number}", post.id, role, "directory", "group clerks", None, NOW)] if role else []
    return who, post, Link(who.id, "mof", f"entry-{number}", NOW, f"said-{number}"), grants


def test_many_join_at_once_and_are_found_like_any_other(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.links.join([joiner(number) for number in range(1200)])
    assert truth.links.count("mof") == 1201  # and Alice
    assert truth.links.holders("mof", "payroll-clerk", NOW) >= 1200
    found = truth.people.find("p77@mof.example", "mof")
    assert found is not None and (found.id, found.display_name.zh) == ("s-77", "人77")
    assert "s-77" in {one.id for one in truth.people.search("Person 77", branch=None, offset=0, limit=50)[0]}
    by_link = truth.people.by_link("mof", "entry-5")
    assert by_link is not None and by_link.id == "s-5"
    standing = truth.people.standing("s-5", NOW)
    assert standing is not None and standing.roles == {"payroll-clerk"}
    wanted = [f"entry-{number}" for number in range(2000)]
    known = truth.links.known("mof", wanted)
    assert len(known) == 1200 and known["entry-7"] == Linked("s-7", NOW, "said-7")
    assert truth.links.known("moe", wanted) == {}


def test_one_who_is_there_already_joins_nobody_again(truth: Truth) -> None:
    twice = (*joiner(2)[0:2], Link("s-2", "mof", ALICE_LINK.stable_id, NOW), [])
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.links.join([joiner(1), twice])
    assert truth.links.count("mof") == 1


def test_who_was_not_read_lately_is_told_longest_ago_first(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.links.join([joiner(1), joiner(2), joiner(3)])
        tx.links.confirm([ALICE.id, "s-2"], NOW + HOUR)
        tx.people.touch_link(replace(joiner(3)[2], read_at=NOW - HOUR, said="other"))
    assert truth.links.unread("mof", NOW + HOUR, 10) == ["s-3", "s-1"]
    assert truth.links.unread("mof", NOW + HOUR, 1) == ["s-3"]
    assert truth.links.read_at([ALICE.id, "s-1", "nobody"]) == {ALICE.id: NOW + HOUR, "s-1": NOW}
    assert truth.links.known("mof", ["entry-3"])["entry-3"].said == "other"
    with truth.begin() as tx:
        tx.people.change(replace(joiner(1)[0], disabled=True, disabled_by="directory"))
    assert truth.links.unread("mof", NOW + HOUR, 10) == ["s-3"]
    assert truth.links.known("mof", ["entry-1"])["entry-1"].disabled
    assert truth.links.count("mof") == 3


def test_a_round_is_kept_as_it_goes_and_the_newest_is_told_by_department(truth: Truth) -> None:
    later = replace(RUN, id="run-2", started_at=NOW + HOUR, beat_at=NOW + HOUR, kind="delta", mark="20261123000000Z")
    with truth.begin() as tx:
        tx.runs.keep(RUN)
        tx.runs.keep(later)
        tx.runs.keep(replace(RUN, state="done", ended_at=NOW + HOUR, counts={"read": 3, "added": 1}, detail="well"))
    kept = truth.runs.get("run-1")
    assert kept is not None and (kept.state, kept.counts, kept.detail) == ("done", {"read": 3, "added": 1}, "well")
    assert [one.id for one in truth.runs.of("mof")] == ["run-2", "run-1"]
    assert truth.runs.newest() == {"mof": later}
    assert truth.runs.get("run-9") is None and truth.runs.of("moe") == []


def test_of_many_who_decide_a_held_round_one_does(truth: Truth) -> None:
    held = replace(RUN, state="held", held=(Losing(ALICE.id, "left"), Losing("s-2", "role:payroll-clerk")))
    with truth.begin() as tx:
        tx.runs.keep(held)

    def decide(number: int) -> bool:
        with truth.begin() as tx:
            return tx.runs.decide("run-1", f"admin-{number}", NOW + HOUR, release=number % 2 == 0) is not None

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(decide, range(20))) == 1
    kept = truth.runs.get("run-1")
    assert kept is not None and kept.held == held.held and kept.decided_by is not None
    assert kept.state in ("released", "refused") and kept.decided_at == NOW + HOUR
    with truth.begin() as tx:  # whoever still works on it does not undo the decision
        tx.runs.keep(replace(held, counts={"read": 9}))
    assert truth.runs.get("run-1") == kept


def test_a_round_that_is_not_held_is_not_decided(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.runs.keep(RUN)
        assert tx.runs.decide("run-1", "admin", NOW, release=True) is None
        assert tx.runs.decide("run-9", "admin", NOW, release=True) is None


def test_answers_of_a_day_are_kept_and_old_ones_forgotten(truth: Truth) -> None:
    ill = DirectoryReading("mof", NOW + HOUR, False, timedelta(seconds=3), "timeout")
    with truth.begin() as tx:
        tx.runs.add_reading(DirectoryReading("mof", NOW, True, timedelta(milliseconds=2)))
        tx.runs.add_reading(ill)
        tx.runs.keep(RUN)
        tx.runs.keep(replace(RUN, id="run-0", started_at=NOW - HOUR))
    assert truth.runs.readings("mof", NOW + HOUR) == [ill] and len(truth.runs.readings("mof", NOW)) == 2
    with truth.begin() as tx:
        assert tx.runs.forget(NOW + 2 * HOUR, NOW + HOUR) == 2  # the older round and the older answer
    assert [one.id for one in truth.runs.of("mof")] == ["run-1"] and truth.runs.readings("mof", NOW) == [ill]
