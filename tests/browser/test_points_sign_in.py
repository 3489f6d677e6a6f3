"""The way in, point by point, in a real browser: typing while autofill waits, names of any script, wrong tries."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.account import at, enrolled, present, save_codes, sign_out, verified, with_passkey
from tests.browser.person import Person, meet, new_context
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci
TRIES = 10
NOT_RIGHT = {"en": "The name or password is not right", "zh-CN": "账号或密码不正确"}
CALM = {
    "en": ("Nothing was sent. Try again or choose another way.", "Try again"),
    "zh-CN": ("操作已取消，未发送任何信息。请重试或选择其他方式。", "重试"),
}
EDUCATION = {"en": ("Ministry of Education", "Change"), "zh-CN": ("教育部", "更改")}


def alert(person: Person) -> str:
    return person.page.locator("main [role=alert]").inner_text()


def test_point_3_typed_path_completes_while_the_passkey_request_is_pending(
    browser: Browser, there: Demonstration
) -> None:
    """Nobody touches the authenticator: name, password, another way, code, application."""
    person, session, key = with_passkey(there, browser, "pan.ling")
    sign_out(person)
    present(session, key, enabled=False)
    with person.page.expect_request("**/sign-in/passkey/options*"):
        person.open_payroll()
    person.page.wait_for_load_state("networkidle")
    person.give_name_and_password()
    at(person, "/sign-in/passkey")
    person.page.click("button[value=another]")
    person.choose("totp")
    person.type_code()
    person.arrive(there.doors.payroll_url)
    expect(person.page.locator("#name")).to_have_text(person.actor.name)
    assert person.watched.wrong() == []


@pytest.mark.parametrize(("uid", "language"), [("yang.mei", "en"), ("zhao.lei", "zh-CN")])
def test_points_4_and_5_button_over_autofill_and_a_user_who_is_not_verified(
    browser: Browser, there: Demonstration, uid: str, language: str
) -> None:
    """Not verified: calm words, the focus on the button that tries again, which then lets its owner in."""
    person, session, key = with_passkey(there, browser, uid, language)
    sign_out(person)
    present(session, key, enabled=False)
    person.open("/me")
    person.page.wait_for_load_state("networkidle")
    verified(session, key, verified=False)
    present(session, key, enabled=True)
    button = person.page.locator("[data-conditional] [data-start]")
    button.click()
    expect(person.page.locator("[data-conditional] [role=status]")).to_have_text(CALM[language][0])
    expect(button).to_have_text(CALM[language][1])
    expect(button).to_be_focused()
    verified(session, key, verified=True)
    button.click()
    at(person, "/me")
    assert person.watched.wrong() == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_point_6_unknown_and_wrong_are_one_page(browser: Browser, there: Demonstration, language: str) -> None:
    """Byte for byte, but for the name that was typed, the sign-in's id and the form's token."""
    seen = set()
    for name in (there.person("huang.ying").mail, "nobody.at.all@moe.example"):
        person = meet(there, browser, "huang.ying", language)
        person.open("/me")
        person.page.fill("#username", name)
        person.page.click("#submit-login")
        with person.page.expect_navigation() as answered:
            person.type_password("Not-the-password-1")
        assert NOT_RIGHT[language] in alert(person)
        page = person.page.content().replace(name, "NAME")
        page = re.sub(r'name="csrf" value="[0-9a-f]+"', "", page)
        seen.add((answered.value.status, re.sub(r"\bi=[\w-]{43}", "", page)))
        person.context.close()
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("uid", "language", "typed"),
    [("zhou.jie", "zh-CN", "　ｚｈｏｕ．ｊｉｅ＠ｍｏｅ．ｅｘａｍｐｌｅ "), ("wu.di", "en", "ＭＯＥ＼２００１０")],
    ids=["mail", "prefix"],
)
def test_point_7_a_name_in_full_width_forms_signs_in(
    browser: Browser, there: Demonstration, uid: str, language: str, typed: str
) -> None:
    """As an input method leaves it; the page shows the plain name."""
    person = meet(there, browser, uid, language)
    person.open_docs()
    person.page.fill("#username", typed)
    person.page.click("#submit-login")
    folded = person.actor.mail if "＠" in typed else "MOE\\20010"
    expect(person.page.locator(".who b")).to_have_text(folded)
    person.type_password()
    person.bind_app()
    person.arrive(there.doors.docs_url)
    expect(person.page.locator("#name")).to_have_text(person.actor.name)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_points_7_and_8_a_chinese_name_is_taken_and_its_domain_chooses_the_department(
    browser: Browser, there: Demonstration, language: str
) -> None:
    """The department is named with a way to change the name or to choose another one."""
    person = meet(there, browser, "xu.kai", language)
    department, change = EDUCATION[language]
    person.open("/me")
    person.page.fill("#username", "王伟＠moe.example")
    person.page.click("#submit-login")
    who = person.page.locator(".who")
    expect(who.locator("b")).to_have_text("王伟@moe.example")
    expect(who).to_contain_text(department)
    who.get_by_role("link").first.click()
    expect(person.page.locator("input[name=department]").first).to_be_visible()
    person.page.check("input[name=department][value=mof]")
    person.page.click("#submit-login")
    expect(who).not_to_contain_text(department)
    who.get_by_role("link", name=change, exact=True).click()
    expect(person.page.locator("#username")).to_be_visible()
    assert person.watched.wrong() == []


@pytest.mark.parametrize(("uid", "language"), [("xu.kai", "en"), ("sun.li", "zh-CN")])
def test_point_9_ten_wrong_passwords_at_a_known_device_are_answered_alike_and_the_passkey_works(
    browser: Browser, there: Demonstration, uid: str, language: str
) -> None:
    """The same words and status each time; the passkey is offered beside them, and nothing of the device is locked."""
    person, session, key = with_passkey(there, browser, uid, language)
    sign_out(person)
    present(session, key, enabled=False)
    assert guess(person, language) == 1
    present(session, key, enabled=True)
    person.page.locator("section.after a").first.click()
    person.arrive(there.doors.docs_url)
    expect(person.page.locator("#name")).to_have_text(person.actor.name)


@pytest.mark.parametrize(("uid", "language"), [("chen.xi", "en"), ("guo.na", "zh-CN")])
def test_point_9_after_ten_wrong_tries_of_a_stranger_a_recovery_code_opens_the_way(
    browser: Browser, there: Demonstration, uid: str, language: str
) -> None:
    """At a browser that nobody knows: the saved code first, and then the right password is heard."""
    owner = enrolled(there, browser, uid, language)
    saved = save_codes(owner)
    stranger = owner.elsewhere(new_context(browser, language))
    assert guess(stranger, language) == 1
    stranger.context.close()

    person = owner.elsewhere(new_context(browser, language))
    person.open_docs()
    person.type_name()
    person.type_password("Mistyped-1")
    person.page.locator("section.after a[href^='/sign-in/recovery']").click()
    person.page.fill("input.key", saved[0].lower().replace("-", " "))
    person.page.press("input.key", "Enter")
    person.page.locator("#password").wait_for()
    person.type_password()
    at(person, "/sign-in/recovery/left")
    person.page.click("main button.wide")
    person.arrive(there.doors.docs_url)
    expect(person.page.locator("#name")).to_have_text(person.actor.name)


def test_point_9_the_right_password_is_heard_again_after_a_few_mistakes(browser: Browser, there: Demonstration) -> None:
    """Two mistakes at one's own device cost nothing."""
    person = enrolled(there, browser, "zhu.hong")
    sign_out(person)
    person.open_docs()
    person.type_name()
    for turn in range(2):
        person.type_password(f"Mistyped-{turn}")
        expect(person.page.locator("main [role=alert]")).to_contain_text(NOT_RIGHT["en"])
    person.type_password()
    person.arrive(there.doors.docs_url)


def guess(person: Person, language: str) -> int:
    """Ten wrong passwords at an application's door. How many different answers came."""
    person.open_docs()
    person.type_name()
    told = []
    for turn in range(TRIES):
        with person.page.expect_navigation() as answered:
            person.type_password(f"Guessed-{turn}")
        told.append((answered.value.status, alert(person)))
    assert NOT_RIGHT[language] in told[0][1]
    return len(set(told))
