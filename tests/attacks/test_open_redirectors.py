"""Nothing of ours sends a browser to an address that a link brought. Spec: RFC 9700 §4.11, OWASP ASVS 5.0 V3.7."""

import re
from urllib.parse import quote, urlsplit

import pytest

from tests.support.house import Browser, House, RelyingParty

EVIL = ("https://evil.example/", "//evil.example/", "/\\evil.example", "https:evil.example", "javascript:alert(1)")
NAMES = ["next", "url", "to", "goto", "return", "returnTo", "return_to", "continue", "redirect", "redirect_to", "dest"]
NAMES += ["redirect_uri", "post_logout_redirect_uri", "back", "back_url", "RelayState", "service", "iss", "home"]
PATHS = ["/", "/sign-in", "/sign-in/department", "/sign-in/password", "/consent", "/device", "/logout", "/signed-out"]
PATHS += ["/me", "/me/methods", "/me/approve", "/admin", "/authorize", "/why/AAAA-BBBB", "/nowhere", "/admin/callback"]
MARKUP = re.compile(r'(?:href|action|src|data-\w+|content)="([^"]*evil[^"]*)"', re.IGNORECASE)


def leads_away(browser: Browser) -> bool:
    assert browser.last is not None
    there = urlsplit(browser.last.headers.get("Location", ""))
    foreign = there.netloc not in ("", "id.example") or there.path.startswith(("//", "/\\"))
    refresh = browser.last.headers.get("Refresh") or re.search(r'http-equiv="refresh"[^>]*evil', browser.page)
    links = [urlsplit(found) for found in MARKUP.findall(browser.page)]
    return bool(foreign or refresh or any(one.netloc or one.scheme or one.path.startswith("/\\") for one in links))


@pytest.mark.parametrize("path", PATHS)
def test_no_parameter_leads_away(house: House, path: str) -> None:
    browser = Browser(house)
    for evil in EVIL:
        asked = "&".join(f"{name}={quote(evil, safe='')}" for name in NAMES)
        response = browser.http.get(f"{path}?{asked}", base_url="https://id.example")
        assert "evil" not in urlsplit(response.headers.get("Location", "")).netloc
        browser.get(f"{path}?{asked}")
        assert not leads_away(browser), (path, evil, browser.url)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "//evil.example/..",
        "/%2f%2fevil.example",
        "/%5cevil.example",
        "/\\evil.example",
        "/me//evil.example",
        "/me/%2e%2e//evil.example",
        "/static//evil.example",
        "/sign-in/",
        "/me/",
        "/;@evil.example",
        "/https://evil.example",
    ],
)
def test_no_path_leads_away(house: House, path: str) -> None:
    response = house.http().get(path, base_url="https://id.example")
    assert urlsplit(response.headers.get("Location", "/")).netloc in ("", "id.example")
    assert not response.headers.get("Location", "/").startswith(("//", "/\\"))


def test_a_sign_out_leads_nowhere_without_a_hint_also_when_nobody_is_signed_in(house: House) -> None:
    for query in (
        "post_logout_redirect_uri=https://evil.example/",
        "post_logout_redirect_uri=https://payroll.example/bye",
        "client_id=payroll&post_logout_redirect_uri=https://payroll.example/bye",
        "id_token_hint=x.y.z&post_logout_redirect_uri=https://payroll.example/bye",
    ):
        browser = Browser(house).get(f"/logout?{query}")
        assert browser.path == "/logout" and browser.status == 200
        assert not leads_away(browser)
        assert not re.search(r'(?:href|action)="https?:', browser.page)


def test_headers_lead_nobody_away(house: House) -> None:
    """Host, its forwarded forms, Origin and Referer make no address of ours."""
    for path in ("/", "/sign-in", "/me", "/logout", RelyingParty(house).start("openid", prompt="none")):
        for name in (
            "X-Forwarded-Host",
            "Forwarded",
            "X-Original-URL",
            "X-Rewrite-URL",
            "Referer",
            "X-Forwarded-Prefix",
        ):
            value = "host=evil.example" if name == "Forwarded" else "https://evil.example/"
            answer = house.http().get(path, base_url="https://id.example", headers={name: value})
            assert "evil" not in answer.headers.get("Location", "") + answer.get_data(as_text=True), (path, name)


def test_after_a_sign_in_of_our_own_only_our_own_pages(house: House) -> None:
    app = house.app_of(house.person("returner", "a password"))
    browser = Browser(house).get("/me/methods?next=https://evil.example/&return_to=//evil.example")
    browser.submit(username="returner@local.example").submit(password="a password")
    if browser.path == "/sign-in/totp":
        browser.submit(code=app.at(house.clock()))
    assert browser.path == "/me/methods" and browser.status == 200
