"""Every page that a person meets on the road, as the running demonstration serves it, in both languages.

Each is looked at in light and dark, on a phone and on a desk: no WCAG 2.2 A or AA violation, no sideways scrolling, one
h1, the right language, a quiet console, no violation of CSP or Trusted Types, no request to another host.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person, meet
from tests.support.chromium import axe
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci
SCHEMES = ("light", "dark")
WIDTHS = (320, 1280)
Look = Callable[[str], None]


class Eyes:
    """Looks at whatever page a person is on and remembers what is wrong. With a folder, takes pictures as well."""

    def __init__(self, person: Person, language: str, folder: Path | None = None) -> None:
        self.person, self.language, self.folder = person, language, folder
        self.wrong: list[str] = []
        self.seen: list[str] = []

    def look(self, name: str) -> None:
        page, found = self.person.page, list[str]()
        page.wait_for_load_state()
        if page.locator("h1").count() != 1:
            found.append("not one h1")
        if page.locator("html").get_attribute("lang") != self.language:
            found.append(f"lang is {page.locator('html').get_attribute('lang')}")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                found += [f"{over} px too wide at {width}"] if over > 0 else []
                found += [f"{scheme} {width}: {one}" for one in axe(page)]
                if self.folder:
                    page.screenshot(path=self.folder / f"{name}.{self.language}.{scheme}.{width}.png", full_page=True)
        self.wrong += [f"{name}: {one}" for one in [*found, *self.person.watched.wrong()]]
        self.seen.append(name)


def walk(person: Person, eyes: Eyes) -> None:
    """The whole road of a new person: sign-in, enrolment, a code, the account, a refusal and why."""
    there, page = person.there, person.page
    person.open_docs()
    eyes.look("sign-in")
    person.type_name()
    eyes.look("password")
    person.type_password("Not-the-password-1")
    page.get_by_role("alert").wait_for()
    eyes.look("password-wrong")
    person.type_password()
    page.locator("button[name=way]").first.wait_for()
    eyes.look("enrol")
    person.choose("totp")
    page.locator("input.key").wait_for()
    eyes.look("enrol-code")
    person.give_enrolment_code()
    page.locator("ol.steps").wait_for()
    eyes.look("enrol-totp")
    person.scan()
    person.arrive(there.doors.docs_url)
    account(person, eyes)
    travels(person, eyes)


def account(person: Person, eyes: Eyes) -> None:
    for name, path in (("launchpad", "/"), ("me", "/me"), ("methods", "/me/methods"), ("sessions", "/me/sessions")):
        person.open(path)
        eyes.look(name)
    person.open("/me/methods")
    person.page.click("#add-passkey")
    person.page.locator("form[data-passkey=create]").wait_for()
    eyes.look("enrol-passkey")
    person.open("/logout")
    eyes.look("confirm-sign-out")
    person.page.click("#confirm-logout")
    person.page.wait_for_load_state()
    eyes.look("signed-out")


def travels(person: Person, eyes: Eyes) -> None:
    """From another country: the code with its reason, Docs refused, and the page that says why."""
    page = person.page
    person.there.travel(person.actor, "FR")
    try:
        person.open("/")
        person.give_name_and_password()
        page.locator("input.otp").wait_for()
        assert page.locator(".reasons li").count() > 0
        eyes.look("totp")
        person.type_code()
        page.wait_for_url(f"{person.there.doors.issuer}/")
        person.open_docs()
        page.locator("a[href^='/why/']").wait_for()
        person.watched.wrong()  # the console tells of the refusal's status, as is right
        eyes.look("refused")
        page.click("a[href^='/why/']")
        page.locator(".trace").wait_for()
        eyes.look("why")
    finally:
        person.there.travel(person.actor, "home")


@pytest.mark.matrix
@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "uid"), [("en", "tang.bo"), ("zh-CN", "gao.yuan")])
def test_no_page_of_the_road_is_unsound(browser: Browser, there: Demonstration, language: str, uid: str) -> None:
    person = meet(there, browser, uid, language)
    eyes = Eyes(person, language)
    walk(person, eyes)
    assert not eyes.wrong, "\n".join(eyes.wrong)
    assert len(eyes.seen) == 16


def test_the_sign_in_is_light_on_the_wire(browser: Browser, there: Demonstration) -> None:
    """A new browser's first page: at most 35 KB and 6 requests, counted as Chromium received them."""
    person = meet(there, browser, "wu.gang")
    session = person.context.new_cdp_session(person.page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    person.open("/sign-in")
    person.page.wait_for_load_state("networkidle")
    person.watched.requests.clear()
    sizes.clear()
    session.send("Network.clearBrowserCache")
    person.page.reload(wait_until="networkidle")
    asked = person.watched.requests
    assert len(asked) <= 6, asked
    assert 3_000 < sum(sizes) <= 35_000
    print(f"sign-in: {len(asked)} requests, {sum(sizes):.0f} octets")
    assert person.watched.wrong() == []


def test_the_eyes_see_a_violation_on_the_live_page(browser: Browser, there: Demonstration) -> None:
    """The strict policy is really sent: an image of another host and a string for innerHTML are stopped and told."""
    person = meet(there, browser, "wu.gang")
    person.open("/sign-in")
    assert person.watched.wrong() == []
    person.page.evaluate(
        "() => { new Image().src = 'http://127.0.0.1:9/x.png'; try { document.body.innerHTML = '<p>' } catch {} }"
    )
    assert {"CSP img-src", "CSP require-trusted-types-for"} <= set(person.watched.wrong())
    expect(person.page.locator("#username")).to_be_visible()
