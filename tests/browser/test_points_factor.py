"""The second proof, point by point, in a real browser: other ways, codes as people type them, typed data that stays,
and a stranger who is put out at once."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.directories.cast import Actor
from tests.browser.account import at, enrolled, present, save_codes, sign_out, with_passkey
from tests.browser.person import Person, new_context
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci
AT_ONCE_SECONDS = 2
LETTER_SECONDS = 40
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ANOTHER = {"en": "Try another way", "zh-CN": "换一种方式"}
USED = {
    "en": "That code was already used. Wait for the next one.",
    "zh-CN": "此验证码已被使用，请等待下一个验证码。",
}
ENDED = {"en": "You are signed out everywhere else", "zh-CN": "您已在其他所有地方退出登录"}
STILL = {
    "en": "What you typed is still here. Look at it and send it again.",
    "zh-CN": "您填写的内容仍在此处，请核对后重新提交。",
}
ALREADY = {"en": "This device already has a passkey for you.", "zh-CN": "此设备上已有您的通行密钥。"}


@pytest.mark.parametrize(("uid", "language"), [("ding.wei", "en"), ("wei.lan", "zh-CN")])
def test_points_11_and_17_every_way_is_listed_and_a_second_passkey_is_no_error(
    browser: Browser, there: Demonstration, uid: str, language: str
) -> None:
    """*Try another way* is a button; behind it stand passkey, app and saved codes, and each can be pressed."""
    person, session, key = with_passkey(there, browser, uid, language)
    person.page.click("#add-passkey")
    person.page.click("[data-passkey=create] [data-start]")
    expect(person.page.locator("[data-passkey=create] [role=status]")).to_have_text(ALREADY[language])
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]) == 1

    save_codes(person)
    sign_out(person)
    present(session, key, enabled=False)
    person.open_payroll()
    person.give_name_and_password()
    at(person, "/sign-in/passkey")
    another = person.page.get_by_role("button", name=ANOTHER[language], exact=True)
    assert another.evaluate("one => one.tagName") == "BUTTON"
    another.click()
    ways = person.page.locator("main button[name=way]")
    expect(ways).to_have_count(3)
    offered = [one.get_attribute("value") for one in ways.all()]
    assert sorted(offered, key=str) == ["passkey", "recovery", "totp"]
    person.choose("recovery")
    expect(person.page.locator("input.key")).to_be_visible()
    assert person.watched.wrong() == []


@pytest.mark.parametrize(("uid", "language"), [("xue.mei", "en"), ("ye.qing", "zh-CN")])
def test_point_12_codes_are_read_as_people_type_them_and_once(
    browser: Browser, there: Demonstration, uid: str, language: str
) -> None:
    """Spaces and full-width digits are taken; the same code again is refused in words of its own."""
    person = enrolled(there, browser, uid, language)
    sign_out(person)
    person.open_payroll()
    person.give_name_and_password()
    code = person.app.code()
    typed = f" {code[:3]}　{code[3:]} ".translate(FULL_WIDTH)
    person.type_code(typed)
    person.arrive(there.doors.payroll_url)
    sign_out(person)
    person.open_payroll()
    person.give_name_and_password()
    person.type_code(code)
    expect(person.page.locator("#code-error")).to_have_text(USED[language])
    expect(person.page.get_by_role("alert")).to_contain_text(USED[language])
    person.type_code(f"{(fresh := person.app.code())[:3]} {fresh[3:]}")
    person.arrive(there.doors.payroll_url)


def newest_link(page: Page, there: Demonstration, actor: Actor) -> str:
    """The link *It wasn't me* of the newest letter to this person, when it has come."""
    letters = page.locator("article").filter(has_text=actor.mail).filter(has=page.locator("a[href*='/not-me/']"))
    until = time.monotonic() + LETTER_SECONDS
    while time.monotonic() < until:
        page.goto(there.doors.mail_url)
        if letters.count():
            return letters.first.locator("a[href*='/not-me/']").get_attribute("href") or ""
        time.sleep(0.5)
    raise AssertionError("no letter came")


@pytest.mark.parametrize(("uid", "language"), [("liu.bo", "en"), ("tang.wei", "zh-CN")])
def test_point_14_it_was_not_me_ends_the_other_browser_within_two_seconds(
    browser: Browser, there: Demonstration, uid: str, language: str
) -> None:
    """From the letter of the second sign-in: the other browser's account and application, and not one's own."""
    person = enrolled(there, browser, uid, language)
    other = person.elsewhere(new_context(browser, language))
    other.open_docs()
    other.give_name_and_password()
    other.type_code()
    other.arrive(there.doors.docs_url)
    other.open("/me")
    at(other, "/me")

    person.page.goto(newest_link(person.page, there, person.actor))
    other.open("/me")
    at(other, "/me")  # to look at the link's page changes nothing
    person.page.click("#not-me")
    begun = time.monotonic()
    other.page.reload()
    at(other, "/sign-in")
    other.open_docs()
    while other.page.url.startswith(there.doors.docs_url) and time.monotonic() - begun < 2 * AT_ONCE_SECONDS:
        time.sleep(0.1)  # the application hears of it by the back channel
        other.open_docs()
    took = time.monotonic() - begun
    assert other.page.url.startswith(f"{there.doors.issuer}/sign-in?")
    expect(person.page.locator("h1")).to_have_text(ENDED[language])
    assert took <= AT_ONCE_SECONDS, f"{took:.2f} s"
    person.open("/me")
    at(person, "/me")


def trusted_only(person: Person) -> None:
    """Signed in by the password at a device that was trusted: nothing was proved lately."""
    sign_out(person)
    for remember in (True, False):
        person.open_payroll()
        person.give_name_and_password()
        if remember:
            person.page.check("input[name=remember]")
            person.type_code()
        person.arrive(person.there.doors.payroll_url)
        if remember:
            sign_out(person)


@pytest.mark.parametrize(("uid", "language"), [("yan.bin", "en"), ("yu.hai", "zh-CN")])
def test_point_15_step_up_comes_back_to_the_same_page_with_what_was_typed(
    browser: Browser, there: Demonstration, uid: str, language: str
) -> None:
    """A form that needs a recent proof: the proofs are asked anew, then the form is as it was, and nothing was sent."""
    person = enrolled(there, browser, uid, language)
    trusted_only(person)
    page = person.page
    person.open("/me/delegations")
    starts, ends = ((datetime.now(UTC) + timedelta(days=one)).date().isoformat() for one in (10, 17))
    page.fill("#delegate", "nobody.at.all@moe.example")
    page.locator("input[name=client]").first.check()
    page.fill("#starts", starts)
    page.fill("#ends", ends)
    page.fill("#reason", "Leave in January 一月休假")
    page.click("button[value=make]")
    at(person, "/sign-in/password")
    person.type_password()
    at(person, "/sign-in/totp")  # the trust of this device does not stand for it
    person.type_code()
    at(person, "/me/delegations")
    expect(page.locator("#delegate")).to_have_value("nobody.at.all@moe.example")
    expect(page.locator("input[name=client]").first).to_be_checked()
    expect(page.locator("#starts")).to_have_value(starts)
    expect(page.locator("#ends")).to_have_value(ends)
    expect(page.locator("#reason")).to_have_value("Leave in January 一月休假")
    expect(page.locator("main [role=status]")).to_have_text(STILL[language])
    expect(page.locator("main [role=alert]")).to_have_count(0)
    page.click("button[value=make]")  # now it is heard, and says what is wrong with it
    expect(page.locator("#delegate-error")).to_be_visible()
    expect(page.locator("#reason")).to_have_value("Leave in January 一月休假")
