"""Every factor through the flow that takes it, on both stores: whose it is, once and no more, when it is over, and
exactly one winner of a hundred. Spec: NIST SP 800-63B-4 §3.1, §3.2.2, §3.2.7."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from adapters.memory import MemoryTruth
from idp.authn.assurance import rank
from idp.authn.factors import FACTORS
from idp.errors import Unavailable
from idp.flows.admin import people
from idp.flows.admin.scope import OPERATOR
from idp.model import Interaction, Subject
from idp.model.assurance import FAILURES_CEILING
from tests.contracts.factor_cases import CASES, PASSWORD, settings_of_cards
from tests.support.house import House, furnish, house_in

MANY = 100
NAMES = iter(f"owner{number}" for number in range(1000))
REGISTERED = {"otp", "hwk", "swk", "sc", "user", "pin", "mfa", "pwd"}
WIDE = dict.fromkeys(("factor_burst", "network_burst", "stranger_burst", "stranger_daily_burst"), 100_000)


@pytest.fixture(scope="module")
def kept_in_sql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    cards = settings_of_cards(tmp_path_factory.mktemp("cards"))
    with house_in(tmp_path_factory.mktemp("house"), guessing=WIDE, certificates=cards, server=_server()) as found:
        yield found


@pytest.fixture(scope="module")
def kept_in_memory(kept_in_sql: House) -> House:
    """The same house, with its truth in memory."""
    sql = kept_in_sql.idp
    idp = replace(sql, ports=replace(sql.ports, truth=MemoryTruth(kept_in_sql.clock)))
    furnish(idp)
    return House(idp, None, kept_in_sql.clock)


@pytest.fixture(params=["sql", "memory"])
def house(request: pytest.FixtureRequest) -> House:
    found = request.getfixturevalue(f"kept_in_{request.param}")
    assert isinstance(found, House)
    return found


def _server() -> dict[str, object]:
    proxies = {"trusted_proxies": ["127.0.0.1/32"], "client_certificate_header": "Client-Cert"}
    return {"issuer": "https://id.example", "listen": "127.0.0.1:0", **proxies}


def kinds(wanted: Callable[[str], bool] = lambda _: True) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", [name for name in CASES if wanted(name)])


def one(house: House) -> Subject:
    return house.person(next(NAMES), PASSWORD)


def taken(after: Interaction) -> bool:
    return after.error is None and bool(after.proofs or after.vouched_code)


def tried(house: House, name: str, who: Subject, proof: str) -> bool:
    try:
        return taken(CASES[name].show(house, who, proof))
    except Unavailable:  # too many failures wait for their pace: refused all the same
        return False


def test_every_factor_has_a_case() -> None:
    assert {"password", "enrolment", *FACTORS} == set(CASES)


@kinds()
def test_a_right_one_is_taken_for_what_it_is(house: House, name: str) -> None:
    owner = one(house)
    after = CASES[name].show(house, owner, CASES[name].make(house, owner))
    assert taken(after)
    held = {each.id: each for each in house.idp.ports.truth.authenticators.of(owner.id)}
    for proof in after.proofs:
        assert (proof.factor, after.subject_id) == (name, owner.id) and set(proof.amr) <= REGISTERED
        if proof.authenticator_id is not None:
            assert rank(proof.acr) <= rank(held[proof.authenticator_id].bound_acr)


@kinds()
def test_a_wrong_one_and_nothing_are_refused_and_spend_nothing(house: House, name: str) -> None:
    case, owner = CASES[name], one(house)
    right = case.make(house, owner)
    for wrong in (case.wrong(right), "", " ", "\0", "零" * 6, "x" * 5000):
        assert not tried(house, name, owner, wrong), wrong[:20]
    again = right if name != "passkey" else case.make(house, owner)  # a challenge is for one answer, right or wrong
    assert tried(house, name, owner, again)


@kinds(lambda name: CASES[name].once)
def test_the_same_one_again_is_refused(house: House, name: str) -> None:
    owner = one(house)
    proof = CASES[name].make(house, owner)
    assert [tried(house, name, owner, proof) for _ in range(3)] == [True, False, False]


@kinds()
def test_somebody_else_s_is_refused(house: House, name: str) -> None:
    case, owner, other = CASES[name], one(house), house.person(next(NAMES), "another harbour in spring")
    right = case.make(house, owner)
    if name != "password":
        case.make(house, other)
    assert not tried(house, name, other, right)


@kinds(lambda name: CASES[name].bound)
def test_what_was_taken_away_is_refused(house: House, name: str) -> None:
    owner = one(house)
    proof = CASES[name].make(house, owner)
    (held,) = house.factors(owner, name)
    with house.idp.ports.truth.begin() as tx:
        assert tx.authenticators.remove(held.id, house.clock())
    assert not tried(house, name, owner, proof)


@kinds(lambda name: name in {"password", "passkey", "certificate", "recovery", "pass"})
def test_of_a_person_who_was_disabled_nothing_is_taken(house: House, name: str) -> None:
    """What may come first in a sign-in looks at the person; behind the first proof the dispatcher does."""
    owner = one(house)
    proof = CASES[name].make(house, owner)
    people.disable(house.idp, OPERATOR, owner.id, "left", house.clock())
    gone = house.idp.ports.truth.people.get(owner.id)
    assert gone is not None and not tried(house, name, gone, proof)


@kinds(lambda name: CASES[name].wears)
def test_at_the_ceiling_it_is_over(house: House, name: str) -> None:
    case, owner = CASES[name], one(house)
    right = case.make(house, owner)
    (held,) = house.factors(owner, name)
    with house.idp.ports.truth.begin() as tx:
        for _ in range(FAILURES_CEILING - 1):
            assert not tx.authenticators.count_failure(held.id, house.clock())
    assert not tried(house, name, owner, case.wrong(right))
    assert house.factors(owner, name) == []
    assert not tried(house, name, owner, right)


@kinds(lambda name: not CASES[name].wears)
def test_what_nobody_guesses_is_not_worn_out_by_guesses(house: House, name: str) -> None:
    """Beyond the ceiling: the budgets refuse, and the authenticator stays its owner's."""
    case, owner = CASES[name], one(house)
    wrong = case.wrong(case.make(house, owner))
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(lambda _: tried(house, name, owner, wrong), range(FAILURES_CEILING + 1)))
    assert not any(heard)
    assert tried(house, name, owner, CASES[name].make(house, owner))


@kinds(lambda name: CASES[name].once)
def test_a_hundred_at_once_have_one_winner(house: House, name: str) -> None:
    owner = one(house)
    proof = CASES[name].make(house, owner)
    with ThreadPoolExecutor(MANY) as pool:
        assert sum(pool.map(lambda _: tried(house, name, owner, proof), range(MANY))) == 1
