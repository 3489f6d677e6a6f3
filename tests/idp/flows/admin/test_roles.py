"""Giving and taking roles."""

from datetime import timedelta

import pytest

from idp.errors import Conflict, Invalid, NotFound
from idp.flows.admin import roles
from idp.flows.admin.scope import OPERATOR, Admin
from idp.model import PendingChange, RoleGrant, Subject
from tests.support.house import House

PASSWORD = "a password of some length"
SECOND = Admin("sub_second", frozenset(), None, OPERATOR.permissions)


def grants_of(house: House, subject: Subject) -> dict[str, RoleGrant]:
    now = house.clock()
    held = house.idp.ports.truth.people.role_grants(subject.id)
    return {one.role: one for one in held if one.ends_at is None or one.ends_at > now}


def test_a_role_is_given_with_its_reason_and_end_and_moves_the_access_version(house: House) -> None:
    subject, now = house.person("anna", PASSWORD), house.clock()
    end = now + timedelta(days=3)
    given = roles.grant(house.idp, OPERATOR, subject.id, "payroll-clerk", " pays   people ", now, until=end)
    assert isinstance(given, RoleGrant)
    kept = grants_of(house, subject)["payroll-clerk"]
    assert (kept.reason, kept.ends_at, kept.granted_by, kept.source) == (
        "pays people",
        end,
        "operator",
        "administrator",
    )
    after = house.idp.ports.truth.people.get(subject.id)
    assert after is not None
    assert after.access_version == subject.access_version + 1
    standing = house.idp.ports.truth.people.standing(subject.id, end)
    assert standing is not None
    assert "payroll-clerk" not in standing.roles


@pytest.mark.parametrize("role", ["", "nothing", "everyone", "payroll.read"])
def test_what_is_no_role_is_not_given(house: House, role: str) -> None:
    subject = house.person(f"ben{len(role)}", PASSWORD)
    with pytest.raises(Invalid):
        roles.grant(house.idp, OPERATOR, subject.id, role, "r", house.clock())


def test_an_end_in_the_past_and_a_foreign_post_are_refused(house: House) -> None:
    subject, other, now = house.person("cara", PASSWORD), house.person("dora", PASSWORD), house.clock()
    with pytest.raises(Invalid):
        roles.grant(house.idp, OPERATOR, subject.id, "payroll-clerk", "r", now, until=now)
    foreign = house.idp.ports.truth.people.posts(other.id)[0].id
    with pytest.raises(Invalid):
        roles.grant(house.idp, OPERATOR, subject.id, "payroll-clerk", "r", now, post_id=foreign)
    assert grants_of(house, other) == {}


def test_a_role_is_not_held_twice_on_one_post(house: House) -> None:
    subject = house.person("emil", PASSWORD, roles=("payroll-clerk",))
    with pytest.raises(Conflict):
        roles.grant(house.idp, OPERATOR, subject.id, "payroll-clerk", "r", house.clock())


def test_two_administrator_roles_exclude_each_other(house: House) -> None:
    subject = house.person("faye", PASSWORD, roles=("audit-administrator",))
    with pytest.raises(Conflict):
        roles.grant(house.idp, OPERATOR, subject.id, "system-administrator", "r", house.clock())


def test_an_administrator_role_is_asked_for_once_and_approved_by_another(house: House) -> None:
    subject, now = house.person("gina", PASSWORD), house.clock()
    change = roles.grant(house.idp, OPERATOR, subject.id, "audit-administrator", "audits", now)
    assert isinstance(change, PendingChange)
    assert grants_of(house, subject) == {}
    with pytest.raises(Conflict):
        roles.grant(house.idp, OPERATOR, subject.id, "audit-administrator", "audits", now)
    with pytest.raises(Conflict):
        roles.decide(house.idp, OPERATOR, change.id, "checked", approve=True, now=now)
    herself = Admin(subject.id, frozenset(), None, OPERATOR.permissions)
    with pytest.raises(Conflict):
        roles.decide(house.idp, herself, change.id, "checked", approve=True, now=now)
    given = roles.decide(house.idp, SECOND, change.id, "checked", approve=True, now=now)
    assert given is not None
    assert grants_of(house, subject)["audit-administrator"].granted_by == "operator"
    with pytest.raises(NotFound):
        roles.decide(house.idp, SECOND, change.id, "checked", approve=True, now=now)


def test_a_request_that_was_turned_down_or_has_lapsed_gives_nothing(house: House) -> None:
    subject, now = house.person("hugo", PASSWORD), house.clock()
    change = roles.grant(house.idp, OPERATOR, subject.id, "audit-administrator", "r", now)
    assert isinstance(change, PendingChange)
    assert roles.decide(house.idp, SECOND, change.id, "checked", approve=False, now=now) is None
    assert grants_of(house, subject) == {}
    change = roles.grant(house.idp, OPERATOR, subject.id, "audit-administrator", "r", now)
    assert isinstance(change, PendingChange)
    with pytest.raises(NotFound):
        roles.decide(house.idp, SECOND, change.id, "checked", approve=True, now=now + roles.LAPSES)
    roles.decide(house.idp, SECOND, change.id, "checked", approve=False, now=now)


def test_what_a_group_gives_is_not_taken_here(house: House) -> None:
    subject, now = house.person("ida", PASSWORD), house.clock()
    post = house.idp.ports.truth.people.posts(subject.id)[0]
    with house.idp.ports.truth.begin() as tx:
        tx.people.grant_role(RoleGrant("role_dir", post.id, "payroll-clerk", "directory", "clerks", None, now))
    with pytest.raises(Conflict, match="clerks"):
        roles.take(house.idp, OPERATOR, subject.id, "role_dir", "r", now)


def test_a_role_is_taken_once_and_only_from_its_holder(house: House) -> None:
    subject, other, now = (
        house.person("jan", PASSWORD, roles=("payroll-clerk",)),
        house.person("kim", PASSWORD),
        house.clock(),
    )
    held = grants_of(house, subject)["payroll-clerk"]
    with pytest.raises(NotFound):
        roles.take(house.idp, OPERATOR, other.id, held.id, "r", now)
    roles.take(house.idp, OPERATOR, subject.id, held.id, "no longer pays", now)
    assert grants_of(house, subject) == {}
    with pytest.raises(Conflict):
        roles.take(house.idp, OPERATOR, subject.id, held.id, "r", now)


def test_the_last_holder_of_an_administrator_role_keeps_it(house: House) -> None:
    now = house.clock()
    only = house.person("lena", PASSWORD, roles=("system-administrator",))
    held = grants_of(house, only)["system-administrator"]
    with pytest.raises(Conflict, match="last"):
        roles.take(house.idp, OPERATOR, only.id, held.id, "r", now)
    house.person("mona", PASSWORD, roles=("system-administrator",))
    assert roles.take(house.idp, OPERATOR, only.id, held.id, "there is another", now).ends_at == now


def test_the_list_tells_what_a_role_allows_and_who_holds_it(house: House) -> None:
    subject = house.person("nils", PASSWORD, roles=("payroll-approver",))
    role = roles.one(house.idp, OPERATOR, "payroll-approver", house.clock())
    assert [one.name for one in role.allows] == ["payroll.approve"]
    assert subject.id in {holder.id for holder, _ in role.holders}
