"""The whole road, once: Alice of the Ministry of Finance opens Payroll for the first time."""

from playwright.sync_api import Browser

from tests.browser.person import meet
from tests.support.demonstration import Demonstration


def test_alice_opens_payroll_and_docs_asks_nothing(browser: Browser, there: Demonstration) -> None:
    """Password at her ministry's directory, enrolment code, authenticator app; then Docs knows her already."""
    alice = meet(there, browser, "alice")
    alice.open_payroll()
    assert alice.heading == "Sign in"
    assert alice.page.get_by_text("Payroll", exact=True).is_visible()
    alice.type_name()
    assert "Ministry of Finance" in alice.page.locator(".who").inner_text()
    alice.type_password()
    alice.bind_app()
    alice.arrive(there.doors.payroll_url)
    assert alice.page.locator("#name").inner_text() == alice.actor.name
    assert alice.page.locator("#permissions").inner_text().splitlines()[0] == "payroll.read: given"

    seen: list[str] = []
    alice.page.on("framenavigated", lambda frame: seen.append(frame.url))
    alice.open_docs()
    assert alice.page.locator("#name").inner_text() == alice.actor.name
    assert [url for url in seen if "/sign-in" in url] == []
    assert alice.watched.wrong() == []
