"""The mass-change guard on a real directory: many who leave, or lose a role, wait for a person who has the list."""

from collections.abc import Iterator

import pytest

from demo.directories import edit
from idp.errors import Conflict, Invalid, NotAllowed, NotFound
from idp.flows.admin.scope import OPERATOR, Admin
from idp.flows.sync import decisions
from idp.model import Losing, SyncRun
from tests.support.ministry import Ministry

TERMS = {"few": 1, "most": 100, "percent": 10}
GONE = ("wu.gang", "gao.feng", "lin.xia", "he.ping", "guo.jun", "sun.hao", "tang.bo", "song.yu")
CLERKS = ("alice", "li.na", "zhang.qiang", "ma.li", "jiang.tao")


@pytest.fixture
def held(ministry: Ministry) -> Iterator[SyncRun]:
    """Everybody of GONE is no longer there; the guard has them."""
    ministry.put(sync=TERMS)
    ministry.sync()
    for uid in GONE:
        ministry.leaves(uid)
    yield ministry.sync()


def decide(
    ministry: Ministry, run: SyncRun, *, release: bool, admin: Admin = OPERATOR, reason: str = "seen"
) -> SyncRun:
    idp = ministry.house.idp
    return decisions.decide(idp, admin, run.id, release=release, reason=reason, now=ministry.house.clock())


def test_many_who_are_missing_are_held_and_told_once(ministry: Ministry, held: SyncRun) -> None:
    assert held.state == "held"
    assert {one.subject_id for one in held.held} == {ministry.person(uid).id for uid in GONE}
    assert not any(ministry.person(uid).disabled for uid in GONE)
    again = ministry.sync()
    assert (again.state, set(again.held)) == ("held", set(held.held))
    assert ministry.house.alerts("mass-change") == 1


def test_an_explicit_word_passes_the_guard(ministry: Ministry) -> None:
    ministry.put(sync=TERMS)
    ministry.sync()
    for uid in GONE:
        ministry.says(uid, "employeeType", "left")
    done = ministry.sync()
    assert (done.state, done.counts["disabled"]) == ("done", len(GONE))
    assert all(ministry.person(uid).disabled for uid in GONE)


def test_released_they_lose_it_at_the_next_round_and_only_they(ministry: Ministry, held: SyncRun) -> None:
    ministry.joins("newcomer")
    assert decide(ministry, held, release=True).state == "released"
    ministry.leaves("huang.lei")
    done = ministry.sync()
    assert done.counts["left"] == len(GONE) + 1, done
    assert done.state == "done"
    assert all(ministry.person(uid).disabled for uid in (*GONE, "huang.lei"))
    assert not ministry.person("newcomer").disabled
    assert ministry.house.told("sync.decided")
    assert not [one for one in ministry.house.idp.ports.truth.desk.alerts(open_only=True) if one.kind == "mass-change"]


def test_who_is_back_before_the_release_loses_nothing(ministry: Ministry, held: SyncRun) -> None:
    back = ministry.directory.actor("tang.bo")
    decide(ministry, held, release=True)
    before = ministry.person("tang.bo")
    edit.add(
        ministry.directory.prepared,
        ministry.directory.dn("tang.bo"),
        {"objectClass": "inetOrgPerson", "uid": back.uid, "cn": back.name, "sn": "Tang", "mail": back.mail},
    )
    ministry.sync()
    # An entry that was made anew has another stable id: the old person is gone, whoever has the name now is another.
    after = ministry.person("tang.bo")
    assert after.id != before.id and not after.disabled


def test_refused_they_stay_and_nobody_is_asked_again_until_the_list_is_another(
    ministry: Ministry, held: SyncRun
) -> None:
    decide(ministry, held, release=False)
    again = ministry.sync()
    assert again.state == "refused"
    assert not any(ministry.person(uid).disabled for uid in GONE)
    ministry.leaves("chen.jie")
    ministry.leaves("liu.yang")
    more = ministry.sync()
    assert more.state == "held" and len(more.held) == len(GONE) + 2


def test_a_role_that_many_would_lose_is_held(ministry: Ministry) -> None:
    ministry.put(sync=TERMS)
    ministry.sync()
    for uid in CLERKS:
        ministry.leaves_group(uid, "payroll-clerks")
    done = ministry.sync()
    assert done.state == "held"
    assert set(done.held) == {Losing(ministry.person(uid).id, "role:payroll-clerk") for uid in CLERKS}
    assert all("payroll-clerk" in ministry.roles(uid) for uid in CLERKS)
    decide(ministry, done, release=True)
    assert ministry.sync().counts["roles-taken"] == len(CLERKS)
    assert not any("payroll-clerk" in ministry.roles(uid) for uid in CLERKS)


def test_a_decision_needs_the_permission_a_reason_the_branch_and_comes_once(ministry: Ministry, held: SyncRun) -> None:
    nobody = Admin("sub-x", frozenset(), None, frozenset({"admin.departments.read"}))
    elsewhere = Admin("sub-y", frozenset(), frozenset({"moe"}), frozenset({decisions.DECIDE}))
    with pytest.raises(NotAllowed):
        decide(ministry, held, release=True, admin=nobody)
    with pytest.raises(NotFound):
        decide(ministry, held, release=True, admin=elsewhere)
    with pytest.raises(Invalid):
        decide(ministry, held, release=True, reason="  ")
    decide(ministry, held, release=False)
    with pytest.raises(Conflict):
        decide(ministry, held, release=True)
