"""An administrator registers applications in the console; what the page gives works: the code, the secret, the test."""

import json
import subprocess

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person, new_context
from tests.browser.test_story_every_page import Eyes
from tests.support.chromium import watch
from tests.support.demonstration import Demonstration
from tests.support.needs import needs

pytestmark = pytest.mark.ci


def enter(browser: Browser, there: Demonstration, language: str = "en") -> Person:
    """The system administrator, in the console for the first time."""
    actor, code = there.administrator("system")
    person = Person(there, actor, watch(new_context(browser, language)))
    person.open("/admin/apps")
    person.page.fill("#username", actor.mail)
    person.page.click("#submit-login")
    person.page.check("input[name=department][value=local]")
    person.page.press("input[name=department][value=local]", "Enter")
    person.type_password()
    person.bind_app(code)
    person.page.wait_for_url(f"{there.doors.issuer}/admin/apps")
    return person


def register(person: Person, kind: str, name: str, field: str, address: str) -> None:
    page = person.page
    person.open("/admin/apps")
    page.click("a.button[href='/admin/apps/new']")
    page.check(f"input[name=kind][value={kind}]")
    page.fill("#name", name)
    page.fill("#name_zh", "测试")
    page.fill(f"#{field}", address)
    page.select_option("#department", "local")
    page.fill("#reason", "asked by its owners")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.locator("h1")).to_have_text(name)


@pytest.mark.timeout(240)
def test_applications_from_registration_to_the_first_token(browser: Browser, there: Demonstration) -> None:
    person = enter(browser, there)
    page, eyes = person.page, Eyes(person, "en")
    eyes.look("list")

    person.open("/admin/apps/new")
    page.check("input[name=kind][value=web]")
    expect(page.locator("#audience")).to_be_hidden()
    page.check("input[name=kind][value=machine]")
    expect(page.locator("#address")).to_be_hidden()
    page.fill("#name", "Nightly report")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Say why.")
    expect(page.locator("#name")).to_have_value("Nightly report")
    eyes.look("form with mistakes")

    register(person, "machine", "Nightly report", "audience", "urn:example:nightly")
    secret = page.locator(".note.good [data-copy]").get_attribute("data-copy") or ""
    command = page.locator("pre", has_text="curl").inner_text()
    assert secret not in command
    eyes.look("registered")
    needs("curl", "curl")
    environment = {"PATH": "/usr/bin:/bin", "CLIENT_SECRET": secret, "NO_PROXY": "*"}
    done = subprocess.run(
        ("sh", "-c", command), env=environment, capture_output=True, text=True, check=True, timeout=30
    )
    assert json.loads(done.stdout)["scope"] == "nightly-report.use", done.stdout
    person.open("/admin/apps/nightly-report")
    assert secret not in page.content()
    expect(page.locator(".facts", has_text="Last used")).not_to_contain_text("not in the last 30 days")

    register(person, "web", "Leave", "address", "https://leave.example/back")
    page.fill("#try", "https://leave.example/back/")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator("#tried")).to_contain_text("only the slash at the end differs")
    eyes.look("application")

    page.get_by_role("button", name="Test sign-in now").click()
    page.click("#allow")  # it is not our own: people are asked, and so is whoever tests
    expect(page.locator("h1")).to_have_text("Sign-in tested")
    expect(page.locator(".note.good")).to_contain_text("The sign-in works.")
    expect(page.locator("main")).to_contain_text('"aud": "leave"')
    eyes.look("tested")
    page.reload()
    expect(page.locator("h1")).not_to_have_text("Sign-in tested")

    person.open("/admin/apps/leave")
    page.get_by_text("Make a new secret", exact=True).first.click()
    page.fill("#secret-reason", "change-over")
    page.get_by_role("button", name="Make a new secret").click()
    expect(page.locator("main")).to_contain_text("Two are good now")
    page.get_by_text("Drop the older one", exact=True).first.click()
    page.fill("#drop-reason", "changed over")
    page.get_by_role("button", name="Drop the older one").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.locator("main")).to_contain_text("One is good now.")
    assert not eyes.wrong, "\n".join(eyes.wrong)
