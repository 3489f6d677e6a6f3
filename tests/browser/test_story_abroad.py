"""Another country: one more proof with its reason in both languages; strangers' guesses do not shut the owner out."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import meet, new_context
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci
GUESSES = 10
NOT_RIGHT = "The name or password is not right"


def test_a_sign_in_from_singapore_says_so_in_both_languages(browser: Browser, there: Demonstration) -> None:
    """The known device, too, is asked once more; Docs is refused there, and why is told."""
    person = meet(there, browser, "li.na")
    person.open_payroll()
    person.sign_in_first_time()
    person.arrive(there.doors.payroll_url)
    person.page.click("#sign-out")
    expect(person.page.locator("h1")).to_have_text("You are signed out")
    there.travel(person.actor, "SG")
    try:
        person.open_payroll()
        person.give_name_and_password()
        page = person.page
        expect(page.locator(".reasons")).to_contain_text("New country: Singapore. You last signed in from China on ")
        assert "T" not in page.locator(".reasons li").first.inner_text().partition(" on ")[2].replace("UTC", "")
        page.get_by_role("link", name="简体中文").click()
        expect(page.locator(".reasons")).to_contain_text("新的国家/地区：新加坡。")
        expect(page.locator("h1")).to_have_text("输入验证码")
        person.type_code()
        person.arrive(there.doors.payroll_url)

        assert person.watched.wrong() == []
        person.open_docs()
        expect(page.locator("h1")).to_have_text("您目前不能使用文档")
        expect(page.locator(".note")).to_contain_text("无法从新加坡使用文档。")
        page.get_by_role("link", name="English").click()
        expect(page.locator(".note")).to_contain_text("Docs cannot be used from Singapore.")
        reference = page.locator(".facts .code").inner_text()
        page.get_by_role("link", name="See how it was decided").click()
        expect(page.locator(".trace .decides")).to_contain_text("outside-country")
        expect(page.locator("main")).to_contain_text(reference)
        assert page.locator(".note p").all_inner_texts()[0] == "Docs cannot be used from Singapore."
    finally:
        there.travel(person.actor, "home")


def test_ten_wrong_passwords_elsewhere_and_the_known_device_gets_in(browser: Browser, there: Demonstration) -> None:
    """Each wrong one is answered alike; then strangers wait, and the owner's own browser does not."""
    owner = meet(there, browser, "ma.li")
    owner.open_payroll()
    owner.sign_in_first_time()
    owner.arrive(there.doors.payroll_url)
    owner.page.click("#sign-out")
    expect(owner.page.locator("h1")).to_have_text("You are signed out")

    there.travel(owner.actor, "BR")
    stranger = owner.elsewhere(new_context(browser))
    stranger.open_payroll()
    stranger.type_name()
    for turn in range(GUESSES):
        stranger.type_password(f"Guess-{turn}")
        expect(stranger.page.get_by_role("alert")).to_contain_text(NOT_RIGHT)
    stranger.type_password()  # the right one at last: who guessed so often is not heard, and cannot tell
    expect(stranger.page.get_by_role("alert")).to_contain_text(NOT_RIGHT)
    stranger.context.close()

    there.travel(owner.actor, "home")
    owner.open_payroll()
    owner.give_name_and_password()
    owner.page.wait_for_url("**/sign-in/totp?*")
    owner.type_code()
    owner.arrive(there.doors.payroll_url)
    expect(owner.page.locator("#name")).to_have_text(owner.actor.name)
