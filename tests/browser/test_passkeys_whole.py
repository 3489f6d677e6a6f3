"""Passkeys from the first to the last: one for each device, the way in by themselves, removed, forgotten."""

from base64 import b64encode
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Browser, CDPSession, expect

from tests.browser.person import Person, meet
from tests.support.chromium import authenticator
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci


def private_key() -> str:
    """Somebody's, as the browser's tools take it."""
    key = ec.generate_private_key(ec.SECP256R1())
    return b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def kept(session: CDPSession, key: str) -> list[dict[str, object]]:
    """What the device holds now."""
    found: list[dict[str, object]] = session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
    return found


def present(session: CDPSession, key: str, *, enabled: bool) -> None:
    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": key, "enabled": enabled})


def soon_kept(person: Person, session: CDPSession, key: str, count: int) -> None:
    """The browser hears of it after the page is there."""
    for _ in range(40):
        if len(kept(session, key)) == count:
            return
        person.page.wait_for_timeout(100)
    assert len(kept(session, key)) == count


def enrolled(there: Demonstration, browser: Browser, uid: str) -> tuple[Person, CDPSession, str]:
    """Somebody with an authenticator app and a passkey, on the account page."""
    person = meet(there, browser, uid)
    session, key = authenticator(person.context, person.page)
    person.open("/me/methods")
    person.sign_in_first_time()
    settle(person)
    person.page.click("#add-passkey")
    person.page.get_by_role("button", name="Make a passkey").click()
    person.page.wait_for_url("**/me/methods?notice=added")
    return person, session, key


def settle(person: Person) -> None:
    """Whatever a first day asks between the factor and the page (recovery codes) is done."""
    person.page.wait_for_url(lambda url: urlsplit(url).path in ("/me/methods", "/sign-in/enrol/recovery"))
    if urlsplit(person.page.url).path != "/me/methods":
        person.page.check("input[type=checkbox]")
        person.page.locator("main form button:not(.second):not(.plain)").last.click()
        person.page.wait_for_url("**/me/methods")


def sign_out(person: Person) -> None:
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page.locator("h1")).to_have_text("You are signed out")


def test_one_for_each_device_and_the_way_in_by_itself(browser: Browser, there: Demonstration) -> None:
    """Points 16, 17, 2, 3, 4 and 5 of the experience page."""
    person, session, key = enrolled(there, browser, "sun.hao")
    (made,) = kept(session, key)
    assert (made["isResidentCredential"], made["rpId"]) == (True, "localhost")

    person.page.click("#add-passkey")
    person.page.get_by_role("button", name="Make a passkey").click()
    expect(person.page.get_by_text("This device already has a passkey for you.")).to_be_visible()
    assert len(kept(session, key)) == 1

    person.open("/me")
    sign_out(person)
    posted: list[str] = []
    person.page.on("request", lambda one: posted.append(one.url) if one.method == "POST" else None)
    person.open_docs()
    person.arrive(there.doors.docs_url)
    assert not [url for url in posted if "password" in url]
    person.watched.wrong()

    person.open("/me")
    sign_out(person)
    present(session, key, enabled=False)
    person.open("/me")
    expect(person.page.locator("#username")).to_have_attribute("autocomplete", "username webauthn")
    person.type_name()  # the typed path goes on while the request waits
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    present(session, key, enabled=True)
    person.open("/me")
    person.page.wait_for_load_state("networkidle")
    person.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(person.page.get_by_text("Nothing was sent. Try again or choose another way.")).to_be_visible()
    assert person.page.evaluate("document.activeElement.textContent") == "Try again"

    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    person.page.get_by_role("button", name="Try again").click()
    person.page.wait_for_url("**/me")
    assert person.watched.wrong() == []


def test_the_button_works_while_autofill_waits(browser: Browser, there: Demonstration) -> None:
    person, session, key = enrolled(there, browser, "hu.die")
    person.open("/me")
    sign_out(person)
    present(session, key, enabled=False)
    person.open("/me")
    person.page.wait_for_load_state("networkidle")
    present(session, key, enabled=True)
    person.page.get_by_role("button", name="Sign in with a passkey").click()
    person.page.wait_for_url("**/me")
    assert person.watched.wrong() == []


def test_the_browser_s_list_follows_ours(browser: Browser, there: Demonstration) -> None:
    """Point 20: the last way stays; what is removed leaves the device, and so does one that nobody has here."""
    person, session, key = enrolled(there, browser, "gao.feng")
    cards = person.page.locator(".methods .method")
    cards.filter(has_text="Passkey").get_by_role("button", name="Remove").click()
    person.page.wait_for_url("**/me/methods?notice=removed")
    soon_kept(person, session, key, 0)
    expect(cards.get_by_role("button", name="Remove")).to_have_count(0)  # the app alone is left

    person.open("/me")
    sign_out(person)
    stranger = {
        "credentialId": "c3RyYW5nZXI=",
        "isResidentCredential": True,
        "rpId": "localhost",
        "privateKey": private_key(),
        "userHandle": "bm9ib2R5",
        "signCount": 1,
    }
    session.send("WebAuthn.addCredential", {"authenticatorId": key, "credential": stranger})
    person.open("/me")
    expect(person.page.get_by_role("alert")).to_contain_text("This passkey is not known here.")
    soon_kept(person, session, key, 0)
    assert person.watched.wrong() == []
