"""Signing in at both applications, staying in, and everything that is not a sign-in."""

import time
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from examples.relying_party.settings import read_settings
from examples.relying_party.sign_in import SignIn
from tests.support.mini_op import MiniOP

from .conftest import Browser


def sign_in_of(browser: Browser) -> SignIn:
    view = browser.client.application.view_functions["relying_party.callback"]
    owner = getattr(view, "__self__", None)
    assert isinstance(owner, SignIn)
    return owner


def grow_old(browser: Browser, seconds: float) -> None:
    """All sessions began, and got their tokens, so much earlier."""
    for session in sign_in_of(browser).sessions._by_id.values():
        session.expires_at -= seconds
        session.began_at -= seconds


def test_a_person_signs_in_and_sees_their_name_and_permissions(browser: Browser, op: MiniOP) -> None:
    page = browser.sign_in()
    assert page.status_code == 200
    assert "Alice 爱丽丝" in page.text and "<code>payroll.approve</code>: given" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    asked = op.asked[0]
    assert (asked["resource"], asked["redirect_uri"]) == (
        "urn:example:payroll",
        "http://payroll.localhost:8001/callback",
    )
    assert asked["scope"].split() == ["openid", "profile", "payroll.read", "payroll.approve"]
    assert {request.get("resource") for request in op.token_requests} == {"urn:example:payroll", op.issuer}


def test_a_name_in_the_id_token_needs_no_second_question(browser: Browser, op: MiniOP) -> None:
    op.name_in_id_token = True
    assert "Alice 爱丽丝" in browser.sign_in().text
    assert len(op.token_requests) == 1


def test_what_was_not_given_is_shown_as_not_given(browser: Browser, op: MiniOP) -> None:
    op.granted = "openid profile payroll.read"
    assert "<code>payroll.approve</code>: not given" in browser.sign_in().text


def test_docs_lists_and_adds(docs_browser: Browser) -> None:
    page = docs_browser.sign_in()
    assert "Office hours" in page.text
    assert docs_browser.post("/documents", page, title="<b>Plan</b> 计划").status_code == 303
    assert "&lt;b&gt;Plan&lt;/b&gt; 计划" in docs_browser.get("/").text
    for title in ("", " ", "x" * 121):
        assert docs_browser.post("/documents", page, title=title).status_code == 400


def test_docs_without_the_permission_has_no_form_and_the_api_says_403(docs_browser: Browser, op: MiniOP) -> None:
    op.granted = "openid profile docs.read"
    page = docs_browser.sign_in()
    assert 'id="read-only"' in page.text and 'id="add"' not in page.text
    answer = docs_browser.post("/documents", page, title="Plan")
    assert answer.status_code == 403 and "docs.write" in answer.text


@pytest.mark.parametrize(
    ("headers", "path", "word"),
    [({"Accept-Language": "zh-CN,en;q=0.5"}, "/", "退出登录"), ({"Accept-Language": "de"}, "/", "Sign out"),
     ({"Accept-Language": "en"}, "/?lang=zh-CN", "退出登录"), ({}, "/?lang=xx", "Sign out")],
)  # fmt: skip
def test_pages_speak_english_and_chinese(headers: dict[str, str], path: str, word: str, browser: Browser) -> None:
    browser.sign_in()
    page = browser.client.get(path, headers=headers)
    assert word in page.text
    assert ('<html lang="zh-CN">' in page.text) == (word == "退出登录")


def test_pages_forbid_scripts_and_foreign_forms(browser: Browser, op: MiniOP) -> None:
    page = browser.sign_in()
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and f"form-action 'self' {op.issuer}" in policy and "unsafe" not in policy
    assert "<script" not in page.text and "style=" not in page.text
    style = browser.get("/relying_party/example.css")
    assert (style.status_code, style.mimetype) == (200, "text/css")


def test_a_new_session_id_at_each_sign_in(browser: Browser) -> None:
    browser.sign_in()
    first = browser.client.get_cookie("payroll_session", domain="localhost")
    assert first is not None and first.http_only and first.same_site == "Lax"
    browser.come_back(browser.at_provider(browser.post("/approve", browser.get("/"))))
    second = browser.client.get_cookie("payroll_session", domain="localhost")
    assert second is not None and second.value != first.value
    browser.client.set_cookie("payroll_session", first.value)
    assert browser.get("/").status_code == 303


def changed(address: str, **changes: str | None) -> str:
    parts = urlsplit(address)
    fields = {**{name: values[0] for name, values in parse_qs(parts.query).items()}, **changes}
    return f"{parts.path}?{urlencode({name: value for name, value in fields.items() if value is not None})}"


@pytest.mark.parametrize(
    "changes",
    [{"iss": None}, {"iss": "https://evil.example"}, {"state": None}, {"state": "forged"}, {"code": "forged"},
     {"code": None}, {"code": None, "error": "access_denied"}, {"code": None, "error": "<script>"}],
)  # fmt: skip
def test_a_wrong_answer_signs_nobody_in(changes: dict[str, str | None], browser: Browser, op: MiniOP) -> None:
    back = browser.come_back(changed(browser.at_provider(browser.get("/")), **changes))
    assert back.status_code == 400
    assert "<script>" not in back.text
    assert browser.client.get_cookie("payroll_session", domain="localhost") is None


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(browser: Browser, op: MiniOP) -> None:
    address = browser.at_provider(browser.get("/"))
    stranger = Browser(browser.client.application, op)
    assert stranger.come_back(address).status_code == 400
    assert browser.come_back(address).status_code == 303
    assert browser.come_back(address).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [{"nonce": "other"}, {"nonce": None}, {"iss": "https://evil.example"}, {"aud": "other"}, {"exp": 1}, {"sub": None}],
)
def test_a_wrong_id_token_signs_nobody_in(changes: dict[str, object], browser: Browser, op: MiniOP) -> None:
    op.id_token_changes = changes
    assert browser.come_back(browser.at_provider(browser.get("/"))).status_code == 400
    assert browser.client.get_cookie("payroll_session", domain="localhost") is None


def test_discovery_of_another_issuer_is_not_followed(browser: Browser, op: MiniOP) -> None:
    genuine, op.issuer = op.issuer, "http://localhost:9"
    answer = browser.get("/")
    assert answer.status_code == 503 and "Location" not in answer.headers
    op.issuer = genuine
    assert browser.sign_in().status_code == 200


def test_a_provider_that_is_away_is_told_as_such_and_found_again(browser: Browser, op: MiniOP) -> None:
    op.away = True
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    op.away = False
    assert browser.sign_in().status_code == 200


def test_a_token_near_its_end_is_refreshed(browser: Browser, op: MiniOP) -> None:
    browser.sign_in()
    before = len(op.token_requests)
    assert browser.get("/").status_code == 200 and len(op.token_requests) == before
    grow_old(browser, 280)
    op.granted = "openid profile payroll.read"
    page = browser.get("/")
    sent = op.token_requests[before]
    assert (sent["grant_type"], sent["resource"]) == ("refresh_token", "urn:example:payroll")
    assert sent["refresh_token"] in op.refresh_tokens and len(op.token_requests) == before + 1
    assert "<code>payroll.approve</code>: not given" in page.text


def test_a_refused_refresh_leads_to_sign_in(browser: Browser, op: MiniOP) -> None:
    browser.sign_in()
    grow_old(browser, 280)
    op.refuse_refresh = True
    answer = browser.get("/")
    assert answer.status_code == 303 and answer.headers["Location"].startswith(op.issuer + "/authorize")
    op.refuse_refresh = False
    assert browser.come_back(browser.at_provider(answer)).status_code == 303


def test_while_the_provider_is_away_a_living_token_serves_and_a_dead_one_does_not(browser: Browser, op: MiniOP) -> None:
    browser.sign_in()
    op.away = True
    grow_old(browser, 280)
    assert browser.get("/").status_code == 200
    grow_old(browser, 280)
    assert browser.get("/").status_code == 503


def test_a_token_that_is_never_accepted_does_not_send_the_browser_in_circles(browser: Browser, op: MiniOP) -> None:
    sign_in_of(browser).verifier.revoked = lambda token: True
    back = browser.come_back(browser.at_provider(browser.get("/")))
    assert back.status_code == 303
    assert browser.get("/").status_code == 400


def test_a_session_ends_after_eight_hours(browser: Browser) -> None:
    browser.sign_in()
    for session in sign_in_of(browser).sessions._by_id.values():
        session.began_at = time.time() - 8 * 3600 - 1
    assert browser.get("/").status_code == 303


def test_settings_name_all_that_is_wrong_at_once() -> None:
    with pytest.raises(SystemExit) as caught:
        read_settings({"PORT": "x", "CLIENT_SECRET": "s"}, port=8001, audience="urn:x")
    for name in ("ISSUER", "CLIENT_ID", "BASE_URL", "SECRET_KEY_FILE", "PORT"):
        assert name in str(caught.value)
