"""The way out: both applications end, Back shows nothing private, and a session elsewhere can be ended from here."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.person import meet, new_context
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
)
ELSEWHERE = """() => {
    const copy = document.body.cloneNode(true);
    for (const one of copy.querySelectorAll('form.welcome')) one.remove();
    return copy.textContent;
}"""


def nobody_is_signed_in(page: Page, name: str) -> None:
    """A known browser offers its person's name to begin with, and only there; nothing stands on the page for them."""
    assert name not in page.evaluate(ELSEWHERE)
    expect(page.locator("header .person, .apps, nav.side, [value=sign-out]")).to_have_count(0)


def test_signing_out_ends_both_applications_and_back_shows_nothing(browser: Browser, there: Demonstration) -> None:
    """Docs hears of it by the back channel; the pages that were private are not in the history."""
    person = meet(there, browser, "liu.yang")
    page = person.page
    person.open_docs()
    person.sign_in_first_time()
    person.arrive(there.doors.docs_url)
    person.open("/")
    expect(page.locator(".apps")).to_contain_text("Docs")
    person.open("/me")
    private = person.actor.name
    expect(page.locator("header")).to_contain_text(private)
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("h1")).to_have_text("You are signed out")
    expect(page.locator("main")).to_contain_text("Docs")
    expect(page.locator("main .state.good")).to_have_text("signed out")
    for _ in range(3):
        page.go_back()
        nobody_is_signed_in(page, private)
    person.open_docs()
    assert page.url.startswith(there.doors.issuer)
    expect(page.locator("h1")).to_have_text("Welcome back")
    nobody_is_signed_in(page, private)
    assert person.watched.wrong() == []


def test_signing_out_of_payroll_ends_docs(browser: Browser, there: Demonstration) -> None:
    """RP-initiated: with the application's own hint there is no question, and the other application is out as well."""
    person = meet(there, browser, "wang.wei")
    person.open_payroll()
    person.sign_in_first_time()
    person.arrive(there.doors.payroll_url)
    person.open_docs()
    person.arrive(there.doors.docs_url)
    person.open_payroll()
    person.page.click("#sign-out")
    person.arrive(there.doors.payroll_url)
    expect(person.page.locator("h1")).to_have_text("You are signed out")
    person.page.go_back()
    nobody_is_signed_in(person.page, person.actor.name)
    person.open_docs()
    assert person.page.url.startswith(there.doors.issuer)
    expect(person.page.locator("#username")).to_be_visible()


def test_a_session_elsewhere_is_ended_from_here(browser: Browser, there: Demonstration) -> None:
    """The list marks this device; the other browser's next request leads to the sign-in."""
    here = meet(there, browser, "chen.jie")
    here.open("/me/sessions")
    here.sign_in_first_time()
    here.page.wait_for_url("**/me/sessions")
    other = here.elsewhere(new_context(browser, user_agent=CHROME))
    other.open("/me")
    other.give_name_and_password()
    other.type_code()
    expect(other.page.locator("h1")).to_have_text("My account")

    here.open("/me/sessions")
    devices = here.page.locator("main section.card")
    expect(devices).to_have_count(2)
    expect(devices.first).to_contain_text("this device")
    expect(devices.nth(1)).to_contain_text("Windows")
    devices.nth(1).get_by_role("button").click()
    expect(here.page.get_by_role("status")).to_have_text("1 session was ended.")
    expect(here.page.locator("main section.card")).to_have_count(1)
    other.page.reload()
    expect(other.page.locator("h1")).to_have_text("Welcome back")
    nobody_is_signed_in(other.page, here.actor.name)
    assert here.watched.wrong() == []
    assert other.watched.wrong() == []
