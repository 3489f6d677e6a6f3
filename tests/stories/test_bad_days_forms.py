"""Bad days of forms: each keeps what was typed (never a secret) and says what to do; none ends in a bare error."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pyotp
from werkzeug.test import Client as HttpClient

from idp.flows.context import hash_of
from tests.support.browser import ISSUER, Browser, RelyingParty
from tests.support.house import House

PASSWORD = "correct horse battery staple"


def words(page: str) -> str:
    """What a person reads."""
    inside = re.sub(r"(?s)<(script|style|noscript|head).*?</\1>", " ", page)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inside)))


def at_password(house: House, name: str) -> Browser:
    browser = Browser(house).get(RelyingParty(house, "docs").start("openid"))
    return browser.submit(username=f"{name}@local.example")


def somebody(house: House, name: str) -> pyotp.TOTP:
    """A person with a password and an authenticator app."""
    return house.app_of(house.person(name, PASSWORD, roles=("payroll-clerk",)))


def test_an_expired_name_page_keeps_the_name(house: House) -> None:
    browser = Browser(house).get(RelyingParty(house, "docs").start("openid"))
    _forget(house, browser)
    browser.submit(username="late@local.example")
    assert browser.status == 410
    assert 'value="late@local.example"' in browser.page
    assert "This page was open too long" in words(browser.page)


def test_an_expired_password_page_keeps_the_name_and_never_the_password(house: House) -> None:
    app = somebody(house, "late")
    browser = at_password(house, "late")
    _forget(house, browser)
    browser.submit(password=PASSWORD, username="late@local.example")
    assert 'value="late@local.example"' in browser.page
    assert PASSWORD not in browser.page
    browser.submit(username="late@local.example").submit(password=PASSWORD).submit(code=app.at(house.clock()))
    assert browser.status == 200
    assert browser.cookie("session")


def test_the_page_after_expiry_is_in_the_readers_language(house: House) -> None:
    browser = at_password(house, "late-zh")
    browser.language = "zh-CN"
    _forget(house, browser)
    browser.submit(password="x", username="late-zh@local.example")
    assert "页面停留时间过长" in words(browser.page)
    assert '<html lang="zh-CN"' in browser.page


def test_back_after_the_end_says_that_one_is_in(house: House) -> None:
    app = somebody(house, "back")
    browser = at_password(house, "back").submit(password=PASSWORD)
    step = browser.url
    browser.submit(code=app.at(house.clock()))
    assert browser.cookie("session")
    browser.get(step)
    assert browser.status == 410
    assert "You are signed in already" in words(browser.page)
    assert 'href="/"' in browser.page


def test_a_form_that_is_posted_twice_is_no_error(house: House) -> None:
    app = somebody(house, "twice")
    browser = at_password(house, "twice")
    action, fields = browser.hidden(password="")
    assert browser.post(action, fields | {"password": PASSWORD}).status_code == 303
    again = browser.post(action, fields | {"password": PASSWORD})
    assert again.status_code == 303  # the first was taken: on to where it led
    browser.get(again.headers["Location"])
    action, fields = browser.hidden(code="")
    code = app.at(house.clock())
    assert browser.post(action, fields | {"code": code}).status_code == 303
    second = browser.post(action, fields | {"code": code})
    assert second.status_code == 410
    assert "You are signed in already" in words(second.get_data(as_text=True))


def test_two_tabs_are_two_sign_ins(house: House) -> None:
    app = somebody(house, "tabs")
    one = Browser(house).get(RelyingParty(house, "docs").start("openid"))
    two = Browser(house)
    two.http = one.http
    two.get(RelyingParty(house, "payroll").start("openid"))
    one.submit(username="tabs@local.example").submit(password=PASSWORD).submit(code=app.at(house.clock()))
    assert one.query["state"] == "state-1"
    two.submit(username="tabs@local.example").submit(password=PASSWORD)
    house.clock.move(seconds=30)
    two.submit(code=app.at(house.clock()))
    assert two.query["state"] == "state-1"


def test_without_cookies_the_page_says_so_and_what_to_do(house: House) -> None:
    http = HttpClient(house.app, use_cookies=False)  # type: ignore[arg-type]
    begun = http.get(RelyingParty(house, "docs").start("openid"), base_url=ISSUER)
    shown = http.get(begun.headers["Location"], base_url=ISSUER)
    page = words(shown.get_data(as_text=True))
    assert shown.status_code == 410
    assert "Your browser did not send our cookie" in page
    assert "Allow cookies for this site" in page
    posted = http.post(begun.headers["Location"], base_url=ISSUER, data={"username": "x", "csrf": "y"})
    assert posted.status_code == 403
    assert "Allow cookies for this site" in words(posted.get_data(as_text=True))


def test_a_wrong_code_keeps_the_way_and_says_so(house: House) -> None:
    app = somebody(house, "codes")
    browser = Browser(house).get(RelyingParty(house).start("openid payroll.read"))
    browser.submit(username="codes@local.example").submit(password=PASSWORD)
    wrong = f"{(int(app.at(house.clock())) + 1) % 1_000_000:06}"
    browser.submit(code=wrong)
    assert "That code is not right" in words(browser.page)
    assert wrong not in browser.page
    browser.submit(code="")
    assert "Enter the six digits" in words(browser.page)
    browser.submit(code=app.at(house.clock()))
    assert browser.query["state"] == "state-1"


def test_a_used_code_has_its_own_words(house: House) -> None:
    app = somebody(house, "used")
    url = RelyingParty(house).start("openid payroll.read")
    first = Browser(house).get(url).submit(username="used@local.example").submit(password=PASSWORD)
    first.submit(code=(code := app.at(house.clock())))
    assert first.query["code"]
    other = Browser(house).get(url).submit(username="used@local.example").submit(password=PASSWORD)
    other.submit(code=code)
    assert "That code was already used. Wait for the next one." in words(other.page)


def test_a_phone_with_a_wrong_clock_is_told(house: House) -> None:
    app = somebody(house, "clocked")
    browser = Browser(house).get(RelyingParty(house).start("openid payroll.read"))
    browser.submit(username="clocked@local.example").submit(password=PASSWORD)
    browser.submit(code=app.at(house.clock(), counter_offset=-5))
    assert "phone’s clock looks about" in words(browser.page)


def test_a_session_that_ended_elsewhere_comes_back_to_the_same_page(house: House) -> None:
    person = house.person("gone", PASSWORD)
    app = house.app_of(person)
    browser = Browser(house).sign_in("/me/language", "gone", PASSWORD, app)
    assert browser.url.endswith("/me/language")
    *_, token = re.findall(r'name="csrf" value="([^"]+)"', browser.main)
    truth = house.idp.ports.truth
    for one in truth.sessions.of(person.id, house.clock()):
        with truth.begin() as tx:
            tx.sessions.end(one.sid, house.clock())
    answered = browser.post("/me/language", {"language": "en", "csrf": token})
    assert answered.status_code == 303
    assert answered.headers["Location"].startswith("/sign-in?")
    house.clock.move(seconds=30)
    browser.sign_in(answered.headers["Location"], "gone", PASSWORD, app)
    assert browser.url.endswith("/me/language")


def test_a_bad_return_address_is_found_by_its_reference(house: House) -> None:
    """Ours to show, never a redirect; the reference on the page is in the log."""
    answer = Browser(house).http.get(
        RelyingParty(house, "docs").start("openid", redirect_uri="https://evil.example/"), base_url=ISSUER
    )
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    code = re.search(r'class="code"[^>]*>([0-9A-Z]{4}-[0-9A-Z]{4})<', answer.get_data(as_text=True))
    assert code
    assert house.told("authorization.unanswered")
    [row] = house.idp.ports.truth.audit.search(reference=code[1], limit=5)
    assert (row.name, json.loads(row.body)["why"], json.loads(row.body)["client_id"]) == (
        "authorization.unanswered",
        "bad_return_address",
        "docs",
    )
    assert "evil.example" not in row.body


def test_strangers_cannot_fill_the_log_with_wrong_requests(house: House) -> None:
    before = len(house.events("authorization.unanswered"))
    http = house.http()
    for number in range(60):
        query, place = f"client_id=nobody-{number}", {"X-Forwarded-For": "10.9.9.9"}
        assert http.get(f"/authorize?{query}", base_url=ISSUER, headers=place).status_code == 400
    house.told("authorization.unanswered")
    assert len(house.events("authorization.unanswered")) - before <= 10


def _forget(house: House, browser: Browser) -> None:
    """What the end of its life does to the sign-in under way, at once."""
    house.idp.ports.brief.close_interaction(hash_of(parse_qs(urlsplit(browser.url).query)["i"][0]))
