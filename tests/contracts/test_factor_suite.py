"""What every entry of FACTORS must keep, whatever it is: its worth, its methods, and whose it is."""

from datetime import UTC, datetime

import pytest

from idp.authn.assurance import assess, rank
from idp.authn.factors import FACTORS, NOTHING
from idp.authn.next_step import Complete, Enrol, Known, Prove, ProvePassword, next_step
from idp.flows.authorize import EARLY, PAGES
from idp.model import AAL1, ACR_ORDER, Authenticator, FactorName, Proof

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSWORD = Proof("password", None, NOON, ("pwd",), AAL1)
REGISTERED = frozenset(
    "face fpt geo hwk iris kba mca mfa otp pin pop pwd rba sc sms swk tel user vbm wia".split()  # noqa: SIM905
)
"""The IANA registry that RFC 8176 §6.1 began."""
STATES: tuple[dict[str, object], ...] = (
    {},
    {"attested": True},
    {"attested": True, "backup_eligible": True},
    {"attested": True, "backup_eligible": False},
    {"attested": "True", "backup_eligible": 0},
)
every = pytest.mark.parametrize("name", list(FACTORS))
bound_at = pytest.mark.parametrize("bound", [*ACR_ORDER, "", "urn:gerege:aal9"])


def one(name: FactorName, bound: str, state: dict[str, object]) -> Authenticator:
    return Authenticator("a-1", "sub-1", name, "", None, state, bound, (), NOON)


@every
@bound_at
@pytest.mark.parametrize("state", STATES, ids=[str(number) for number in range(len(STATES))])
def test_worth_is_never_above_the_kind_nor_the_ledger(name: FactorName, bound: str, state: dict[str, object]) -> None:
    factor, held = FACTORS[name], one(name, bound, state)
    worth = factor.worth(held)
    assert rank(worth) <= min(rank(factor.best), rank(bound))
    proof = factor.proof(held, NOON)
    assert (proof.factor, proof.authenticator_id, proof.acr, proof.at) == (name, "a-1", worth, NOON)
    assert rank(assess([PASSWORD, proof])[0]) <= max(rank(worth), rank(AAL1))


@every
@pytest.mark.parametrize("state", STATES, ids=[str(number) for number in range(len(STATES))])
def test_methods_are_registered_and_never_knowledge_questions(name: FactorName, state: dict[str, object]) -> None:
    for proof in (FACTORS[name].proof(one(name, AAL1, state), NOON), FACTORS[name].presented(NOON)):
        assert proof.amr and set(proof.amr) <= REGISTERED - {"kba", "sms", "tel"}
        assert {"hwk", "swk"} - set(proof.amr), "a key is in hardware or it is not"


@every
def test_a_kind_is_known_by_its_own_name_and_has_a_page(name: FactorName) -> None:
    assert FACTORS[name].name == name
    assert name in PAGES or name in EARLY


@every
def test_a_factor_that_is_worth_nothing_opens_nothing(name: FactorName) -> None:
    proof = FACTORS[name].presented(NOON)
    step = next_step(Known("alice", "mof", (proof,), allowed=True))
    if FACTORS[name].best == NOTHING:
        assert assess([proof]) == (None, ())
        assert isinstance(step, Enrol)
        assert isinstance(next_step(Known("alice", "mof", (PASSWORD, proof), allowed=True)), Enrol)
    else:
        assert isinstance(step, Complete if FACTORS[name].verifies_user else ProvePassword)


@every
def test_what_reaches_a_level_is_offered_and_no_other(name: FactorName) -> None:
    factor, state = FACTORS[name], STATES[3]
    for required in ACR_ORDER[1:]:
        held = one(name, ACR_ORDER[-1], state)
        step = next_step(Known("alice", "mof", (PASSWORD,), (held,), allowed=True, required_acr=required))
        assert isinstance(step, Prove) == (rank(factor.worth(held)) >= rank(required))
