"""JavaScript is off: the whole first sign-in by plain forms, and the next one with a code."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import meet
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci


@pytest.mark.parametrize(("uid", "language", "again"), [("li.jing", "zh-CN", "继续"), ("huang.lei", "en", "Continue")])
def test_the_whole_road_without_script(
    browser: Browser, there: Demonstration, uid: str, language: str, again: str
) -> None:
    """Identifier, password, enrolment and code lead to the application; what needs a script is not shown."""
    person = meet(there, browser, uid, language, java_script_enabled=False)
    url = there.doors.payroll_url if uid == "li.jing" else there.doors.docs_url
    page = person.page
    page.goto(f"{url}/")
    expect(page.locator("[data-start]")).to_be_hidden()
    expect(page.locator("noscript p")).to_be_visible()
    person.type_name()
    expect(page.locator("[data-reveal]")).to_be_hidden()
    person.type_password()
    person.bind_app()
    person.arrive(url)
    expect(page.locator("#name")).to_have_text(person.actor.name)
    page.click("#sign-out")
    page.goto(f"{url}/")
    person.give_name_and_password()
    page.locator("input.otp, #name").first.wait_for()
    if page.locator("input.otp").count():
        expect(page.get_by_role("button", name=again)).to_be_visible()
        person.type_code()
    person.arrive(url)
