"""passkey.js with Chromium's virtual authenticator: registration, button, autofill, cancel, second passkey."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.shelf import CHALLENGE, Shelf, open_shelf
from tests.support.chromium import Watched, authenticator, chromium, watch


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shelf() -> Iterator[tuple[str, Shelf]]:
    with open_shelf() as opened:
        yield opened


def enrol(watched: Watched, url: str) -> None:
    watched.page.goto(f"{url}/enrol-passkey?lang=en")
    watched.page.get_by_role("button", name="Make a passkey").click()
    watched.page.wait_for_url("**/here")


def test_registration_button_and_autofill(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    url, kept = shelf
    context = browser.new_context()
    watched = watch(context)
    session, key = authenticator(context, watched.page)
    enrol(watched, url)
    made = kept.posted[-1]
    assert (made["csrf"], made["do"], made["name"]) == ("token", "passkey", "Edge on Windows")
    answer = json.loads(made["credential"])
    assert answer["type"] == "public-key"
    assert "attestationObject" in answer["response"]
    assert session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"][0]["isResidentCredential"]

    watched.page.goto(f"{url}/passkey?lang=en")
    watched.page.get_by_role("button", name="Use a passkey").click()
    watched.page.wait_for_url("**/here")
    assert json.loads(kept.posted[-1]["credential"])["id"] == answer["id"]

    watched.page.goto(
        f"{url}/sign-in?lang=en", wait_until="commit"
    )  # autofill answers by itself: presence is simulated
    watched.page.wait_for_url("**/here")
    sent = kept.posted[-1]
    assert sent["do"] == "passkey"
    assert json.loads(sent["credential"])["response"]["userHandle"] == CHALLENGE
    assert not watched.wrong()


def test_the_button_works_while_autofill_waits(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    url, kept = shelf
    context = browser.new_context()
    watched = watch(context)
    session, key = authenticator(context, watched.page)
    enrol(watched, url)
    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": key, "enabled": False})
    watched.page.goto(f"{url}/sign-in?lang=en", wait_until="networkidle")
    watched.page.fill("#username", "still usable")
    assert watched.page.url.endswith("/sign-in?lang=en")
    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": key, "enabled": True})
    watched.page.get_by_role("button", name="Sign in with a passkey").click()
    watched.page.wait_for_url("**/here")
    assert json.loads(kept.posted[-1]["credential"])["response"]["signature"]


def test_a_cancelled_passkey_says_so_calmly(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    url, kept = shelf
    context = browser.new_context()
    watched = watch(context)
    session, key = authenticator(context, watched.page)
    enrol(watched, url)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    sent = len(kept.posted)
    watched.page.goto(f"{url}/passkey?lang=zh-CN")
    watched.page.get_by_role("button", name="使用通行密钥").click()
    watched.page.get_by_text("操作已取消，未发送任何信息").wait_for()
    assert watched.page.evaluate("document.activeElement.textContent") == "重试"
    assert len(kept.posted) == sent


def test_a_second_passkey_on_one_device_is_no_error(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    """The authenticator knows the excluded credential: the page says that one is already there."""
    url, kept = shelf
    context = browser.new_context()
    watched = watch(context)
    authenticator(context, watched.page)
    enrol(watched, url)
    kept.exclude = (json.loads(kept.posted[-1]["credential"])["id"],)
    watched.page.goto(f"{url}/enrol-passkey?lang=en")
    watched.page.get_by_role("button", name="Make a passkey").click()
    watched.page.get_by_text("This device already has a passkey for you.").wait_for()


def test_options_that_do_not_come_are_told(browser: Browser, shelf: tuple[str, Shelf]) -> None:
    url, _ = shelf
    watched = watch(browser.new_context())
    watched.page.route("**/options", lambda route: route.fulfill(status=503, body="{}"))
    watched.page.goto(f"{url}/passkey?lang=en")
    watched.page.get_by_role("button", name="Use a passkey").click()
    watched.page.get_by_text("That did not work.").wait_for()
    assert watched.page.get_by_role("button", name="Try again").is_enabled()
