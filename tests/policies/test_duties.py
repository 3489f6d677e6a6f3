"""Separation of duty, least privilege, and the rule set that would lock out its own author."""

from dataclasses import replace

import pytest

from policies.engine import Engine
from policies.least_privilege import grantable
from policies.lockout import AuthorLockedOut, require_author_keeps_access
from policies.roles import ADMINISTRATORS, CONSOLE_PERMISSIONS
from policies.separation import ExclusiveSet, RolesConflict, conflicts, require_compatible
from tests.policies.conftest import Asking

BUYING = ExclusiveSet("buying", frozenset({"orders", "receives", "pays"}), at_most=2)


def test_administrators_exclude_each_other() -> None:
    for role in ADMINISTRATORS:
        assert conflicts({role, "payroll-clerk"}) == ()
        for other in ADMINISTRATORS - {role}:
            (conflict,) = conflicts([role, other, "payroll-clerk"])
            assert (conflict.set_id, conflict.held) == ("administrators", frozenset({role, other}))
    with pytest.raises(RolesConflict, match=r"administrators: .*at most 1"):
        require_compatible(ADMINISTRATORS)


def test_sets_from_data_add_and_cannot_take_away() -> None:
    loose = ExclusiveSet("administrators", ADMINISTRATORS, at_most=2)
    assert conflicts({"orders", "pays"}, [BUYING]) == ()
    assert [c.set_id for c in conflicts({"orders", "pays", "receives"}, [BUYING])] == ["buying"]
    assert conflicts({"system-administrator", "audit-administrator"}, [loose])
    require_compatible({"orders"}, [BUYING])
    with pytest.raises(ValueError, match="at_most"):
        ExclusiveSet("x", frozenset({"a", "b"}), at_most=2)


def test_permissions_are_asked_and_granted_and_allowed(engine: Engine, asking: Asking) -> None:
    decision = engine.decide(asking("approver", "payroll", "payroll.read", "payroll.approve", acr="aal2"))
    asked = ["payroll.read", "payroll.approve", "payroll.read", "made.up"]
    got = grantable(asked, {"payroll.read", "made.up", "payroll.approve"}, decision)
    assert got.permissions == ("payroll.read",)
    rows = {row.asked: row for row in got.difference}
    assert len(got.difference) == 3 and rows["payroll.read"].granted and not rows["payroll.read"].dropped_by
    assert rows["payroll.approve"].dropped_by[0] == "payroll-approve-passkey"
    assert rows["payroll.approve"].needs_acr == "urn:gerege:aal2-phr"
    assert rows["made.up"].dropped_by == ("not-judged",)
    assert grantable(["payroll.read"], (), decision).difference[0].dropped_by == ("not-granted",)
    assert grantable([], {"payroll.read"}, decision).permissions == ()


def test_nothing_is_grantable_when_entry_is_refused(engine: Engine, asking: Asking) -> None:
    decision = engine.decide(asking("approver", "payroll", "payroll.read", acr="aal1"))
    got = grantable(["payroll.read"], {"payroll.read"}, decision)
    assert got.permissions == () and got.difference[0].needs_acr == "urn:gerege:aal2"


def test_a_refused_decision_gives_nothing_even_if_it_lists_permissions(engine: Engine, asking: Asking) -> None:
    decision = engine.decide(asking("alice", "payroll", "payroll.read", acr="aal2"))
    assert grantable(["payroll.read"], {"payroll.read"}, decision).permissions == ("payroll.read",)
    assert grantable(["payroll.read"], {"payroll.read"}, replace(decision, allowed=False)).permissions == ()


@pytest.mark.parametrize(
    "rule",
    [
        'forbid(principal, action == Action::"signIn", resource) when { resource.name == "gerege-console" };',
        'forbid(principal, action == Action::"hold", resource) when { resource.name like "admin.policy.*" };',
        'forbid(principal == Person::"security", action == Action::"signIn", resource);',
        '@acr("urn:gerege:aal3") forbid(principal, action == Action::"signIn", resource) '
        "unless { context.assurance >= 4 };",
        'forbid(principal, action == Action::"issue", resource);',
    ],
)
def test_a_draft_that_locks_out_its_author_is_refused(
    engine: Engine, texts: dict[str, str], messages: frozenset[str], asking: Asking, rule: str
) -> None:
    keep = [p for p in CONSOLE_PERMISSIONS if p.name == "admin.policy.write"]
    question = asking("security", "gerege-console", acr="aal2", phase="admin")
    author = type(question)(question.who, question.application, tuple(keep), question.circumstances)
    require_author_keeps_access(engine, author)
    draft = Engine.from_texts({**texts, "z.cedar": f'@id("z") @because("policy.clearance") {rule}'}, messages=messages)
    with pytest.raises(AuthorLockedOut, match="lock out their own author: z"):
        require_author_keeps_access(draft, author)


def test_a_question_that_would_prove_nothing_is_refused(engine: Engine, asking: Asking) -> None:
    for question in (asking("security", "gerege-console", acr="aal2"), asking("alice", "plain", "plain.export")):
        with pytest.raises(ValueError, match="about the console"):
            require_author_keeps_access(engine, question)
