"""What a person agrees to, and what an application may wish of a sign-in beside it."""

import pytest

from idp.model import AAL2, AAL2_PHR
from tests.support.applications import application
from tests.support.browser import Browser
from tests.support.house import House, RelyingParty

SCOPE = "openid profile email docs.read"


def test_a_no_to_the_application_is_no_sign_out(house: House) -> None:
    """The first sign-in of the day: what was proved stays proved, and the next application asks nothing."""
    app, docs = application(house), RelyingParty(house, "docs")
    totp = house.app_of(house.person("nay", "a password"))
    browser = Browser(house).sign_in(app.url(scope=SCOPE), "nay", "a password", totp)
    assert browser.path == "/consent"
    assert 'id="allow"' in browser.page and 'id="deny"' in browser.page
    browser.submit(do="deny")
    assert browser.query["error"] == "access_denied" and browser.query["state"] == "state-1"
    assert browser.cookie("session") is not None and "consent.refused" in house.events()
    assert "code" in browser.get(docs.start(scope="openid docs.read")).query
    assert browser.get(app.url(scope=SCOPE)).path == "/consent"  # and nothing was agreed to


def test_the_page_shows_what_would_be_sent(house: House) -> None:
    app = application(house)
    totp = house.app_of(house.person("seer", "a password"))
    browser = Browser(house).sign_in(app.url(scope=SCOPE), "seer", "a password", totp)
    for text in ("Partner", "Your name and language", ">Seer", "seer@local.example", "Read"):
        assert text in browser.page, text
    browser.language = "zh-CN"
    browser.get(browser.url)
    for text in ("合作单位", "您的姓名和语言", "seer@local.example", "阅读"):
        assert text in browser.page, text


def test_who_always_asks_is_answered_each_time_but_never_stands_in_the_way_of_silence(house: House) -> None:
    app = application(house, always_consent=True, first_party=True)
    totp = house.app_of(house.person("again", "a password"))
    browser = Browser(house).sign_in(app.url(scope=SCOPE), "again", "a password", totp)
    assert browser.path == "/consent"
    assert "code" in browser.submit(do="allow").query
    assert browser.get(app.url(scope=SCOPE)).path == "/consent"
    assert "code" in browser.get(app.url(scope=SCOPE, prompt="none")).query


def test_an_application_s_own_defaults(house: House) -> None:
    app = application(house, first_party=True, default_max_age=60, default_acr_values=(AAL2,))
    totp = house.app_of(house.person("habit", "a password"))
    browser = Browser(house).sign_in(app.url(scope=SCOPE), "habit", "a password", totp)
    assert app.id_token(browser)["acr"] == AAL2
    house.clock.move(seconds=90)
    assert browser.get(app.url(scope=SCOPE)).path == "/sign-in/password"
    assert "code" in browser.get(app.url(scope=SCOPE, max_age="1000")).query  # what is asked goes before
    app.change(default_max_age=None, default_acr_values=(AAL2_PHR,))
    assert browser.get(app.url(scope=SCOPE)).path == "/sign-in/enrol"
    assert "code" in browser.get(app.url(scope=SCOPE, acr_values=AAL2)).query


@pytest.mark.parametrize("pushed", [False, True])
def test_the_pages_speak_the_language_that_the_application_asked_for(house: House, pushed: bool) -> None:
    app = application(house)
    asked = {"ui_locales": "fr zh-CN en", "display": "popup", "claims_locales": "zh"}
    browser = Browser(house).get(app.link(app.push(**asked)) if pushed else app.url(**asked))
    assert browser.path == "/sign-in" and '<html lang="zh-CN"' in browser.page
    browser.submit(username="somebody@local.example")
    assert browser.path == "/sign-in/password" and '<html lang="zh-CN"' in browser.page
    assert '<html lang="en"' in browser.get(browser.url + "&lang=en").page


def test_without_openid_it_is_plain_oauth(house: House) -> None:
    app = application(house)
    totp = house.app_of(house.person("plainly", "a password"))
    url = app.url(scope="docs.read", redirect_uri=None, nonce=None)
    browser = Browser(house).sign_in(url, "plainly", "a password", totp).submit(do="allow")
    answer = app.redeem(browser).json
    assert answer is not None and "id_token" not in answer and answer["scope"] == "docs.read"


def test_a_long_nonce_and_state_come_back_whole(house: House) -> None:
    app = application(house, first_party=True)
    totp = house.app_of(house.person("longish", "a password"))
    nonce, state = "n" * 384, "s" * 128
    browser = Browser(house).sign_in(app.url(nonce=nonce, state=state), "longish", "a password", totp)
    assert browser.query["state"] == state and app.id_token(browser)["nonce"] == nonce


NATIVE = ("http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb", "http://app.localhost:8001/cb")


@pytest.mark.parametrize(
    ("uri", "good"),
    [
        ("http://127.0.0.1:51004/cb", True),
        ("http://[::1]:51004/cb", True),
        ("http://127.0.0.1/cb", True),
        ("com.example.app:/cb", True),
        ("http://app.localhost:8001/cb", True),
        ("http://127.0.0.1:51004/other", False),
        ("http://127.0.0.1:51004/cb?x=1", False),
        ("http://127.0.0.1:51004@evil.example/cb", False),
        ("http://127.0.0.2:51004/cb", False),
        ("http://localhost:51004/cb", False),
        ("https://127.0.0.1:51004/cb", False),
        ("http://127.1:51004/cb", False),
        ("http://app.localhost:8002/cb", False),
        ("http://app.localhost/cb", False),
        ("http://other.localhost:8001/cb", False),
        ("com.example.app:/cb2", False),
        ("com.example.app://cb", False),
        ("com.example.other:/cb", False),
    ],
)
def test_native_applications_are_answered_at_their_own_door(house: House, uri: str, good: bool) -> None:
    app = application(house, "native", auth_method="none", redirect_uris=NATIVE)
    browser = Browser(house).get(app.url(redirect_uri=uri, prompt="none"))
    if good:
        assert browser.url.startswith(f"{uri}?error=login_required")
    else:
        assert browser.status == 400 and browser.last is not None and "Location" not in browser.last.headers
