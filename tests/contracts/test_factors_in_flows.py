"""Codes through the flows that take them: whose they are, once and no more, and exactly one winner of a hundred.

Passkeys and smart cards answer a challenge of one interaction: `tests/attacks/test_proof_replay.py`,
`tests/attacks/test_client_certificates_of_people.py`.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from idp.authn.assurance import rank
from idp.authn.factors import FACTORS
from idp.authn.factors import recovery as codes
from idp.errors import Unavailable
from idp.flows.context import Visit
from idp.flows.sign_in import access_pass, enrol, recovery, totp
from idp.model import AAL2, AAL2_PHR, Authenticator, AuthorizationRequest, EnrolmentCode, Interaction, Subject
from idp.ports import Place
from tests.support.house import House, house_in

Prove = Callable[[House, Subject, str], Interaction]
Make = Callable[[House, Subject], str]
MANY = 100
NAMES = iter(f"owner{number}" for number in range(1000))
BY_CHALLENGE = {"passkey", "certificate"}
REGISTERED = {"otp", "hwk", "swk", "sc", "user", "pin", "mfa", "pwd"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    wide = {"factor_burst": 10_000, "network_burst": 10_000}
    with house_in(tmp_path_factory.mktemp("house"), guessing=wide) as found:
        yield found


def visit(house: House) -> Visit:
    nowhere = Place(None, None, None)
    return Visit(house.clock(), "a", "n", nowhere, frozenset(), "Firefox", "Linux", "en", "binding")


def under_way(house: House) -> Interaction:
    request = AuthorizationRequest("payroll", "https://payroll.example/callback", ())
    return Interaction("h", 1, "b", request, "en", house.clock(), "n", department_id="local")


def app_code(house: House, subject: Subject) -> str:
    return house.app_of(subject).at(house.clock())


def saved_code(house: House, subject: Subject) -> str:
    idp = house.idp
    made = Authenticator(idp.id("factor"), subject.id, "recovery", "", None, {}, AAL2, ("test",), house.clock())
    made_codes = codes.make(idp.ports.random)
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_recovery(made, [recovery.hash_of(idp, one) for one in made_codes])
    return made_codes[0]


def a_pass(house: House, subject: Subject) -> str:
    idp, code = house.idp, f"PASS{subject.id}"
    until, hashed = house.clock() + timedelta(hours=1), enrol.hash_code(idp, enrol.clean_code(code))
    with idp.ports.truth.begin() as tx:
        tx.authenticators.add_code(
            EnrolmentCode(idp.id("code"), subject.id, hashed, "test", until, kind="pass", ceiling=AAL2_PHR)
        )
    return code


def an_enrolment_code(house: House, subject: Subject) -> str:
    return house.enrolment_code(subject, f"ENROL{subject.id}")


CASES: dict[str, tuple[Make, Prove]] = {
    "totp": (app_code, lambda h, who, code: totp.prove(h.idp, visit(h), under_way(h), who, code)),
    "recovery": (saved_code, lambda h, who, code: recovery.prove(h.idp, visit(h), under_way(h), who, code)),
    "pass": (a_pass, lambda h, who, code: access_pass.prove(h.idp, visit(h), under_way(h), who, code)),
    "enrolment": (
        an_enrolment_code,
        lambda h, who, code: enrol.vouch(h.idp, visit(h), under_way(h), who, code),
    ),
}
every = pytest.mark.parametrize("name", list(CASES))


def taken(after: Interaction) -> bool:
    return after.error is None and bool(after.proofs or after.vouched_code)


def test_every_factor_has_a_case() -> None:
    assert set(FACTORS) == (set(CASES) - {"enrolment"}) | BY_CHALLENGE


@every
def test_a_right_one_is_its_owners_and_is_good_once(house: House, name: str) -> None:
    make, prove = CASES[name]
    owner, other = (house.person(next(NAMES), "quiet harbour in winter") for _ in range(2))
    code = make(house, owner)
    make(house, other)
    assert not taken(prove(house, other, code))
    after = prove(house, owner, code)
    assert taken(after)
    held = {one.id: one for one in house.idp.ports.truth.authenticators.of(owner.id)}
    for proof in after.proofs:
        assert (proof.factor, after.subject_id) == (name, owner.id) and set(proof.amr) <= REGISTERED
        if proof.authenticator_id is not None:
            assert rank(proof.acr) <= rank(held[proof.authenticator_id].bound_acr)
    assert not taken(prove(house, owner, code))


@pytest.mark.parametrize("name", ["totp", "recovery"])
def test_what_was_removed_is_refused(house: House, name: str) -> None:
    make, prove = CASES[name]
    owner = house.person(next(NAMES), "quiet harbour in winter")
    code = make(house, owner)
    (held,) = house.factors(owner, name)
    with house.idp.ports.truth.begin() as tx:
        assert tx.authenticators.remove(held.id, house.clock())
    assert not taken(prove(house, owner, code))


@every
def test_a_hundred_at_once_have_one_winner(house: House, name: str) -> None:
    make, prove = CASES[name]
    owner = house.person(next(NAMES), "quiet harbour in winter")
    code = make(house, owner)

    def one_try(_: int) -> bool:
        try:
            return taken(prove(house, owner, code))
        except Unavailable:  # too many failures wait for their pace: refused all the same
            return False

    with ThreadPoolExecutor(MANY) as pool:
        assert sum(pool.map(one_try, range(MANY))) == 1
