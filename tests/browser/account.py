"""What people do on their account page before a story begins: ways to sign in, saved codes, the way out.

In words of ids and field names alone, so that it reads the same in both languages. Deliberately no assertions of a
story's own point.
"""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession

from tests.browser.person import Person, meet
from tests.support.chromium import authenticator
from tests.support.demonstration import Demonstration

LANGUAGES = ("en", "zh-CN")
METHODS, CODES = "/me/methods", "/me/methods/recovery"


def enrolled(there: Demonstration, browser: Browser, uid: str, language: str = "en", **more: object) -> Person:
    """Somebody with an authenticator app, signed in, at their ways to sign in."""
    person = meet(there, browser, uid, language, **more)
    person.open(METHODS)
    person.sign_in_first_time()
    at(person, METHODS)
    return person


def with_passkey(
    there: Demonstration, browser: Browser, uid: str, language: str = "en", **more: object
) -> tuple[Person, CDPSession, str]:
    """The same with a passkey in a virtual authenticator, whose session and id are returned."""
    person = enrolled(there, browser, uid, language, **more)
    session, key = authenticator(person.context, person.page)
    person.open(METHODS)
    person.page.click("#add-passkey")
    person.page.click("[data-passkey=create] [data-start]")
    person.page.wait_for_url("**/me/methods?notice=added")
    return person, session, key


def present(session: CDPSession, key: str, *, enabled: bool) -> None:
    """Whether somebody touches the authenticator when it asks."""
    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": key, "enabled": enabled})


def verified(session: CDPSession, key: str, *, verified: bool) -> None:
    """Whether the authenticator knows who touches it."""
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": verified})


def codes_on(person: Person) -> list[str]:
    """The recovery codes that the page shows."""
    return person.page.locator("#codes code").all_inner_texts()


def save_codes(person: Person) -> list[str]:
    """A new set of recovery codes, kept."""
    person.open(CODES)
    shown = codes_on(person)
    person.page.check("#saved")
    person.page.click(f"form[action='{CODES}'] button.wide")
    at(person, METHODS)
    return shown


def sign_out(person: Person) -> None:
    person.open("/me")
    person.page.click("button[value=sign-out]")
    person.page.locator("[value=sign-out]").wait_for(state="detached")


def at(person: Person, path: str) -> None:
    """Wait until the browser is at this page of the identity provider, whatever its query."""
    person.page.wait_for_url(lambda url: url.startswith(person.there.doors.issuer) and urlsplit(url).path == path)
