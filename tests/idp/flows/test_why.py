"""Why: of decisions that were made and of free questions, and who may read it."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from idp.errors import Invalid, NotAllowed, NotFound
from idp.events import EVENTS
from idp.flows import why
from idp.flows.admin.scope import OPERATOR, Admin
from idp.messages import Messages
from idp.model import AAL2_PHR, ACR_ORDER, Subject
from tests.support.house import Browser, House, RelyingParty, house_in

PASSWORD = "correct horse battery staple"
BRANCH = replace(OPERATOR, subject_id="sub_b", branch=frozenset({"elsewhere"}))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture(scope="module")
def clerk(house: House) -> Subject:
    return house.person("clerk", PASSWORD, roles=("payroll-clerk",))


@pytest.fixture(scope="module")
def reference(house: House, clerk: Subject) -> str:
    """Of the step-up that Payroll asks for."""
    Browser(house).get(RelyingParty(house).start()).submit(username="clerk@local.example").submit(password=PASSWORD)
    row = house.idp.ports.truth.audit.search(name="sign-in.step-up", subject_id=clerk.id)[0]
    return str(json.loads(row.body)["reference"])


def test_the_person_reads_their_own_and_it_tells_the_rule_and_the_way_out(
    house: House, clerk: Subject, reference: str
) -> None:
    found = why.recorded(house.idp, reference.lower().replace("-", " "), clerk.id)
    assert (found.outcome, found.subject.id if found.subject else "") == ("asked", clerk.id)
    assert found.application.en == "Payroll"
    assert not found.rules_changed
    configuration = house.idp.ports.truth.configuration()
    messages = [message for message, _ in why.reasons(found, configuration)]
    assert "policy.grade-3-second-factor" in messages
    assert any(message == "why.if" for message, _ in why.remedies(found, configuration))
    known = house.idp.policies.book.rules
    assert all(step.policy_id in known for part in found.explanation.parts for step in part.trace)


def test_nobody_else_learns_that_it_exists(house: House, clerk: Subject, reference: str) -> None:
    stranger = house.person("stranger", PASSWORD)
    for reader, admin in (
        (stranger.id, None),
        (None, None),
        (stranger.id, Admin(stranger.id, frozenset(), None, frozenset({"admin.people.read"}))),
        (stranger.id, BRANCH),
    ):
        with pytest.raises(NotFound):
            why.recorded(house.idp, reference, reader, admin)
    assert why.recorded(house.idp, reference, None, OPERATOR).reference == reference
    with pytest.raises(NotFound):
        why.recorded(house.idp, "AAAA-AAAA", clerk.id, OPERATOR)


@pytest.mark.parametrize("typed", ["", "x", "../..", "ＡＢＣＤ", "A" * 10_000, "'; DROP TABLE decision_record;--"])
def test_what_is_no_reference_is_not_found(house: House, clerk: Subject, typed: str) -> None:
    with pytest.raises(NotFound):
        why.recorded(house.idp, typed, clerk.id, OPERATOR)


def test_a_free_question_is_put_to_the_same_engine(house: House, clerk: Subject) -> None:
    now = house.clock()
    asked = why.Asked("payroll", ("payroll.read", "payroll.approve"), acr=AAL2_PHR)
    found = why.ask(house.idp, OPERATOR, clerk.id, asked, now)
    decision = house.idp.policies.decide(found.question)
    assert found.dropped == tuple(one.name for one in decision.dropped) == ("payroll.approve",)
    assert found.outcome == "allowed"
    weak = why.ask(house.idp, OPERATOR, clerk.id, why.Asked("payroll"), now)
    assert weak.outcome == "asked"
    own = why.ask(house.idp, OPERATOR, clerk.id, why.Asked("gerege-account"), now)
    assert own.application.zh == "我的账户"


def test_a_question_that_cannot_be_asked_is_named(house: House, clerk: Subject) -> None:
    now = house.clock()
    with pytest.raises(NotFound):
        why.ask(house.idp, OPERATOR, clerk.id, why.Asked("nothing"), now)
    with pytest.raises(Invalid, match="it has"):
        why.ask(house.idp, OPERATOR, clerk.id, why.Asked("payroll", ("docs.read",)), now)
    with pytest.raises(Invalid, match="assurance"):
        why.ask(house.idp, OPERATOR, clerk.id, why.Asked("payroll", acr="urn:gerege:aal9"), now)
    with pytest.raises(NotFound):
        why.ask(house.idp, BRANCH, clerk.id, why.Asked("payroll"), now)
    with pytest.raises(NotAllowed):
        why.ask(house.idp, Admin("x", frozenset(), None, frozenset()), clerk.id, why.Asked("payroll"), now)


def test_every_change_has_words_in_both_languages(house: House) -> None:
    catalogues = Messages.load().catalogues
    kinds = ["role", "network", "country", "band", "clearance", "post", "directory", "agreement"]
    wanted = {f"why.change.{kind}" for kind in kinds} | {f"why.change.acr.{acr}" for acr in ACR_ORDER}
    for language in ("en", "zh-CN"):
        assert wanted <= set(catalogues[language])  # type: ignore[index]


def test_every_event_has_a_sentence_in_both_languages() -> None:
    two_ways = {"role.changed": ("role.given", "role.taken")}
    names = {f"event.{told}" for name in EVENTS for told in two_ways.get(name, (name,))}
    for language in ("en", "zh-CN"):
        missing = names - set(Messages.load().catalogues[language])  # type: ignore[index]
        assert not missing
