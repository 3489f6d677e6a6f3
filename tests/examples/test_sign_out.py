"""Out by the button, out by the provider's word, and every word of the provider's that is none."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey

from tests.support.mini_op import EVENT, MiniOP

from .conftest import Browser


def tell(browser: Browser, token: str) -> int:
    provider = browser.client.application.test_client()
    return provider.post("/backchannel-logout", data={"logout_token": token}).status_code


def signed_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def test_the_button_ends_our_session_and_the_providers(browser: Browser, op: MiniOP) -> None:
    answer = browser.post("/sign-out", browser.sign_in())
    sent = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert answer.headers["Location"].startswith(op.issuer + "/logout?")
    assert sent["post_logout_redirect_uri"] == ["http://payroll.localhost:8001/signed-out"]
    assert sent["id_token_hint"][0].count(".") == 2 and sent["state"]
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    page = browser.come_back(browser.at_provider(answer))
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert "You are signed out" in page.text and "Alice" not in page.text
    assert browser.get("/").headers["Location"].startswith(op.issuer + "/authorize")


def test_the_button_works_while_the_provider_is_away(browser: Browser, op: MiniOP) -> None:
    page = browser.sign_in()
    sign_out = browser.post("/sign-out", page)
    assert sign_out.status_code == 303  # its address is known; the browser finds out that it is away
    assert not signed_in(browser)


def test_a_link_to_the_signed_out_page_signs_nobody_out(browser: Browser) -> None:
    browser.sign_in()
    assert browser.get("/signed-out").headers["Location"] == "/"
    assert signed_in(browser)
    assert browser.get("/sign-out").status_code == 405


@pytest.mark.parametrize("changes", [{}, {"sub": None}, {"sid": None}])
def test_the_providers_word_ends_sessions(changes: dict[str, Any], browser: Browser, op: MiniOP) -> None:
    browser.sign_in()
    assert tell(browser, op.logout_token(**changes)) == 200
    assert not signed_in(browser)


def test_sid_ends_one_session_and_sub_ends_all(browser: Browser, op: MiniOP) -> None:
    other = Browser(browser.client.application, op)
    browser.sign_in()
    op.sid = "sid-2"
    other.sign_in()
    assert tell(browser, op.logout_token(sid="sid-1")) == 200
    assert not signed_in(browser) and signed_in(other)
    browser.sign_in()
    assert tell(browser, op.logout_token(sid=None)) == 200
    assert not signed_in(browser) and not signed_in(other)


def test_another_persons_word_ends_nothing_of_mine(browser: Browser, op: MiniOP) -> None:
    browser.sign_in()
    assert tell(browser, op.logout_token(sub="s-wang")) == 200
    assert tell(browser, op.logout_token(sub="s-wang", sid=None)) == 200
    assert tell(browser, op.logout_token(sid="sid-9")) == 200
    assert signed_in(browser)


@pytest.mark.parametrize(
    "changes",
    [{"iss": "https://evil.example"}, {"aud": "docs"}, {"aud": None}, {"iat": None}, {"iat": time.time() + 86_400},
     {"exp": None}, {"exp": 1}, {"jti": None}, {"events": None}, {"events": {}}, {"events": {EVENT: None}},
     {"nonce": "n"}, {"sub": None, "sid": None}, {"typ": "JWT"}, {"typ": "at+jwt"}],
)  # fmt: skip
def test_a_wrong_word_is_refused_and_ends_nothing(changes: dict[str, Any], browser: Browser, op: MiniOP) -> None:
    browser.sign_in()
    token = op.logout_token(**changes)
    assert tell(browser, token) == 400
    assert signed_in(browser)


def test_a_word_counts_once(browser: Browser, op: MiniOP) -> None:
    token = op.logout_token()
    assert [tell(browser, token), tell(browser, token)] == [200, 400]
    browser.sign_in()
    assert tell(browser, token) == 400
    assert signed_in(browser)


def test_a_strangers_word_ends_nothing(browser: Browser, op: MiniOP) -> None:
    browser.sign_in()
    assert tell(browser, op.logout_token(key=ECKey.generate_key("P-256"))) == 400
    for token in ("", "x", "a.b.c", op.access_token("urn:example:payroll", "payroll.read")):
        assert tell(browser, token) == 400
    assert signed_in(browser)


def test_back_after_signing_out_shows_nothing_private(browser: Browser) -> None:
    page = browser.sign_in()
    browser.post("/sign-out", page)
    assert page.headers["Cache-Control"] == "no-store"
    again = browser.get("/")
    assert again.status_code == 303 and "Alice" not in again.text
    assert browser.post("/approve", page).status_code == 403
