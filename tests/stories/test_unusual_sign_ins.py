"""Strangers are slowed, known devices go on; another country steps up and says why; a closed place says no."""

from dataclasses import replace
from functools import cache

import pytest

from adapters.geoip import address_of, bundled
from tests.support.authenticator import Passkey
from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"


def at(house: House, country: str) -> str:
    return _address(str(house.idp.settings.stores.state_dir), country)


@cache
def _address(state_dir: str, country: str) -> str:
    from pathlib import Path

    return address_of(country, bundled(Path(state_dir) / "cache"))


def test_ten_wrong_passwords_from_elsewhere_and_the_known_device_still_gets_in(house: House) -> None:
    app = house.app_of(house.person("lucky", "the right one"))
    own, payroll = Browser(house), RelyingParty(house)
    own.sign_in(payroll.start(scope=SCOPE), "lucky", "the right one", app)
    house.clock.move(hours=25)

    pages = set()
    stranger = Browser(house, "192.0.2.7").get(payroll.start(scope=SCOPE)).submit(username="lucky@local.example")
    for number in range(10):
        stranger.submit(password=f"guess {number}")
        pages.add((stranger.status, "The name or password is not right" in stranger.page, len(stranger.page)))
    assert pages == {(200, True, len(stranger.page))}
    stranger.submit(password="the right one")
    assert stranger.path == "/sign-in/password"  # too many: it is not even looked at
    assert house.alerts("account-guessing") == 1

    own.sign_in(payroll.start(scope=SCOPE), "lucky", "the right one")
    assert own.path == "/sign-in/totp"
    own.submit(code=app.at(house.clock()))
    assert "code" in own.query
    passkey_still = Browser(house, "192.0.2.8").get(payroll.start(scope=SCOPE))
    assert "data-passkey" in passkey_still.page


def test_not_me_stops_the_sign_in_and_warns_the_department(house: House) -> None:
    house.app_of(house.person("robbed", "a password"))
    thief = Browser(house, "192.0.2.9").sign_in(RelyingParty(house).start(scope=SCOPE), "robbed", "a password")
    assert thief.path == "/sign-in/totp"
    before, url = house.alerts("not-me"), thief.url
    thief.submit(do="not-me")
    assert thief.status == 200 and "stopped" in thief.page
    assert house.alerts("not-me") == before + 1
    assert thief.get(url).status == 410


@pytest.mark.parametrize(
    ("language", "said"), [("en", ("New country", "Singapore", "China")), ("zh-CN", ("新的国家", "新加坡", "中国"))]
)
def test_another_country_is_stepped_up_and_says_why(house: House, language: str, said: tuple[str, ...]) -> None:
    name = "traveller" + language[:2]
    app = house.app_of(house.person(name, "a password"))
    home, payroll, key = Browser(house, at(house, "CN")), RelyingParty(house), Passkey()
    home.sign_in("/me/methods/add/passkey", name, "a password", app)
    home.submit(credential=key.register(home.options()))
    house.clock.move(hours=24)

    away = Browser(house, at(house, "SG"))
    away.language = language
    away.sign_in(payroll.start(scope=SCOPE), name, "a password")
    assert away.path == "/sign-in/passkey"
    for word in said:
        assert word in away.page, away.page
    away.submit(credential=key.sign(away.options()))
    assert "code" in away.query


def test_a_session_that_travels_is_asked_again(house: House) -> None:
    app = house.app_of(house.person("mover", "a password"))
    browser, docs = Browser(house, at(house, "CN")), RelyingParty(house, "docs")
    browser.sign_in(docs.start(scope="openid"), "mover", "a password", app)
    house.clock.move(hours=24)
    browser.sign_in(docs.start(scope="openid"), "mover", "a password")
    assert "code" in browser.query  # at home the password is enough on this device
    browser.address = at(house, "BR")
    browser.get(docs.start(scope="openid"))
    assert browser.path == "/sign-in/totp" and "Brazil" in browser.page
    browser.submit(code=app.at(house.clock()))
    assert "code" in browser.query


def test_docs_is_closed_outside_its_network_and_country(house: House) -> None:
    with house.idp.ports.truth.begin() as tx:
        docs = house.idp.ports.truth.configuration().clients["docs"]
        places = {"networks": frozenset({"office"}), "countries": frozenset({"CN"})}
        tx.registry.put_client(replace(docs, id="inner", **places))  # type: ignore[arg-type]
    app, inner = house.app_of(house.person("insider", "a password")), RelyingParty(house, "inner")
    inside = Browser(house).sign_in(inner.start(scope="openid docs.read"), "insider", "a password", app)
    assert inside.url.startswith("https://docs.example/callback?code=")

    for address in ("203.0.113.4", at(house, "SG"), at(house, "CN")):
        house.clock.move(minutes=1)
        outside = Browser(house, address).sign_in(inner.start(scope="openid docs.read"), "insider", "a password", app)
        assert outside.path.startswith("/sign-in") and outside.status == 403, address
        assert "You may not use Docs now" in outside.page
        reference = outside.page.split("/why/")[1][:9]
        kept = house.idp.ports.truth.history.decision(reference)
        assert kept is not None and kept.outcome == "refused"
        assert "https://docs.example/callback?error=access_denied" in outside.page
    assert house.events("sign-in.refused")


def test_an_application_of_too_high_a_grade_is_refused_by_clearance(house: House) -> None:
    app = house.app_of(house.person("junior", "a password", clearance=2))
    browser = Browser(house).sign_in(RelyingParty(house).start(scope=SCOPE), "junior", "a password", app)
    assert browser.status == 403 and "Your clearance goes up to 2" in browser.page
