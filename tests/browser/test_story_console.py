"""The console: each administrator gets their own areas, by a sign-in like everybody's, and strangers get nothing."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person, meet, new_context
from tests.browser.test_story_every_page import Eyes
from tests.support.chromium import watch
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci
AREAS = {
    "security": ["overview", "people", "roles", "alerts", "approvals"],
    "audit": ["people", "departments", "roles", "apps", "alerts", "audit"],
}


@pytest.mark.matrix
@pytest.mark.timeout(240)
@pytest.mark.parametrize(("kind", "language"), [("security", "zh-CN"), ("audit", "en")])
def test_an_administrator_sees_the_areas_of_the_role(
    browser: Browser, there: Demonstration, kind: str, language: str
) -> None:
    """Every area of the menu opens and is sound in light and dark, on a phone and on a desk."""
    actor, code = there.administrator(kind)
    person = Person(there, actor, watch(new_context(browser, language)))
    person.open("/admin")
    person.page.fill("#username", actor.mail)
    person.page.click("#submit-login")
    person.page.check("input[name=department][value=local]")  # a name without a domain: which department keeps it?
    person.page.press("input[name=department][value=local]", "Enter")
    person.type_password()
    person.bind_app(code)
    person.page.wait_for_url(f"{there.doors.issuer}/admin")
    links = person.page.locator("nav.side a")
    offered = [link.get_attribute("href") or "" for link in links.all()]
    assert {f"/admin/{area}" for area in AREAS[kind] if area != "overview"} <= set(offered)
    eyes = Eyes(person, language)
    for path in offered:
        person.open(path)
        eyes.look(path)
    assert not eyes.wrong, "\n".join(eyes.wrong)


def test_somebody_without_a_role_is_refused_with_a_reason(browser: Browser, there: Demonstration) -> None:
    person = meet(there, browser, "xu.jing")
    person.open("/")
    person.sign_in_first_time()
    expect(person.page.locator("h1")).to_have_text("My applications")
    expect(person.page.locator("a[href='/admin']")).to_have_count(0)
    for path in ("/admin", "/admin/people", "/admin/audit", "/admin/roles"):
        answer = person.page.goto(there.doors.issuer + path)
        assert answer is not None
        assert answer.status == 403
        expect(person.page.locator(".note.bad")).to_contain_text("The console is for administrators only.")
        expect(person.page.locator("nav.side")).to_have_count(0)
