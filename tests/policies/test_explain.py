"""Why: the trace says what the engine did, and what it says would change the answer really does."""

import json

import pytest

from policies.engine import Engine
from policies.explain import Part, why
from tests.policies.conftest import Asking


def _part(engine: Engine, asking: Asking, name: str, *question: object, **circumstances: object) -> Part:
    parts = why(engine, asking(*question, **circumstances)).parts
    return next(part for part in parts if part.name == name)


def test_wang_wei_and_approving_pay(engine: Engine, asking: Asking) -> None:
    explanation = why(engine, asking({"like": "wang", "clearance": 4}, "payroll", "payroll.approve", acr="aal2"))
    entry, approve = explanation.parts
    assert (entry.outcome, entry.decided_by) == ("allowed", "sharing-agreement")
    assert (approve.outcome, approve.decided_by) == ("refused", "payroll-approvers-approve")
    steps = {step.policy_id: step for step in approve.trace}
    assert [s.policy_id for s in approve.trace if s.decides] == ["payroll-approvers-approve"]
    assert steps["payroll-approve-passkey"].would_also_ask == "urn:gerege:aal2-phr"
    assert steps["grade-3-second-factor"].state == "met"
    assert ("principal.roles", ["teacher-records-clerk"]) in [(f.name, f.value) for f in steps["role-holds"].facts]
    changes = [[(c.kind, c.value) for c in flip.changes] for flip in approve.what_would_change]
    assert changes == [[("role", "payroll-approver"), ("acr", "urn:gerege:aal2-phr")]]


def test_a_default_deny_names_the_permit_that_came_nearest(engine: Engine, asking: Asking) -> None:
    part = _part(engine, asking, "payroll.read", "wang", "payroll", "payroll.read", acr="aal2")
    assert (part.outcome, part.decided_by, part.because) == ("refused", "role-holds", "policy.nothing-permits")
    step = next(step for step in part.trace if step.decides)
    assert (step.policy_id, step.state) == ("role-holds", "not-matched")
    changes = {(c.kind, c.value) for flip in part.what_would_change for c in flip.changes}
    assert changes == {("role", "payroll-clerk"), ("role", "payroll-approver")}


@pytest.mark.parametrize(
    ("circumstances", "expected"),
    [
        ({}, [[("network", "office")]]),
        ({"zones": ["office"], "country": "SG"}, [[("country", "CN")]]),
        ({"country": "SG"}, [[("network", "office"), ("country", "CN")]]),
        ({"zones": ["office"], "band": "high"}, [[("acr", "urn:gerege:aal2-phr")], [("band", "low")]]),
    ],
)
def test_what_would_change_docs(
    engine: Engine, asking: Asking, circumstances: dict[str, object], expected: list[list[tuple[str, str]]]
) -> None:
    part = _part(engine, asking, "docs", "wang", "docs", **circumstances)
    got = [[(c.kind, c.value) for c in flip.changes] for flip in part.what_would_change]
    assert sorted(map(sorted, got)) == sorted(map(sorted, expected))


def test_never_proposes_two_administrator_roles(engine: Engine, asking: Asking) -> None:
    part = _part(engine, asking, "admin.roles.grant", "system", "gerege-console", "admin.roles.grant", acr="aal2")
    assert part.outcome == "refused" and part.what_would_change == ()


def test_clearance_and_step_up_are_reported(engine: Engine, asking: Asking) -> None:
    low = _part(engine, asking, "payroll", {"like": "alice", "clearance": 1}, "payroll", acr="aal2")
    assert [(c.kind, c.value) for c in low.what_would_change[0].changes] == [("clearance", "3")]
    step_up = _part(engine, asking, "payroll", "alice", "payroll")
    assert (step_up.outcome, step_up.needs_acr) == ("needs-proof", "urn:gerege:aal2")
    assert step_up.decided_by == "grade-3-second-factor"


def test_is_json_and_survives_garbage_and_foreign_permissions(engine: Engine, asking: Asking) -> None:
    for question in (
        asking("alice", "payroll", "payroll.read", "docs.read", acr=""),
        asking({"like": "alice", "clearance": "x"}, "payroll"),
        asking({"like": "alice", "department": "moe"}, "payroll"),
        asking({"like": "alice", "post_kind": "ended"}, "docs", country="SG", degraded=True, band="high"),
    ):
        explanation = why(engine, question)
        assert not explanation.allowed
        assert json.loads(json.dumps(explanation.to_json())) == explanation.to_json()
        assert explanation.policy_version == engine.version


def test_the_explanation_agrees_with_the_decision(engine: Engine, asking: Asking) -> None:
    for who in ("alice", "approver", "wang", "outsider"):
        for acr in ("", "aal1", "aal2", "aal2-phr"):
            question = asking(who, "payroll", "payroll.read", "payroll.approve", acr=acr)
            decision, explanation = engine.decide(question), why(engine, question)
            assert explanation.allowed == decision.allowed
            held = {part.name for part in explanation.parts[1:] if part.outcome == "allowed"}
            assert held == {granted.name for granted in decision.permissions}
            for part in explanation.parts[1:]:
                needs = {d.name: d.needs_acr for d in decision.dropped}.get(part.name)
                assert part.needs_acr == needs
