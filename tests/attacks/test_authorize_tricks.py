"""/authorize never sends anybody where the application did not say. Spec: RFC 6749 §4.1.2.1, RFC 9700 §4.1, §4.11."""

import re
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.house import Browser, House, RelyingParty

GOOD = "https://payroll.example/callback"
TRICKS = [
    "",
    "https://evil.example/",
    "https://payroll.example/",
    "https://payroll.example/callback/",
    "https://payroll.example/callback/../evil",
    "https://payroll.example/callback/%2e%2e/evil",
    "https://payroll.example/callback?next=evil",
    "https://payroll.example/callback?",
    "https://payroll.example/callback#x",
    "https://payroll.example/callback#",
    "https://payroll.example/Callback",
    "https://PAYROLL.example/callback",
    "HTTPS://payroll.example/callback",
    "http://payroll.example/callback",
    "https://payroll.example:443/callback",
    "https://payroll.example:8443/callback",
    "https://payroll.example./callback",
    "https://payroll.example@evil.example/callback",
    "https://evil.example\\@payroll.example/callback",
    "https://payroll.example\\.evil.example/callback",
    "https://payroll.example.evil.example/callback",
    "https://evilpayroll.example/callback",
    "https://*.example/callback",
    "https://payroll.example/*",
    "https://раyroll.example/callback",
    "https://payroll。example/callback",
    "https://payroll.example／callback",
    "https://payroll.example/call\u200bback",
    " https://payroll.example/callback",
    "https://payroll.example/callback ",
    "https://payroll.example/callback\n",
    "https://payroll.example/callback\r\nSet-Cookie: a=b",
    "https://payroll.example/callback\0",
    "//payroll.example/callback",
    "//evil.example",
    "/callback",
    "javascript:alert(1)",
    "data:text/html,x",
    "payroll.example/callback",
    "https://docs.example/callback",
    "http://127.0.0.1/callback",
    "https://" + "a" * 5000,
]


def stays(house: House, url: str) -> None:
    """A page of ours with 400 and no Location, in both methods, that names nothing of the application's inside."""
    path, _, query = url.partition("?")
    for method, more in (("GET", {"query_string": query}), ("POST", {"data": dict(_pairs(query))})):
        browser = Browser(house)
        answer = browser.http.open(path, method=method, base_url="https://id.example", **more)
        if method == "POST":
            assert answer.status_code == 303 and answer.headers["Location"].startswith("/authorize?")
            answer = browser.http.get(answer.headers["Location"], base_url="https://id.example")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 400 and "Location" not in answer.headers
        bare = re.sub(
            r'<link rel="icon" type="image/svg[+]xml" href="data:image/svg[+]xml,[^"<>]*">', "", page, count=1
        )
        links = re.findall(r'(?:href|action|src|content)="([^"]*)"', bare)
        assert 'http-equiv="refresh"' not in page
        assert not [link for link in links if re.match(r"\s*([a-z]+:|//|\\)", link, re.IGNORECASE)]


@pytest.mark.parametrize("uri", TRICKS)
def test_an_address_that_is_not_registered_is_never_followed(house: House, uri: str) -> None:
    stays(house, RelyingParty(house).start(redirect_uri=uri))


@pytest.mark.parametrize("error", [{"prompt": "none"}, {"scope": "nothing"}, {"response_type": "token"}])
def test_neither_is_it_by_an_error(house: House, error: dict[str, str]) -> None:
    stays(house, RelyingParty(house).start(**({"redirect_uri": "https://evil.example/"} | error)))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30), st.integers(0, len(GOOD)), st.integers(0, len(GOOD)))
def test_any_change_of_the_address_stays_here(house: House, text: str, start: int, end: int) -> None:
    uri = GOOD[:start] + text + GOOD[end:]
    browser = Browser(house).get(RelyingParty(house).start(redirect_uri=uri, prompt="none"))
    assert browser.url.startswith(f"{GOOD}?error=") if uri == GOOD else browser.status == 400


def test_a_missing_or_doubled_address_or_client_stays_here(house: House) -> None:
    url = RelyingParty(house).start()
    for broken in (
        url.replace("redirect_uri=", "redirect_url="),
        url + "&redirect_uri=https%3A%2F%2Fevil.example%2F",
        url + f"&redirect_uri={quote(GOOD)}",
        url + "&client_id=docs",
        url.replace("client_id=payroll", "client_id=nobody"),
        url.replace("client_id=payroll", "client_id="),
        url.replace("client_id=payroll", "client_id=gerege-account").replace(quote(GOOD, safe=""), "%2F"),
        "/authorize",
    ):
        browser = Browser(house).get(broken)
        assert browser.status == 400 and browser.last is not None and "Location" not in browser.last.headers, broken


@pytest.mark.parametrize("name", ["scope", "state", "nonce", "response_type", "code_challenge", "prompt", "acr_values"])
def test_a_parameter_sent_twice_is_an_error(house: House, name: str) -> None:
    start = RelyingParty(house).start(prompt="login", acr_values="urn:gerege:aal2")
    browser = Browser(house).get(f"{start}&{name}=x")
    assert browser.url.startswith(f"{GOOD}?") and browser.query["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "admin everything"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "now"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1e9"}, "invalid_request"),
        ({"max_age": "9" * 40}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"resource": "urn:example:docs"}, "invalid_target"),
        ({"state": "s" * 3000}, "invalid_request"),
        ({"nonce": "n" * 3000}, "invalid_request"),
    ],
)
def test_a_wrong_question_is_answered_to_the_application(house: House, more: dict[str, str], error: str) -> None:
    browser = Browser(house).get(RelyingParty(house).start(**more))
    assert browser.url.startswith(f"{GOOD}?") and browser.query["error"] == error
    assert browser.query["iss"] == "https://id.example"
    assert "\n" not in browser.url and "code" not in browser.query


@pytest.mark.parametrize("state", ["s" * 128, "a b+c&d=e%20", "中文", "<script>", "\u202e", "s" * 2048])
def test_a_state_comes_back_as_it_was(house: House, state: str) -> None:
    assert Browser(house).get(RelyingParty(house).start(state=state, prompt="none")).query["state"] == state


def test_prompt_none_is_never_a_page(house: House) -> None:
    payroll = RelyingParty(house)
    app = house.app_of(house.person("nopage", "a password", clearance=2))
    browser = Browser(house)
    answers = [browser.get(payroll.start(prompt="none")).query["error"]]
    browser.sign_in("/", "nopage", "a password", app)
    answers.append(browser.get(payroll.start(prompt="none")).query["error"])
    assert answers == ["login_required", "access_denied"]
    page = browser.get(payroll.start(prompt="none", response_mode="form_post"))
    assert page.hidden(error="")[0] == GOOD


def test_a_sign_in_of_our_own_pages_leads_only_to_our_own_pages(house: House) -> None:
    app = house.app_of(house.person("home", "a password"))
    for path in ("/sign-in?next=https://evil.example", "/me?redirect_uri=//evil.example", "//evil.example/me"):
        browser = Browser(house).get(path)
        assert "evil.example" not in browser.page.replace("next=https", "") or browser.status == 404
        if browser.status == 200:
            house.clock.move(minutes=1)
            browser.submit(username="home@local.example").submit(password="a password")
            browser.submit(code=app.at(house.clock()))
            assert browser.url.startswith(("/", "https://id.example/"))


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)
