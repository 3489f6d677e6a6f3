"""A person's first day: password, the code from the department, an app, the application; then a passkey. No script."""

import re

import pyotp

from idp.model import AAL2, AAL2_PHR
from tests.support.authenticator import Passkey
from tests.support.house import Browser, House, RelyingParty


def key_on(page: str) -> str:
    return re.search(r"secret=([A-Z2-7]+)", page)[1]  # type: ignore[index]


def test_password_code_app_application_and_then_nothing_more(house: House) -> None:
    alice = house.person("alice", "correct horse", roles=("payroll-clerk",))
    browser, payroll = Browser(house), RelyingParty(house)

    browser.get(payroll.start(scope="openid profile payroll.read"))
    assert browser.path == "/sign-in"
    browser.submit(username="alice@local.example")
    assert browser.path == "/sign-in/password" and "alice@local.example" in browser.page
    browser.submit(password="wrong")
    assert browser.path == "/sign-in/password" and "The name or password is not right" in browser.page
    browser.submit(password="correct horse")
    assert browser.path == "/sign-in/enrol" and "second proof" in browser.page
    browser.submit(way="totp")
    assert browser.path == "/sign-in/enrol/code"
    browser.submit(code="NOPE-NOPE-NOPE")
    assert browser.path == "/sign-in/enrol/code" and "not right" in browser.page
    browser.submit(code=house.enrolment_code(alice).lower().replace("-", " "))
    assert browser.path == "/sign-in/enrol/totp"
    app = pyotp.TOTP(key_on(browser.page))
    browser.submit(code="000000" if app.at(house.clock()) != "000000" else "111111")
    assert "does not fit this key" in browser.page and key_on(browser.page) == app.secret
    browser.submit(code=app.at(house.clock()), name="Work phone")
    assert browser.url.startswith("https://payroll.example/callback?")
    assert (browser.query["state"], browser.query["iss"]) == ("state-1", "https://id.example")

    claims = payroll.id_token(browser)
    assert (claims["sub"], claims["acr"], claims["nonce"]) == (alice.id, AAL2, "nonce-1")
    assert set(claims["amr"]) == {"mfa", "otp", "pwd"}  # type: ignore[call-overload]
    (kept,) = house.factors(alice, "totp")
    assert (kept.label, kept.bound_acr, kept.bound_by[0]) == ("Work phone", AAL2_PHR, "password")

    docs = RelyingParty(house, "docs")
    browser.get(docs.start(scope="openid docs.read"))
    assert browser.url.startswith("https://docs.example/callback?")
    assert docs.id_token(browser)["auth_time"] == claims["auth_time"]
    assert house.events("sign-in.step-up") and house.events("factor.bound")


def test_approving_pay_asks_for_a_passkey_which_is_then_enough_by_itself(house: House) -> None:
    wei = house.person("wei", "a password", roles=("payroll-clerk", "payroll-approver"))
    app = house.app_of(wei)
    browser, payroll, key = Browser(house), RelyingParty(house), Passkey()
    browser.sign_in(payroll.start(), "wei", "a password", app)
    before = payroll.id_token(browser)
    assert before["acr"] == AAL2
    old = browser.cookie("session")

    house.clock.move(seconds=40)
    browser.get(payroll.start(acr_values=AAL2_PHR, max_age="300"))
    assert browser.path == "/sign-in/enrol"
    browser.submit(way="passkey")
    assert browser.path == "/sign-in/enrol/passkey"  # two factors vouch, no code is asked
    browser.submit(credential=key.register(browser.options()), name="Office computer")
    after = payroll.id_token(browser)
    assert (after["acr"], after["sid"]) == (AAL2_PHR, before["sid"])
    assert after["auth_time"] > before["auth_time"]  # type: ignore[operator]
    assert browser.cookie("session") != old

    house.clock.move(hours=30)
    again = Browser(house)
    again.get(payroll.start(acr_values=AAL2_PHR))
    again.submit(credential=key.sign(again.options()))
    claims = payroll.id_token(again)
    assert (claims["sub"], claims["acr"]) == (wei.id, AAL2_PHR)
    assert set(claims["amr"]) == {"hwk", "mfa", "user"}  # type: ignore[call-overload]


def test_any_of_the_asked_levels_will_do(house: House) -> None:
    lin = house.person("lin", "a password")
    app, payroll, browser = house.app_of(lin), RelyingParty(house, "docs"), Browser(house)
    browser.sign_in(payroll.start(scope="openid", acr_values=f"{AAL2_PHR} {AAL2}"), "lin", "a password", app)
    assert payroll.id_token(browser)["acr"] == AAL2


def test_an_app_is_chosen_instead_of_the_passkey(house: House) -> None:
    """*Try another way* is a button that lists what is enrolled."""
    mei = house.person("mei", "a password")
    app, payroll, browser, key = house.app_of(mei), RelyingParty(house), Browser(house), Passkey()
    browser.sign_in("/me/methods/add/passkey", "mei", "a password", app)
    browser.submit(credential=key.register(browser.options()), name="Key")
    assert browser.path == "/me/methods"
    house.clock.move(minutes=2)
    other = Browser(house)
    other.sign_in(payroll.start(scope="openid profile payroll.read"), "mei", "a password")
    assert other.path == "/sign-in/passkey"
    other.submit(do="another")
    assert other.path == "/sign-in/ways" and "Key" in other.page and "App" in other.page
    other.submit(way="totp")
    assert other.path == "/sign-in/totp"
    other.submit(code=app.at(house.clock()))
    assert other.url.startswith("https://payroll.example/callback?code=")
