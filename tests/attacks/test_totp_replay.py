"""A code is accepted once: whatever the session, the order, the authenticator, or the number who try at one moment."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pyotp

from idp.authn.factors import totp as codes
from idp.flows.admin import tokens
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Visit
from idp.flows.sign_in import totp
from idp.model import HardwareToken, Interaction, Subject
from idp.ports import Place
from idp.secret import Secret
from tests.support.house import Browser, House, RelyingParty

STEP = timedelta(seconds=30)
PASSWORD = "a long enough password"


def clerk(house: House, name: str) -> tuple[Subject, pyotp.TOTP]:
    subject = house.person(name, PASSWORD, roles=("payroll-clerk",))
    return subject, house.app_of(subject)


def at_the_code(house: House, name: str) -> Browser:
    browser = Browser(house)
    browser.get(RelyingParty(house).start("openid payroll.read")).submit(username=name).submit(password=PASSWORD)
    assert browser.path == "/sign-in/totp"
    return browser


def test_a_code_is_not_accepted_again_in_its_step(house: House) -> None:
    _, app = clerk(house, "ada")
    code = app.at(house.clock())
    assert "code" in at_the_code(house, "ada").submit(code=code).query
    again = at_the_code(house, "ada").submit(code=code)
    assert "already used" in again.page
    assert again.cookie("session") is None


def test_of_a_hundred_at_one_moment_one_is_let_in(house: House) -> None:
    """Through the real flow, all with the right code; that guesses are counted is another attack's."""
    subject, app = clerk(house, "bea")
    code = app.at(house.clock())
    begun, front = at_the_code(house, "bea"), house.idp
    interaction = front.ports.brief.interaction(_hash(begun.query["i"]))
    assert interaction is not None
    visit = _visit(house)
    generous = front.settings.model_copy(
        update={"guessing": front.settings.guessing.model_copy(update={"factor_burst": 1000, "network_burst": 1000})}
    )
    roomy = replace(front, settings=generous)

    def attempt(_: int) -> Interaction:
        return totp.prove(roomy, visit, interaction, subject, code)

    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(attempt, range(100)))
    assert sum(len(one.proofs) > len(interaction.proofs) for one in answers) == 1
    assert {one.error for one in answers} == {None, "used"}


def test_two_sessions_at_once_share_one_code(house: House) -> None:
    _, app = clerk(house, "cora")
    code = app.at(house.clock())
    browsers = [at_the_code(house, "cora") for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        answered = list(threads.map(lambda one: one.submit(code=code), browsers))
    assert sorted("code" in one.query for one in answered) == [False, True]


def test_an_older_step_is_over_when_a_newer_one_was_used(house: House) -> None:
    _, app = clerk(house, "dana")
    now, ahead = app.at(house.clock()), app.at(house.clock() + STEP)
    assert "code" in at_the_code(house, "dana").submit(code=ahead).query
    assert "already used" in at_the_code(house, "dana").submit(code=now).page
    house.clock.move(seconds=30)
    assert "already used" in at_the_code(house, "dana").submit(code=ahead).page
    house.clock.move(seconds=30)
    assert "code" in at_the_code(house, "dana").submit(code=app.at(house.clock())).query


def test_a_code_of_somebody_else_opens_nothing(house: House) -> None:
    clerk(house, "edda")
    _, others = clerk(house, "frida")
    browser = at_the_code(house, "edda").submit(code=others.at(house.clock()))
    assert "That code is not right" in browser.page
    assert "code" in at_the_code(house, "frida").submit(code=others.at(house.clock())).query


def test_the_code_that_enrolled_an_app_is_spent(house: House) -> None:
    subject = house.person("gerda", PASSWORD, roles=("payroll-clerk",))
    vouched = house.enrolment_code(subject, "GGGG-HHHH-JJJJ")
    browser = Browser(house)
    browser.get(RelyingParty(house).start("openid payroll.read")).submit(username="gerda").submit(password=PASSWORD)
    browser.submit(way="totp").submit(code=vouched)
    assert browser.path == "/sign-in/enrol/totp"
    key = browser.page.split('data-copy="')[1].split('"')[0]
    code = pyotp.TOTP(key).at(house.clock())
    browser.submit(code=code, name="Work phone")
    assert len(house.factors(subject, "totp")) == 1
    again = at_the_code(house, "gerda").submit(code=code)
    assert "already used" in again.page


def test_six_of_eight_digits_and_eight_for_six_are_no_codes(house: House) -> None:
    """A token of eight digits beside an app of six: neither takes what looks like the other's."""
    subject, app = clerk(house, "hanna")
    token = HardwareToken("GE-8888", Secret(b"a seed of eight digits"), "SHA256", 8, 30, house.clock())
    tokens.add(house.idp, OPERATOR, (token,), "a box")
    seed = base64.b32encode(token.secret.reveal()).decode().rstrip("=")
    device = pyotp.TOTP(seed, digits=8, digest=hashlib.sha256)
    tokens.assign(house.idp, OPERATOR, subject.id, "GE-8888", device.at(house.clock()), "no phone", house.clock())
    house.clock.move(seconds=60)
    eight, six = device.at(house.clock()), app.at(house.clock())
    wide = pyotp.TOTP(app.secret, digits=8).at(house.clock())
    browser = at_the_code(house, "hanna")
    for wrong in (eight[2:], wide, f"00{six}", eight[:6]):
        browser.submit(code=wrong)
        assert "That code is not right" in browser.page
    assert "code" in browser.submit(code=f"{eight[:4]} {eight[4:]}").query
    assert "code" in at_the_code(house, "hanna").submit(code=six).query


def test_a_tokens_drift_is_not_learned_from_a_code_that_was_used(house: House) -> None:
    subject, _ = clerk(house, "ilse")
    token = HardwareToken("GE-7777", Secret(b"a seed that drifts along"), "SHA1", 6, 30, house.clock())
    tokens.add(house.idp, OPERATOR, (token,), "a box")
    device = pyotp.TOTP(base64.b32encode(token.secret.reveal()).decode().rstrip("="))
    tokens.assign(house.idp, OPERATOR, subject.id, "GE-7777", device.at(house.clock()), "no phone", house.clock())
    for _ in range(3):
        house.clock.move(seconds=30)
        browser = at_the_code(house, "ilse")
        browser.submit(code=device.at(house.clock() - STEP))
        assert "already used" in browser.page or "code" in browser.query
    (held,) = [one for one in house.factors(subject, "totp") if one.label == "GE-7777"]
    drift = held.state["drift"]
    assert isinstance(drift, int)
    assert abs(drift) <= codes.WINDOW


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _visit(house: House) -> Visit:
    now = house.clock()
    place = Place(None, None, None)
    return Visit(now, "a", "n", place, frozenset({"office"}), "Firefox", "Linux", "en", "binding")
