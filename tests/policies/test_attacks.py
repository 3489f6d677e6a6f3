"""Tricks on the engine: borrowed permissions, forged departments, names that are syntax, rules that fail."""

from dataclasses import replace

import cedarpy
import pytest

from policies import cedar
from policies.engine import Engine
from policies.question import EVERYONE, Permission
from tests.policies.conftest import Asking

STRONG = {"acr": "aal3"}


def test_a_permission_of_another_application_is_never_given(engine: Engine, asking: Asking) -> None:
    decision = engine.decide(asking("approver", "plain", "payroll.approve", **STRONG))
    assert decision.allowed and not decision.permissions
    assert decision.dropped[0].policies == ("foreign-permission",) and decision.dropped[0].needs_acr is None


def test_a_permission_asked_twice_under_two_owners_refuses_all(engine: Engine, asking: Asking) -> None:
    question = asking("alice", "plain", "plain.export", **STRONG)
    twin = Permission("plain.export", "payroll", 1, frozenset({EVERYONE}))
    decision = engine.decide(replace(question, permissions=(*question.permissions, twin)))
    assert not decision.allowed and decision.reasons[0].policy_id == "malformed-question"


def test_empty_roles_hold_nothing_and_match_no_empty_grant(engine: Engine, asking: Asking) -> None:
    nobody = {"like": "alice", "roles": []}
    decision = engine.decide(
        asking(nobody, "payroll", "payroll.read", {"like": "payroll.approve", "roles": [], "needs": []}, **STRONG)
    )
    assert decision.allowed and not decision.permissions
    assert all(d.needs_acr is None for d in decision.dropped)


def test_the_role_everyone_is_not_a_master_key(engine: Engine, asking: Asking) -> None:
    forger = {"like": "alice", "roles": ["everyone", "*", ""]}
    assert not engine.decide(asking(forger, "payroll", "payroll.read", "payroll.approve", **STRONG)).permissions


def test_a_department_outside_its_own_branch_is_refused(engine: Engine, asking: Asking) -> None:
    forged = {"like": "outsider", "department": "mof"}
    decision = engine.decide(asking(forged, "plain", **STRONG))
    assert not decision.allowed and decision.reasons[0].policy_id == "malformed-question"


@pytest.mark.parametrize("name", ['mof" || true || "', "mof\\", "MOF", "mof ", "м\u043ef", "mof\x00", "../mof"])
def test_a_department_that_only_looks_alike_opens_nothing(engine: Engine, asking: Asking, name: str) -> None:
    forged = {"like": "outsider", "department": name, "departments": [name]}
    assert not engine.decide(asking(forged, "plain", **STRONG)).allowed


@pytest.mark.parametrize("name", ['x"; permit(principal, action, resource); //', 'Person::"root"', '"', "\\", "\n", ""])
def test_names_are_never_syntax(engine: Engine, asking: Asking, name: str) -> None:
    question = asking("outsider", "plain", "plain.export", **STRONG)
    tricked = replace(
        question,
        who=replace(question.who, person_id=name, roles=frozenset({name})),
        permissions=(replace(question.permissions[0], name=name, roles=frozenset()),),
    )
    assert not engine.decide(tricked).allowed


def test_no_decision_is_a_deny(engine: Engine, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    question = asking("alice", "plain", **STRONG)
    assert engine.decide(question).allowed
    said = cedar.context(question.circumstances)
    monkeypatch.setattr(cedar, "context", lambda _: {**said, "smuggled": True})
    decision = engine.decide(question)
    assert not decision.allowed and [r.policy_id for r in decision.reasons] == ["rule-failed"]


def test_a_forbid_that_fails_closes_the_door(texts: dict[str, str], messages: frozenset[str], asking: Asking) -> None:
    """Cedar skips a policy that overflows; here that must not open what it forbids."""
    bomb = (
        '@id("bomb") @because("policy.clearance") forbid(principal, action == Action::"signIn", resource) '
        "when { principal.clearance + 9223372036854775807 > 0 };"
    )
    engine = Engine.from_texts({**texts, "bomb.cedar": bomb}, messages=messages)
    decision = engine.decide(asking("alice", "plain", **STRONG))
    assert not decision.allowed and [r.policy_id for r in decision.reasons] == ["rule-failed"]


def test_an_allow_with_errors_is_a_deny() -> None:
    said = {"decision": "Allow", "diagnostics": {"reason": ["a"], "errors": ["b"]}}
    answer = cedar._answer(cedarpy.AuthzResult(said))
    assert answer.failed and not answer.allow


def test_a_rule_that_names_a_person_really_binds_that_person(
    texts: dict[str, str], messages: frozenset[str], asking: Asking
) -> None:
    ban = (
        '@id("ban") @because("policy.clearance") '
        'forbid(principal == Person::"alice", action == Action::"signIn", resource == Application::"plain");'
    )
    engine = Engine.from_texts({**texts, "ban.cedar": ban}, messages=messages)
    assert not engine.decide(asking("alice", "plain", **STRONG)).allowed
    assert engine.decide(asking("approver", "plain", **STRONG)).allowed


def test_a_rule_for_one_application_does_not_reach_another(
    texts: dict[str, str], messages: frozenset[str], asking: Asking
) -> None:
    wide = (
        '@id("wide") @because("policy.role-holds") @application("docs") '
        'permit(principal, action == Action::"hold", resource);'
    )
    engine = Engine.from_texts({**texts, "wide.cedar": wide}, messages=messages)
    held = engine.decide(asking("outsider", "docs", "docs.write", zones=["office"], **STRONG)).permissions
    assert [h.name for h in held] == ["docs.write"]
    assert not engine.decide(asking({"like": "alice", "roles": []}, "payroll", "payroll.read", **STRONG)).permissions
