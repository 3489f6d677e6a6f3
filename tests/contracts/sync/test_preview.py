"""A dry run on a real directory: what would change, who would be held, and why each membership maps or does not."""

from dataclasses import replace

from idp.flows.sync.preview import preview
from tests.support.ministry import Ministry

TERMS = {"few": 0, "most": 100, "percent": 1}


def test_a_dry_run_tells_and_changes_nothing(ministry: Ministry) -> None:
    house = ministry.house
    found = preview(house.idp, ministry.department(), house.clock())
    joins = {one.name: one for one in found.people if one.what == "joins"}
    assert (
        found.counts["added"] == len(joins) == len([one for one in ministry.directory.cast.people if not one.disabled])
    )
    assert joins["Alice Chen"].given == ("docs-editor", "payroll-approver", "payroll-clerk")
    assert set(joins["Alice Chen"].groups.values()) == {"mapped"}
    assert ministry.live() == 0
    assert house.idp.ports.truth.runs.of("mof") == []


def test_a_dry_run_says_why_a_membership_gives_nothing(ministry: Ministry) -> None:
    mapping = {
        "groups": {"payroll-clerks": ["system-administrator"], "docs-editors": ["docs-editor"]},
        "clearance": {"default": 1, "groups": {"payroll-approvers": 4}},
    }
    department = ministry.department()
    found = preview(ministry.house.idp, replace(department, mapping=mapping), ministry.house.clock())
    assert found.reasons["docs-editors", "mapped"] > 10
    assert found.reasons["payroll-approvers", "mapped"] == 2
    assert found.reasons["payroll-clerks", "administrator"] >= 5
    assert found.reasons["payroll-clerks", "disabled"] == 1
    assert found.reasons["service-desk", "unmapped"] == 2


def test_a_dry_run_foresees_what_the_round_then_does(ministry: Ministry) -> None:
    ministry.put(sync={"few": 50, "most": 100, "percent": 100})
    ministry.sync()
    ministry.says("wu.gang", "employeeType", "left")
    ministry.leaves("gao.feng")
    ministry.joins("newcomer")
    ministry.leaves_group("li.na", "payroll-clerks")
    ministry.comes_to_group("tang.bo", "docs-editors")
    ministry.says("sun.hao", "mail", "hao.sun@mof.example")
    foreseen = preview(ministry.house.idp, ministry.department(), ministry.house.clock())
    came = ministry.sync(full=True)
    for what in ("added", "left", "disabled", "roles-taken", "roles-given", "unchanged", "changed"):
        assert foreseen.counts[what] == came.counts.get(what, 0), what
    assert foreseen.held == ()
    whats = {one.name: one.what for one in foreseen.people}
    assert whats["Gao Feng"] == "left" and whats["Wu Gang"] == "disabled" and whats["Li Na"] == "loses"


def test_a_dry_run_foresees_whom_the_guard_would_keep(ministry: Ministry) -> None:
    ministry.put(sync=TERMS)
    ministry.sync()
    ministry.leaves("gao.feng")
    found = preview(ministry.house.idp, ministry.department(sync=TERMS), ministry.house.clock())
    assert [one.subject_id for one in found.held] == [ministry.person("gao.feng").id]
