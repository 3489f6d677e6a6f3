"""What applications get, in a real browser: consent with real values, a device, a wrong address, and the end of it."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, expect

from adapters.sql.truth import STALE_SECONDS
from tests.browser.account import at, enrolled
from tests.browser.person import Person, meet, new_context
from tests.support.chromium import watch
from tests.support.demonstration import Demonstration, demonstration
from tests.support.needs import needs
from tests.support.static_site import static_site

pytestmark = pytest.mark.ci
VERIFIER = "a-verifier-of-the-length-that-is-asked-for-43"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
PAUSE_SECONDS = 5.5  # what a device waits between two questions, and a little
PLAN = """
[clients.census]
name = "Census"
name_zh = "人口普查"
department = "mof"
redirect_uris = ["{site}/callback"]
scopes = ["openid", "profile", "email"]
secret = "generate"
labels = ["all-employees"]

[clients.printer]
name = "Printer"
name_zh = "打印机"
department = "mof"
token_endpoint_auth_method = "none"
grant_types = ["{device}", "refresh_token"]
scopes = ["openid", "profile"]
first_party = true
labels = ["all-employees"]
"""
PAGE = b"<!doctype html><title>Census</title><h1>Census</h1>"
ALONE = {
    "en": "Only go on if you started this on a device in front of you.",
    "zh-CN": "仅当您本人在面前的设备上发起了此操作时，才可继续。",
}
CHINA = {"en": "China", "zh-CN": "中国"}
PRINTER = {"en": "Printer", "zh-CN": "打印机"}
CENSUS = {"en": "Census asks for your information", "zh-CN": "人口普查申请使用您的信息"}


@dataclass(frozen=True, slots=True)
class Census:
    """An application of somebody else's, on an origin of its own."""

    there: Demonstration
    site: str
    secret: str

    def question(self, **other: str) -> str:
        challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": "census",
            "redirect_uri": f"{self.site}/callback",
            "scope": "openid profile email",
            "state": "where-i-was",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.there.doors.issuer}/authorize?{urlencode(asked | other)}"

    def token(self, **form: str) -> requests.Response:
        address = f"{self.there.doors.issuer}/token"
        return requests.post(address, data=form, auth=("census", self.secret), timeout=10)


@pytest.fixture(scope="module")
def there() -> Iterator[Demonstration]:
    """One of its own: applications are brought, and the audit administrator signs in for the first time."""
    needs("chromium", "chromium")
    needs("slapd", "slapd")
    with demonstration() as running:
        yield running


@pytest.fixture(scope="module")
def census(there: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Census]:
    with static_site({"/callback": PAGE, "/favicon.ico": b""}) as site:
        plan: Path = tmp_path_factory.mktemp("plan") / "plan.toml"
        plan.write_text(PLAN.format(site=site, device=DEVICE), encoding="utf-8")
        there.ask("apply", str(plan), "--reason", "census and printers")
        secret = there.ask("client", "new-secret", "census", "--reason", "for the census")["client_secret"]
        time.sleep(STALE_SECONDS + 0.1)  # until every worker has seen them
        yield Census(there, site, secret)


def answer(person: Person, census: Census) -> dict[str, str]:
    """What came back to the application, at its own origin."""
    person.page.wait_for_url(f"{census.site}/callback?**")
    return {name: values[0] for name, values in parse_qs(urlsplit(person.page.url).query).items()}


@pytest.mark.parametrize(("uid", "language"), [("xu.kai", "en"), ("sun.li", "zh-CN")])
def test_points_21_22_and_28_consent_shows_values_and_what_was_given_can_be_taken_back(
    browser: Browser, there: Demonstration, census: Census, uid: str, language: str
) -> None:
    """No, then yes, each by a form whose page allows just that origin; then taken back: its refresh fails."""
    person = enrolled(there, browser, uid, language)
    page = person.page
    policies: list[str] = []
    page.on("response", lambda one: policies.append(one.headers.get("content-security-policy", "")))
    for choice in ("deny", "allow"):
        page.goto(census.question())
        expect(page.locator("h1")).to_have_text(CENSUS[language])
        name = person.actor.name_zh if language == "zh-CN" else person.actor.name
        expect(page.locator("main")).to_contain_text(name)
        expect(page.locator("main")).to_contain_text(person.actor.mail)
        assert any(f"form-action 'self' {census.site}" in one for one in policies)
        assert not any("unsafe-" in one for one in policies)
        page.click(f"#{choice}")
        given = answer(person, census)
        assert given["state"] == "where-i-was"
        assert given.get("error") == ("access_denied" if choice == "deny" else None)
        assert ("code" in given) is (choice == "allow")
    assert person.watched.wrong() == []

    first = census.token(
        grant_type="authorization_code",
        code=given["code"],
        redirect_uri=f"{census.site}/callback",
        code_verifier=VERIFIER,
    ).json()
    second = census.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second.status_code == 200, second.text
    person.open("/me/apps")
    page.locator("main a[href*='census']").click()
    page.locator("main button.danger").first.click()
    expect(page.get_by_role("status")).to_contain_text("Census" if language == "en" else "人口普查")
    third = census.token(grant_type="refresh_token", refresh_token=second.json()["refresh_token"])
    assert (third.status_code, third.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(("uid", "language"), [("zhu.lin", "en"), ("he.ping", "zh-CN")])
def test_point_23_a_device_is_allowed_by_a_button_on_a_page_that_says_who_asks(
    browser: Browser, there: Demonstration, census: Census, uid: str, language: str
) -> None:
    """The complete address writes the code into the field and decides nothing."""
    issuer = there.doors.issuer
    form = {"client_id": "printer", "scope": "openid profile"}
    shown = requests.post(f"{issuer}/device_authorization", data=form, timeout=10).json()

    def poll() -> dict[str, Any]:
        asked = {"grant_type": DEVICE, "device_code": shown["device_code"], "client_id": "printer"}
        got: dict[str, Any] = requests.post(f"{issuer}/token", data=asked, timeout=10).json()
        return got

    person = meet(there, browser, uid, language)
    page = person.page
    page.goto(shown["verification_uri_complete"])
    person.sign_in_first_time()
    at(person, "/device")
    expect(page.locator("#user_code")).to_have_value(shown["user_code"])
    assert poll()["error"] == "authorization_pending"
    page.click("#continue")
    expect(page.locator("h1")).to_contain_text(PRINTER[language])
    expect(page.locator(".note.warn")).to_contain_text(ALONE[language])
    facts = page.locator("dl.facts")
    for words in (PRINTER[language], shown["user_code"], CHINA[language]):
        expect(facts).to_contain_text(words)
    asked = facts.locator("time").get_attribute("datetime") or ""
    assert timedelta() <= datetime.now(UTC) - datetime.fromisoformat(asked) < timedelta(minutes=2)
    time.sleep(PAUSE_SECONDS)
    assert poll()["error"] == "authorization_pending"
    page.click("#allow")
    expect(page.locator("#allow")).to_have_count(0)
    time.sleep(PAUSE_SECONDS)
    assert {"access_token", "id_token"} <= poll().keys()
    assert person.watched.wrong() == []


def test_point_25_a_wrong_return_address_leads_nowhere_and_its_reference_is_found_in_the_audit_log(
    browser: Browser, there: Demonstration, census: Census
) -> None:
    """A stranger's page, then the audit administrator's search by what it says, in both languages."""
    stranger = watch(new_context(browser))
    seen: list[str] = []
    stranger.page.on("framenavigated", lambda frame: seen.append(frame.url))
    got = stranger.page.goto(census.question(redirect_uri=f"{census.site}/callback/"))
    assert got is not None
    assert got.status == 400
    assert [url for url in seen if census.site in url.partition("?")[0]] == []
    expect(stranger.page.locator("h1")).to_have_text("This application gave a return address that is not its own")
    reference = stranger.page.locator(".facts .code").inner_text()

    actor, code = there.administrator("audit")
    auditor = Person(there, actor, watch(new_context(browser)))
    auditor.open("/admin/audit")
    auditor.page.fill("#username", actor.mail)
    auditor.page.click("#submit-login")
    auditor.page.check("input[name=department][value=local]")
    auditor.page.press("input[name=department][value=local]", "Enter")
    auditor.type_password()
    auditor.bind_app(code)
    at(auditor, "/admin/audit")
    for language, one in (("en", "1 event"), ("zh-CN", "1 ")):
        auditor.open(f"/admin/audit?lang={language}")
        auditor.page.fill("#q", reference)
        auditor.page.press("#q", "Enter")
        auditor.page.wait_for_url(f"**/admin/audit?q={reference}**")
        expect(auditor.page.locator("section.card.tile").last).to_contain_text(one)
        expect(auditor.page.locator("main")).to_contain_text(reference)
        expect(auditor.page.locator("main")).to_contain_text("Census" if language == "en" else "人口普查")
