"""What every store of people must do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.errors import Ambiguous, Conflict
from idp.model import Link, Post, RoleGrant, Subject, Text
from idp.ports import Truth
from tests.support.stores import ALICE, ALICE_LINK, ALICE_POST, HOUR, NOW, WANG


def role(id_: str, name: str, post: str = "p-alice", ends_in: timedelta | None = None) -> RoleGrant:
    ends = None if ends_in is None else NOW + ends_in
    return RoleGrant(id_, post, name, "administrator", "covers for Bo", "s-boss", NOW, ends)


def test_what_goes_in_comes_out(truth: Truth) -> None:
    assert truth.people.get("s-alice") == ALICE
    assert truth.people.posts("s-alice") == [ALICE_POST]
    assert truth.people.link_of("s-alice") == ALICE_LINK
    assert truth.people.get("nobody") is None
    assert truth.people.link_of("s-wang") is None


def test_found_by_anything_that_may_be_typed_exactly_and_within_one_department(truth: Truth) -> None:
    for typed in ("alice", "ALICE", "alice@mof.example", "Alice@MOF.example"):
        assert truth.people.find(typed, "mof") == ALICE, typed
    assert truth.people.find("alic", "mof") is None
    assert truth.people.find("alice", "moe") is None
    assert truth.people.by_link("mof", "3f7c0000-entry") == ALICE
    assert truth.people.by_link("moe", "3f7c0000-entry") is None


def test_a_name_that_two_have_lets_nobody_in_unless_one_has_left(truth: Truth) -> None:
    other = replace(ALICE, id="s-other")
    with truth.begin() as tx:
        tx.people.add(other, replace(ALICE_POST, id="p-other", subject_id="s-other"), None)
    with pytest.raises(Ambiguous):
        truth.people.find("alice", "mof")
    with truth.begin() as tx:
        tx.people.change(replace(other, disabled=True))
    assert truth.people.find("alice", "mof") == ALICE


def test_changing_a_person_changes_how_they_are_found(truth: Truth) -> None:
    married = replace(ALICE, display_name=Text("Alice Lin", "林爱丽"), identifiers=("alin",), mail=None, clearance=3)
    with truth.begin() as tx:
        tx.people.change(married)
    assert truth.people.get("s-alice") == married
    assert truth.people.find("alice", "mof") is None
    assert truth.people.find("alin", "mof") == married
    assert truth.people.search("Lin", branch=None, offset=0, limit=9)[1] == 1
    assert truth.people.search("Chen", branch=None, offset=0, limit=9)[1] == 0


def test_an_older_reading_never_undoes_a_newer_version(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.people.bump_access("s-alice")
        tx.people.bump_access("s-alice")
        tx.people.change(ALICE)
    found = truth.people.get("s-alice")
    assert found is not None
    assert found.access_version == 2


@pytest.mark.parametrize("text", ["ali", "chen", "Alice Chen", "陈", "爱丽", "alice@mof.example"])
def test_search_finds_by_name(truth: Truth, text: str) -> None:
    assert truth.people.search(text, branch=None, offset=0, limit=10) == ([ALICE], 1)


def test_search_stays_within_the_branch_and_pages(truth: Truth) -> None:
    everybody, total = truth.people.search("", branch=None, offset=0, limit=10)
    assert ({one.id for one in everybody}, total) == ({"s-alice", "s-wang"}, 2)
    first, total = truth.people.search("", branch=None, offset=0, limit=1)
    second, again = truth.people.search("", branch=None, offset=1, limit=1)
    assert [*first, *second] == list(everybody)
    assert total == again == 2
    assert truth.people.search("", branch=["moe"], offset=0, limit=10) == ([WANG], 1)
    assert truth.people.counts() == {ALICE.department_id: 1, "moe": 1}
    assert truth.people.search("alice", branch=["moe"], offset=0, limit=10) == ([], 0)
    assert truth.people.search("", branch=[], offset=0, limit=10) == ([], 0)


def test_standing_is_the_post_now_with_what_is_in_force_now(truth: Truth) -> None:
    acting = Post("p-acting", "s-alice", "moe", "acting", ends_at=NOW + HOUR)
    with truth.begin() as tx:
        tx.people.add_post(acting)
        tx.people.grant_role(role("r-1", "payroll.reader"))
        tx.people.grant_role(role("r-2", "payroll.approver", ends_in=HOUR))
        tx.people.grant_role(replace(role("r-3", "later"), starts_at=NOW + HOUR))
    now = truth.people.standing("s-alice", NOW)
    assert now is not None
    assert (now.subject, now.post, now.departments) == (ALICE, ALICE_POST, ("mof", "cn"))
    assert now.roles == {"payroll.reader", "payroll.approver"}
    assert now.grants[0].reason == "covers for Bo"
    later = truth.people.standing("s-alice", NOW + HOUR)
    assert later is not None
    assert later.roles == {"payroll.reader", "later"}
    other = truth.people.standing("s-alice", NOW, "p-acting")
    assert other is not None
    assert (other.post, other.departments, other.roles) == (acting, ("moe", "cn"), frozenset())
    assert truth.people.standing("s-alice", NOW + HOUR, "p-acting") is None
    assert truth.people.standing("s-alice", NOW, "p-wang") is None
    assert truth.people.standing("nobody", NOW) is None


def test_a_post_has_another_title(truth: Truth) -> None:
    (before,) = truth.people.posts(ALICE.id)
    with truth.begin() as tx:
        tx.people.retitle(replace(before, title="Head of payroll"))
    assert truth.people.posts(ALICE.id) == [replace(before, title="Head of payroll")]


def test_taking_a_role_ends_it_once(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.people.grant_role(role("r-1", "payroll.reader"))
    assert [(one.id, held.id) for one, held in truth.people.holders("payroll.reader", NOW)] == [("s-alice", "r-1")]
    with truth.begin() as tx:
        taken = tx.people.take_role("r-1", NOW + HOUR)
        assert taken is not None
        assert taken.ends_at == NOW + HOUR
        assert tx.people.take_role("r-1", NOW + HOUR) is None
        assert tx.people.take_role("no such", NOW) is None
    assert truth.people.holders("payroll.reader", NOW + HOUR) == []
    assert [one.id for one in truth.people.role_grants("s-alice")] == ["r-1"]


def test_one_person_one_administrator_role(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.people.grant_role(role("r-1", "system-administrator"))
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.people.grant_role(role("r-2", "audit-administrator"))
    assert [one.id for one in truth.people.role_grants("s-alice")] == ["r-1"]
    second_post = replace(ALICE_POST, id="p-second", is_default=False)
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.people.add_post(second_post)
        tx.people.grant_role(role("r-3", "security-administrator", post="p-second"))
    with truth.begin() as tx:
        tx.people.grant_role(role("r-4", "system-administrator"))  # the same again, from another grant
        tx.people.take_role("r-1", NOW)
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.people.grant_role(role("r-5", "audit-administrator"))  # r-4 still gives the first
    with truth.begin() as tx:
        tx.people.take_role("r-4", NOW)
        tx.people.grant_role(role("r-6", "audit-administrator"))


def test_an_administrator_role_that_ran_out_makes_room(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.people.grant_role(role("r-1", "system-administrator", ends_in=HOUR))
    with truth.begin() as tx:
        tx.people.grant_role(replace(role("r-2", "audit-administrator"), starts_at=NOW + HOUR))


def test_nothing_hangs_in_the_air(truth: Truth) -> None:
    stranger = Subject("s-new", "nowhere", Text("New", "新"), None, ())
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.people.add(stranger, Post("p-new", "s-new", "mof", "regular", is_default=True), None)
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.people.grant_role(role("r-1", "reader", post="no such post"))
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.people.add(ALICE, ALICE_POST, None)
    with pytest.raises(Conflict), truth.begin() as tx:
        tx.people.touch_link(Link("s-wang", "mof", "3f7c0000-entry", NOW))
    assert truth.people.get("s-new") is None


def test_a_link_remembers_when_the_directory_was_read(truth: Truth) -> None:
    with truth.begin() as tx:
        tx.people.touch_link(replace(ALICE_LINK, read_at=NOW + HOUR))
    assert truth.people.link_of("s-alice") == replace(ALICE_LINK, read_at=NOW + HOUR)
