"""Hardware tokens at the help desk: given with a code, given once, back, lost; and signing in with one."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest

from idp.errors import Conflict, Invalid, NotAllowed, NotFound
from idp.flows.admin import tokens
from idp.flows.admin.scope import OPERATOR
from idp.model import AAL2, HardwareToken, Subject
from idp.secret import Secret
from tests.support.house import Browser, House, RelyingParty, house_in

SEED = b"a seed of twenty oct"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


def in_cupboard(house: House, serial: str, digits: int = 6) -> HardwareToken:
    one = HardwareToken(serial, Secret(SEED + serial.encode()), "SHA256", digits, 60, house.clock())
    assert tokens.add(house.idp, OPERATOR, (one,), "a box came") == (1, 0)
    return one


def shown(token: HardwareToken, at: datetime) -> str:
    seed = base64.b32encode(token.secret.reveal()).decode().rstrip("=")
    return pyotp.TOTP(seed, digits=token.digits, digest=hashlib.sha256, interval=token.period).at(at)


def give(house: House, subject: Subject, token: HardwareToken, code: str) -> None:
    tokens.assign(house.idp, OPERATOR, subject.id, token.serial, code, "no phone in that room", house.clock())


def test_a_token_is_given_with_the_code_it_shows_and_signs_its_person_in(house: House) -> None:
    token, anna = in_cupboard(house, "GE-0001", 8), house.person("anna", "Anna-password-1", roles=("payroll-clerk",))
    assert tokens.add(house.idp, OPERATOR, (token,), "again") == (0, 1)
    code = shown(token, house.clock())
    give(house, anna, token, code)
    (bound,) = house.factors(anna, "totp")
    assert (bound.bound_acr, bound.bound_by, bound.label) == (AAL2, ("help-desk", "operator"), "GE-0001")
    assert {"tokens.imported", "token.changed", "factor.bound"} <= set(house.events())
    assert [one.kind for one in house.idp.ports.truth.notices.of(anna.id, house.clock())] == ["factor-added"]
    browser = Browser(house)
    browser.get(RelyingParty(house).start()).submit(username="anna").submit(password="Anna-password-1")
    assert browser.path == "/sign-in/totp"
    browser.submit(code=code)
    assert "already used" in browser.page
    house.clock.move(seconds=60)
    browser.submit(code=shown(token, house.clock()))
    assert "code" in browser.query


def test_a_clock_that_drifts_is_followed(house: House) -> None:
    token, bert = in_cupboard(house, "GE-0002"), house.person("bert", "Bert-password-1", roles=("payroll-clerk",))
    ahead = timedelta(minutes=7)
    give(house, bert, token, shown(token, house.clock() + ahead))
    assert house.factors(bert, "totp")[0].state["drift"] == 7
    for days in range(1, 4):
        house.clock.move(days=1)
        ahead += timedelta(minutes=1)
        browser = Browser(house)
        browser.get(RelyingParty(house).start()).submit(username="bert").submit(password="Bert-password-1")
        browser.submit(code=shown(token, house.clock() + ahead))
        assert "code" in browser.query
        assert house.factors(bert, "totp")[0].state["drift"] == 7 + days


def test_a_code_of_another_token_another_length_or_another_hour_gives_nothing(house: House) -> None:
    token, other = in_cupboard(house, "GE-0003"), in_cupboard(house, "GE-0004")
    carl = house.person("carl", "Carl-password-1")
    for code, told in (
        (shown(other, house.clock()), "does not show that code"),
        ("12345678", "shows 6 digits"),
        (shown(token, house.clock() + timedelta(minutes=15)), "15 minutes off"),
    ):
        with pytest.raises(Invalid) as wrong:
            give(house, carl, token, code)
        assert told in wrong.value.message
    assert house.factors(carl, "totp") == []


def test_a_code_is_not_searched_for(house: House) -> None:
    token, dora = in_cupboard(house, "GE-0005"), house.person("dora", "Dora-password-1")
    for _ in range(tokens.CODES):
        with pytest.raises(Invalid, match="wrong"):
            give(house, dora, token, "000000")
    with pytest.raises(Invalid, match="throttled"):
        give(house, dora, token, shown(token, house.clock()))


def test_a_token_is_one_persons_and_of_nobody_when_it_is_lost(house: House) -> None:
    token, emil, fritz = in_cupboard(house, "GE-0006"), house.person("emil", "x" * 15), house.person("fritz", "x" * 15)
    give(house, emil, token, shown(token, house.clock()))
    with pytest.raises(Conflict, match="with somebody already"):
        give(house, fritz, token, shown(token, house.clock()))
    with pytest.raises(Conflict, match="does not hold"):
        tokens.release(house.idp, OPERATOR, fritz.id, token.serial, "back", house.clock())
    tokens.release(house.idp, OPERATOR, emil.id, "ge-00 06", "back", house.clock())
    assert house.factors(emil, "totp") == []
    house.clock.move(seconds=60)
    give(house, fritz, token, shown(token, house.clock()))
    tokens.lose(house.idp, OPERATOR, token.serial, "left in a train", house.clock())
    assert house.factors(fritz, "totp") == []
    with pytest.raises(Conflict, match="is lost"):
        give(house, emil, token, shown(token, house.clock()))
    with pytest.raises(Conflict, match="lost already"):
        tokens.lose(house.idp, OPERATOR, token.serial, "again", house.clock())


def test_whoever_may_not_may_not(house: House) -> None:
    token, gina = in_cupboard(house, "GE-0007"), house.person("gina", "x" * 15)
    nobody = replace(OPERATOR, permissions=OPERATOR.permissions - {"admin.tokens.write"})
    away = replace(OPERATOR, branch=frozenset({"elsewhere"}))
    herself = replace(OPERATOR, subject_id=gina.id)
    code, now = shown(token, house.clock()), house.clock()
    for admin, error in ((nobody, NotAllowed), (away, NotFound), (herself, Conflict)):
        with pytest.raises(error):
            tokens.assign(house.idp, admin, gina.id, token.serial, code, "why not", now)
    with pytest.raises(NotAllowed):
        tokens.add(house.idp, away, (token,), "a box")
    with pytest.raises(NotFound):
        tokens.assign(house.idp, OPERATOR, gina.id, "GE-9999", code, "why", now)
    with pytest.raises(Invalid):
        tokens.assign(house.idp, OPERATOR, gina.id, token.serial, code, "  ", now)
    assert house.factors(gina, "totp") == []
