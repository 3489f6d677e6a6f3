"""The steps below the web: names and departments, enrolment codes, challenges, budgets, freshness of an interaction."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fido2.utils import websafe_encode
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import ProofRejected
from idp.flows.context import Visit
from idp.flows.sign_in import budgets, challenge, enrol, identify
from idp.model import AAL1, AuthorizationRequest, Department, Interaction, Proof, Signposts, Text
from idp.ports import Place
from tests.support.house import House, house_in

MOF = Department("mof", None, "bureau", Text("Finance", "财政"), "ldap", domains=("mof.example",), prefixes=("MOF",))
MOE = Department("moe", None, "bureau", Text("Education", "教育"), "ldap", domains=("moe.example",), prefixes=("MOE",))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


def visit(house: House, network: str = "n") -> Visit:
    return Visit(house.clock(), "a", network, Place(None, None, None), frozenset(), None, None, "en", "b")


def begun(house: House, name: str = "h") -> Interaction:
    request = AuthorizationRequest("payroll", "https://payroll.example/callback", ("openid",))
    return Interaction(name, 1, "b", request, "en", house.clock(), "n")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("alice@mof.example", MOF),
        ("alice@hr.mof.example", MOF),
        ("alice@xmof.example", None),
        ("alice@mof.example.evil.example", None),
        ("mof\\alice@moe.example", MOF),
        ("moe\\alice", MOE),
        ("alice", None),
        ("@mof.example", MOF),
        ("mof.example", None),
    ],
)
def test_a_department_is_named_by_whole_labels_and_prefixes(typed: str, found: Department | None) -> None:
    assert Signposts((MOF, MOE)).named_by(typed) == found


@given(st.text(max_size=40))
def test_cleaning_a_name_twice_changes_nothing_more(typed: str) -> None:
    assert identify.clean(identify.clean(typed)) == identify.clean(typed)


@given(st.text(max_size=30))
def test_an_enrolment_code_is_letters_and_digits(typed: str) -> None:
    cleaned = enrol.clean_code(typed)
    assert cleaned.isascii() and (not cleaned or cleaned.isalnum()) and cleaned == cleaned.upper()
    assert enrol.clean_code(f" {cleaned.lower()}-") == cleaned


@pytest.mark.parametrize("again", [identify.back_to_start, identify.another_department])
def test_nothing_of_one_person_is_left_for_the_next(house: House, again: object) -> None:
    proof = Proof("password", None, house.clock(), ("pwd",), AAL1)
    full = replace(
        begun(house),
        subject_id="sub_alice",
        identifier="alice",
        department_id="mof",
        proofs=(proof,),
        degraded=True,
        consented=True,
        vouched_code="code_1",
        reference="AAAA-BBBB",
        stage={"step": "totp", "seed": "s", "account": "a", "reasons": "[]", "ways": "totp"},
    )
    after = again(full)  # type: ignore[operator]
    assert (after.subject_id, after.department_id, after.proofs) == (None, None, ())
    assert (after.degraded, after.consented, after.vouched_code, after.reference) == (False, False, None, None)
    assert after.stage == {"step": "totp"}


def answer_to(raw: bytes) -> str:
    told = websafe_encode(json.dumps({"challenge": websafe_encode(raw)}).encode())
    return json.dumps({"response": {"clientDataJSON": told}})


def test_a_challenge_is_good_once_for_its_interaction_and_five_minutes(house: House) -> None:
    mine, other, now = begun(house, "mine"), begun(house, "other"), house.clock()
    made = challenge.make(house.idp, mine, now)
    assert len(made) >= 16 and made != challenge.make(house.idp, mine, now)
    for interaction, when, why in (
        (other, now, "not ours"),
        (mine, now + challenge.LIFE * 1.01, "too old"),
        (mine, now - challenge.LIFE, "too old"),
    ):
        with pytest.raises(ProofRejected, match=why):
            challenge.take(house.idp, interaction, answer_to(made), when)
    assert challenge.take(house.idp, mine, answer_to(made), now) == made
    with pytest.raises(ProofRejected, match="used"):
        challenge.take(house.idp, mine, answer_to(made), now)


@pytest.mark.parametrize("cut", [0, 1, 16, 24, 40, 55])
def test_a_challenge_cut_or_changed_is_not_ours(house: House, cut: int) -> None:
    made = challenge.make(house.idp, begun(house), house.clock())
    changed = bytes(byte ^ (place == cut) for place, byte in enumerate(made))
    for raw in (made[:cut], changed, made + b"\0"):
        with pytest.raises(ProofRejected):
            challenge.take(house.idp, begun(house), answer_to(raw), house.clock())


def test_a_right_proof_gives_its_try_back(house: House) -> None:
    for _ in range(20):
        budget = budgets.for_password(house.idp, visit(house, "right"), "right", False, None)
        assert budget.heard
        budgets.succeeded(house.idp, budget)
    assert budgets.recent_failures(house.idp, "right", "right") == (0, 0)


def test_wrong_ones_are_counted_and_a_try_that_is_not_heard_costs_nothing_more(house: House) -> None:
    tries = [budgets.for_password(house.idp, visit(house, "wrong"), "wrong", False, None).heard for _ in range(6)]
    assert tries == [True] * 3 + [False] * 3
    assert budgets.recent_failures(house.idp, "wrong", "wrong") == (3, 3)
    assert budgets.for_password(house.idp, visit(house, "wrong"), "wrong", True, None).heard


def test_a_directory_that_locks_at_two_hears_no_password(house: House) -> None:
    assert not budgets.for_password(house.idp, visit(house), "strict", False, 2).heard
