"""A passkey: asked for with a reason, made once, then enough by itself."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person, meet
from tests.support.chromium import authenticator
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci


def ask_to_approve(person: Person) -> None:
    """Payroll's API refuses; the application asks for a stronger sign-in."""
    person.page.click("#approve")


def test_approving_asks_for_a_passkey_and_says_why(browser: Browser, there: Demonstration) -> None:
    """RFC 9470 step-up: the reason in words, a new passkey, back at the pay run; then the passkey alone signs in."""
    person = meet(there, browser, "zhao.min")
    session, key = authenticator(person.context, person.page)
    person.open_payroll()
    person.sign_in_first_time()
    person.arrive(there.doors.payroll_url)

    ask_to_approve(person)
    expect(person.page.locator(".reasons")).to_contain_text("Payroll needs a passkey because it shows pay data.")
    person.choose("passkey")
    person.page.get_by_role("button", name="Make a passkey").click()
    person.arrive(there.doors.payroll_url)
    made = session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
    assert [one["isResidentCredential"] for one in made] == [True]
    expect(person.page.locator("#pending")).to_be_visible()
    person.page.click("#approve")
    expect(person.page.locator("#approved")).to_be_visible()
    person.page.click("#sign-out")
    expect(person.page.locator("h1")).to_have_text("You are signed out")
    person.watched.wrong()  # a refusal's status is told in the console, as is right

    asked: list[str] = []
    person.page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    person.open_payroll()  # nothing is typed or pressed: autofill offers the passkey, and presence is simulated
    person.arrive(there.doors.payroll_url)
    expect(person.page.locator("#name")).to_have_text(person.actor.name)
    assert not [url for url in asked if "password" in url]
    expect(person.page.locator("#permissions")).to_contain_text("payroll.approve: given")
    assert person.watched.wrong() == []


def test_a_pending_passkey_does_not_hinder_typing_and_a_refused_one_is_calm(
    browser: Browser, there: Demonstration
) -> None:
    """Made on the account page. Without presence the page stays usable; without verification it says so."""
    person = meet(there, browser, "zhang.qiang")
    session, key = authenticator(person.context, person.page)
    person.open("/me/methods")
    person.sign_in_first_time()
    person.page.wait_for_url("**/me/methods")
    person.page.click("#add-passkey")
    person.page.fill("#name", "Office computer")
    person.page.get_by_role("button", name="Make a passkey").click()
    person.page.wait_for_url("**/me/methods?notice=added")
    expect(person.page.get_by_role("status")).to_contain_text("The new way is saved.")
    expect(person.page.locator(".methods")).to_contain_text("Office computer")
    person.open("/me")
    expect(person.page.locator(".cards")).to_contain_text("Strong")
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page.locator("h1")).to_have_text("You are signed out")

    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": key, "enabled": False})
    person.open_payroll()
    person.give_name_and_password()
    person.page.wait_for_url("**/sign-in/passkey?*")
    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": key, "enabled": True})
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    person.page.get_by_role("button", name="Use a passkey").click()
    expect(person.page.get_by_text("Nothing was sent. Try again or choose another way.")).to_be_visible()
    assert person.page.evaluate("document.activeElement.textContent") == "Try again"
    person.page.get_by_role("button", name="Try another way").click()
    person.choose("totp")
    person.type_code()
    person.arrive(there.doors.payroll_url)
    assert person.watched.wrong() == []
