"""Rounds of reading a real directory: who joined, moved, left, was disabled, came back, is called otherwise."""

import pytest

from idp.errors import Conflict
from idp.flows import people
from idp.flows.sync import rounds
from idp.flows.sync.under_way import TERM, lease_of
from tests.support.ministry import Ministry


def test_the_first_round_takes_everybody_over_and_nobody_who_has_left(ministry: Ministry) -> None:
    done = ministry.sync()
    there = [actor for actor in ministry.directory.cast.people if not actor.disabled]
    assert (done.kind, done.state) == ("full", "done"), done.detail
    assert (done.counts["added"], ministry.live()) == (len(there), len(there))
    assert done.counts["read"] == len(ministry.directory.cast.people)
    assert ministry.roles("alice") == {"payroll-clerk", "payroll-approver", "docs-editor"}
    assert ministry.person("alice").clearance == 4
    assert ministry.house.idp.ports.truth.people.find("deng.hua", "mof") is None
    assert ministry.house.told("person.added") and ministry.house.told("role.changed")


def test_where_nothing_is_new_a_delta_changes_nothing_and_is_one_line_of_the_history(ministry: Ministry) -> None:
    ministry.sync()
    first, second = ministry.sync(), ministry.sync()
    assert (second.kind, second.state) == ("delta", "done"), second.detail
    assert second.counts.keys() <= {"read", "unchanged"}
    assert first.id == second.id and second.ended_at is not None and second.ended_at > first.started_at
    assert [one.kind for one in ministry.house.idp.ports.truth.runs.of("mof")] == ["delta", "full"]


def test_who_joins_is_there_at_the_next_delta(ministry: Ministry) -> None:
    ministry.sync()
    ministry.joins("newcomer")
    done = ministry.sync()
    assert (done.kind, done.counts["added"]) == ("delta", 1)
    assert ministry.person("newcomer").mail == "newcomer@mof.example"


def test_who_moves_keeps_everything_but_what_moved(ministry: Ministry) -> None:
    ministry.sync()
    before = ministry.person("zhang.qiang")
    ministry.says("zhang.qiang", "title", "Head of payroll")
    ministry.leaves_group("zhang.qiang", "payroll-clerks")
    ministry.comes_to_group("zhang.qiang", "payroll-approvers")
    done = ministry.sync()
    assert done.state == "done" and done.counts["roles-taken"] == 1 and done.counts["roles-given"] == 1
    after = ministry.person("zhang.qiang")
    assert after.id == before.id and after.access_version > before.access_version
    assert ministry.roles("zhang.qiang") == {"payroll-approver"}
    (post,) = ministry.house.idp.ports.truth.people.posts(after.id)
    assert post.title == "Head of payroll"


def test_a_group_edited_without_anybody_being_written_is_seen(ministry: Ministry) -> None:
    ministry.sync()
    ministry.comes_to_group("tang.bo", "docs-editors")
    ministry.sync()
    assert ministry.roles("tang.bo") == {"docs-editor"}


def test_who_left_is_out_and_who_is_disabled_is_out_and_both_may_come_back(ministry: Ministry) -> None:
    ministry.sync()
    ministry.says("wu.gang", "employeeType", "left")
    ministry.leaves("gao.feng")
    done = ministry.sync()
    assert (done.kind, done.counts["disabled"], done.counts["left"]) == ("delta", 1, 1)
    assert ministry.person("wu.gang").disabled and ministry.person("wu.gang").disabled_by == "directory"
    assert ministry.person("gao.feng").disabled
    ministry.says("wu.gang", "employeeType")
    back = ministry.sync()
    assert back.counts["returned"] == 1
    assert not ministry.person("wu.gang").disabled


def test_whom_an_administrator_disabled_no_directory_lets_back(ministry: Ministry) -> None:
    ministry.sync()
    idp, who = ministry.house.idp, ministry.person("lin.xia")
    with idp.ports.truth.begin() as tx:
        people.disable(idp, tx, who, ministry.house.clock(), by="sub-admin", reason="a test")
    assert ministry.sync(full=True).counts.get("returned", 0) == 0
    assert ministry.person("lin.xia").disabled_by == "administrator"


def test_who_is_called_otherwise_is_the_same_person(ministry: Ministry) -> None:
    ministry.sync()
    before = ministry.person("hu.die")
    ministry.says("hu.die", "cn", "Hu Die-Chen")
    ministry.says("hu.die", "mail", "hu.die-chen@mof.example")
    done = ministry.sync()
    after = ministry.house.idp.ports.truth.people.find("hu.die-chen@mof.example", "mof")
    assert after is not None and after.id == before.id and after.display_name.en == "Hu Die-Chen"
    assert done.counts["changed"] == 1 and "added" not in done.counts


def test_a_directory_that_dies_fails_the_round_and_nobody_leaves_by_it(ministry: Ministry) -> None:
    ministry.sync()
    there = ministry.live()
    ministry.directory.kill()
    first, second = ministry.sync(), ministry.sync(full=True)
    assert (first.state, second.state) == ("failed", "failed") and first.detail
    assert ministry.live() == there
    assert rounds.standing(ministry.house.idp, "mof").state == "done"  # type: ignore[union-attr]


def test_a_base_that_shows_nobody_removes_nobody(ministry: Ministry) -> None:
    ministry.sync()
    there = ministry.live()
    empty = ministry.directory.connector(people_filter="(objectClass=device)")
    ministry.house.idp.ports.directories.open["mof"] = empty  # type: ignore[attr-defined]
    try:
        done = ministry.sync(full=True)
    finally:
        empty.close()
    assert done.state == "failed"
    assert ministry.live() == there


def test_one_leader_reads_a_department(ministry: Ministry) -> None:
    idp, clock = ministry.house.idp, ministry.house.clock
    department = ministry.department()
    assert idp.ports.truth.lease(lease_of(department), "another", clock(), TERM)
    with pytest.raises(Conflict, match="being read already"):
        rounds.run(idp, department, "test")
    clock.move(seconds=TERM.total_seconds() + 1)
    assert rounds.run(idp, department, "test").state == "done"


def test_a_mapping_that_was_changed_reads_everybody_again(ministry: Ministry) -> None:
    ministry.sync()
    ministry.put(sync={"few": 50})
    assert ministry.sync().kind == "full"
    assert ministry.sync().kind == "delta"
