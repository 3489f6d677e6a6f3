"""Algebra of decisions: forbids only take, roles only give, the strictest assurance wins, nonsense is a deny."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cedarpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import cedar
from policies.decision import Decision
from policies.engine import Engine
from policies.question import ACR_ORDER, BANDS, PHASES, Circumstances, Question, assurance_rank
from tests.policies.conftest import Asking

ROLES = ("payroll-clerk", "payroll-approver", "docs-editor", "system-administrator", "audit-administrator")
APPS = {
    "payroll": ("payroll.read", "payroll.approve"),
    "docs": ("docs.read", "docs.write"),
    "plain": ("plain.export", "plain.seal"),
    "gerege-console": ("admin.people.read", "admin.roles.grant"),
}
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def short(draw: st.DrawFn) -> dict[str, Any]:
    """A question in short form: any of the cast anywhere, in any circumstances."""
    app = draw(st.sampled_from(sorted(APPS)))
    who = draw(st.sampled_from(["alice", "wang", "outsider", "system"]))
    said: dict[str, Any] = {
        "who": {
            "like": who,
            "roles": sorted(draw(st.sets(st.sampled_from(ROLES)))),
            "clearance": draw(st.integers(1, 4)),
            "post_kind": draw(st.sampled_from(["regular", "acting", "ended"])),
        },
        "app": app,
        "asks": APPS[app],
        "acr": draw(st.sampled_from(["", *(a.removeprefix("urn:gerege:") for a in ACR_ORDER)])),
        "band": draw(st.sampled_from(BANDS)),
        "zones": draw(st.sampled_from([[], ["office"], ["guest"]])),
        "phase": draw(st.sampled_from(PHASES)),
        "degraded": draw(st.booleans()),
    }
    country = draw(st.sampled_from([None, "CN", "SG"]))
    return said | ({"country": country} if country else {})


def _question(asking: Asking, said: dict[str, Any]) -> Question:
    rest = {k: v for k, v in said.items() if k not in ("who", "app", "asks")}
    return asking(said["who"], said["app"], *said["asks"], **rest)


def _names(decision: Decision) -> set[str]:
    return {held.name for held in decision.permissions}


FORBIDS = (
    'forbid(principal, action == Action::"signIn", resource) when { context.band == "elevated" };',
    'forbid(principal, action == Action::"hold", resource) when { resource.name like "*.read" };',
    'forbid(principal, action in [Action::"signIn", Action::"hold"], resource) when { principal.clearance == 4 };',
    '@acr("urn:gerege:aal2") forbid(principal, action == Action::"hold", resource) unless { context.assurance >= 2 };',
    '@acr("urn:gerege:aal3") forbid(principal, action == Action::"signIn", resource) '
    "unless { context.assurance >= 4 };",
    'forbid(principal, action == Action::"issue", resource) when { resource.grade == 2 };',
)


@pytest.fixture(scope="module")
def stricter(texts: dict[str, str], messages: frozenset[str]) -> list[Engine]:
    made = [f'@id("more") @because("policy.clearance") {forbid}' for forbid in FORBIDS]
    return [Engine.from_texts({**texts, "more.cedar": text}, messages=messages) for text in made]


@MANY
@given(said=short(), which=st.integers(0, len(FORBIDS) - 1))
def test_adding_a_forbid_never_permits_more(
    engine: Engine, stricter: list[Engine], asking: Asking, said: dict[str, Any], which: int
) -> None:
    question = _question(asking, said)
    before, after = engine.decide(question), stricter[which].decide(question)
    assert before.allowed or not after.allowed
    assert _names(after) <= _names(before)
    assert assurance_rank(after.acr) >= assurance_rank(before.acr) or not after.allowed


@pytest.fixture(scope="module")
def only_permits(texts: dict[str, str], messages: frozenset[str]) -> Engine:
    """The real rules without every forbid."""
    engine = Engine.from_texts(texts, messages=messages)
    kept = {rule.id for rule in engine.book.rules.values() if rule.effect == "permit"}
    plain = "\n".join(str(engine.book.rules[id_].alone) for id_ in sorted(kept))
    return Engine.from_texts({"schema.cedarschema": texts["schema.cedarschema"], "p.cedar": plain}, messages=messages)


@MANY
@given(said=short(), role=st.sampled_from(ROLES))
def test_with_permits_alone_more_roles_never_permit_less(
    only_permits: Engine, asking: Asking, said: dict[str, Any], role: str
) -> None:
    question = _question(asking, said)
    more = replace(question, who=replace(question.who, roles=question.who.roles | {role}))
    before, after = only_permits.decide(question), only_permits.decide(more)
    assert after.allowed or not before.allowed
    assert _names(before) <= _names(after)


@MANY
@given(said=short())
def test_more_assurance_never_permits_less_and_needs_acr_is_true(
    engine: Engine, asking: Asking, said: dict[str, Any]
) -> None:
    question = _question(asking, said)
    decision = engine.decide(question)
    for acr in ACR_ORDER[assurance_rank(question.circumstances.acr) :]:
        stronger = engine.decide(replace(question, circumstances=replace(question.circumstances, acr=acr)))
        assert stronger.allowed or not decision.allowed
        assert _names(decision) <= _names(stronger)
        if decision.needs_acr:
            assert stronger.allowed == (assurance_rank(acr) >= assurance_rank(decision.needs_acr))
        for dropped in decision.dropped:
            reached = dropped.needs_acr and assurance_rank(acr) >= assurance_rank(dropped.needs_acr)
            assert (dropped.name in _names(stronger)) == bool(reached)


@MANY
@given(said=short())
def test_the_engine_agrees_with_cedar_on_the_very_question(
    engine: Engine, asking: Asking, said: dict[str, Any]
) -> None:
    """No slicing, no shortcut, no shelf: all rules of the application, the assurance that was really proved."""
    question = _question(asking, said)
    book, decision = engine.book, engine.decide(question)
    everything = "\n".join(str(r.alone) for r in book.rules.values() if r.serves(question.application.id))
    document = [
        {"uid": {"type": kind, "id": id_}, "attrs": attrs, "parents": []}
        for (kind, id_), attrs in cedar.facts(question).items()
    ]
    who = {"type": "Person", "id": question.who.person_id}
    context = cedar.context(question.circumstances)

    def plain(action: str, kind: str, id_: str) -> bool:
        resource = {"type": kind, "id": id_}
        request = {"principal": who, "action": f'Action::"{action}"', "resource": resource, "context": context}
        result = cedarpy.is_authorized(request, everything, document, book.schema)
        return result.allowed and not result.diagnostics.errors

    entry = plain("signIn", "Application", question.application.id) and question.circumstances.acr is not None
    assert decision.allowed == entry
    assert _names(decision) == {p.name for p in question.permissions if entry and plain("hold", "Permission", p.name)}


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("grade", [1, 2, 3, 4])
def test_the_strictest_assurance_and_the_shortest_life_win(
    engine: Engine, asking: Asking, band: str, grade: int
) -> None:
    decision = engine.decide(asking("alice", {"like": "plain", "grade": grade}, band=band, acr="aal3"))
    by_grade, by_band = [1, 1, 2, 3][grade - 1], {"low": 1, "elevated": 2, "high": 3}[band]
    assert decision.allowed and assurance_rank(decision.acr) == max(by_grade, by_band)
    minutes = min([60, 30, 15, 5][grade - 1], {"low": 60, "elevated": 10, "high": 5}[band])
    assert decision.life == timedelta(minutes=minutes) and decision.life_policies


def _garbage(question: Question) -> list[Question]:
    who, app, c, (permission, *_) = question.who, question.application, question.circumstances, question.permissions
    people: list[dict[str, Any]] = [
        {"clearance": "4"}, {"clearance": 4.5}, {"clearance": None}, {"clearance": 2**70}, {"post_kind": None},
        {"roles": None}, {"roles": frozenset({1})}, {"department": ""}, {"departments": frozenset()},
        {"person_id": None}, {"person_id": "\ud800"},
    ]  # fmt: skip
    apps: list[dict[str, Any]] = [{"grade": None}, {"grade": "1"}, {"grade": 99}, {"labels": None}, {"department": 5}]
    around: list[dict[str, Any]] = [
        {"band": "none"}, {"band": None}, {"acr": "urn:gerege:aal9"}, {"acr": 4}, {"at": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"phase": "anything"}, {"zones": None}, {"country": 7}, {"asn": "AS1"}, {"degraded": "no"}, {"degraded": None},
        {"at": None},
    ]  # fmt: skip
    asked: list[dict[str, Any]] = [{"grade": None}, {"roles": frozenset({None})}, {"needs": None}]
    return [
        *(replace(question, who=replace(who, **new)) for new in people),
        *(replace(question, application=replace(app, **new)) for new in apps),
        *(replace(question, circumstances=replace(c, **new)) for new in around),
        *(replace(question, permissions=(replace(permission, **new),)) for new in asked),
    ]


def test_garbage_is_a_deny_and_never_an_error(engine: Engine, asking: Asking) -> None:
    question = asking("alice", "plain", "plain.export", acr="aal3")
    assert engine.decide(question).allowed and engine.decide(question).permissions
    for bad in _garbage(question):
        decision = engine.decide(bad)
        assert not decision.allowed and not decision.permissions and decision.life == timedelta(0), bad
        assert decision.needs_acr is None and decision.reasons, bad


def test_a_clean_question_about_nothing_configured_is_denied(engine: Engine, asking: Asking) -> None:
    question = asking("outsider", "plain")
    now = Circumstances(datetime.now(UTC), acr=ACR_ORDER[-1])
    assert [r.policy_id for r in engine.decide(replace(question, circumstances=now)).reasons] == ["deny-by-default"]


@MANY
@given(short())
def test_a_refusal_names_no_demand_that_was_met(engine: Engine, asking: Asking, said: dict[str, Any]) -> None:
    question = _question(asking, said)
    decision, proved = engine.decide(question), assurance_rank(question.circumstances.acr)
    named = [one for dropped in decision.dropped for one in dropped.policies]
    if not decision.allowed:
        named += [reason.policy_id for reason in decision.reasons]
    demands = {one: rule.acr for one, rule in engine.book.rules.items() if rule.acr}
    alone = all(one in demands and demands[one] <= proved for one in named)
    assert alone or not any(demands.get(one, proved + 1) <= proved for one in named)


def test_wang_with_a_passkey_lacks_the_role_and_nothing_else(engine: Engine, asking: Asking) -> None:
    who = {"like": "wang", "roles": ["payroll-clerk"], "clearance": 4}
    decision = engine.decide(asking(who, "payroll", "payroll.approve", acr="aal2-phr"))
    (dropped,) = decision.dropped
    assert dropped.policies == ("payroll-approvers-approve",)
