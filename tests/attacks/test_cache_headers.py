"""Nothing that is somebody's is kept by a cache or a referrer. Spec: RFC 6749 §5.1, RFC 9700 §4.2, RFC 9111."""

import re
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.support.applications import Application, application
from tests.support.away import BACKCHANNEL, DEVICE_ONLY, Bank, Tv, register
from tests.support.browser import ISSUER
from tests.support.house import Browser, House, RelyingParty

MACHINES = ["/token", "/par", "/introspect", "/revoke", "/userinfo", "/device_authorization", "/bc-authorize"]
MACHINES += ["/register", "/register/x", "/revocations"]
PUBLIC = ["/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
PUBLIC += ["/.well-known/oauth-protected-resource"]


def is_kept_by_nobody(answer: TestResponse) -> bool:
    return answer.headers.get("Cache-Control") == "no-store" and "ETag" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", MACHINES)
def test_what_machines_are_told(house: House, path: str, method: str) -> None:
    """Whatever the answer is: an error may be as telling as a token."""
    answer = house.http().open(path, method=method, base_url=ISSUER, data={} if method == "POST" else None)
    assert is_kept_by_nobody(answer) or (method, answer.status_code) == ("OPTIONS", 204)
    assert answer.headers.get("Access-Control-Allow-Credentials") is None


def test_tokens_claims_and_slips(house: House) -> None:
    app: Application = application(house)
    register(house, "tv", **DEVICE_ONLY)
    register(house, "bank", **BACKCHANNEL)
    totp = house.app_of(house.person("cached", "a password"))
    browser = Browser(house).sign_in(app.url(), "cached", "a password", totp).submit(do="allow")
    tokens = app.redeem(browser)
    said = tokens.json or {}
    refreshed = app.token({"grant_type": "refresh_token", "refresh_token": said["refresh_token"], "resource": ISSUER})
    shown = {"Authorization": f"Bearer {(refreshed.json or {})['access_token']}"}
    tv, asking = Tv(house, "tv"), Bank(house, "bank")
    answers = {
        "tokens": tokens,
        "refresh": refreshed,
        "userinfo": app.http.get("/userinfo", base_url=ISSUER, headers=shown),
        "introspection": app.call("/introspect", {"token": said["access_token"]}),
        "pushed": app.push(),
        "device": tv.call("/device_authorization", {"scope": "openid"}),
        "back channel": asking.ask(login_hint="cached@local.example"),
        "revocation": app.call("/revoke", {"token": said["refresh_token"]}),
    }
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code > 201} == {}
    assert [name for name, answer in answers.items() if not is_kept_by_nobody(answer)] == []


def test_a_code_is_in_no_cache_and_no_referrer(house: House) -> None:
    """The redirect, the page that posts it, and the signed one; no page of ours loads anything from elsewhere."""
    payroll = RelyingParty(house)
    totp = house.app_of(house.person("coded", "a password", roles=("payroll-clerk",)))
    browser = Browser(house).sign_in(payroll.start("openid"), "coded", "a password", totp)
    for mode in ("query", "form_post", "query.jwt", "form_post.jwt"):
        browser.get(payroll.start("openid", response_mode=mode))
        assert browser.last is not None
        headers = browser.last.headers
        assert headers["Cache-Control"] == "no-store" and headers["Referrer-Policy"] == "same-origin"
        assert browser.status == (200 if mode.startswith("form_post") else 303)
        sources = re.findall(r'<(?:img|script|link|iframe)[^>]*(?:src|href)="([^"]*)"', browser.page)
        assert [one for one in sources if urlsplit(one).netloc] == []
        assert "#" not in browser.url


def test_a_redirect_with_a_code_repeats_no_post(house: House) -> None:
    """RFC 9700 §4.12: 307 would send the password on to the application."""
    payroll = RelyingParty(house, "docs")
    house.person("seeother", "a password")
    browser = Browser(house).get(payroll.start("openid")).submit(username="seeother@local.example")
    action, fields = browser.hidden(password="")
    answer = browser.post(action, fields | {"password": "a password"})
    assert answer.status_code == 303


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_may_be_kept_a_little(house: House, path: str) -> None:
    answer = house.http().get(path, base_url=ISSUER)
    found = re.fullmatch(r"public, max-age=(\d+)", answer.headers["Cache-Control"])
    assert found is not None and 0 < int(found[1]) <= 3600 and "Set-Cookie" not in answer.headers
    known = house.http().get(path, base_url=ISSUER, headers={"If-None-Match": answer.headers["ETag"]})
    assert (known.status_code, known.get_data()) == (304, b"")


def test_a_public_answer_depends_on_nothing_that_was_sent(house: House) -> None:
    """What one can make a cache keep, others would be given."""
    for path in PUBLIC:
        plain = house.http().get(path, base_url=ISSUER)
        odd = {"X-Forwarded-Host": "evil.example", "Accept-Language": "zh", "Origin": "https://evil.example", "X": "y"}
        for asked in (path, f"{path}?lang=zh&x=evil.example"):
            bent = house.http().get(asked, base_url=ISSUER, headers=odd)
            assert bent.get_data() == plain.get_data()
            assert bent.headers["Access-Control-Allow-Origin"] == "*"
