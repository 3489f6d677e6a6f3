"""A person at a real browser, in the words of the stories: opens an application, types a name, reads a code.

What it is for: stories on the running demonstration. It knows ids and field names of the pages, which are an interface,
and never addresses inside the product. One person has one authenticator app and as many browsers as a story needs.
"""

import time
from dataclasses import dataclass, field

import pyotp
from playwright.sync_api import Browser, BrowserContext, Page

from demo.directories.cast import Actor
from tests.support.chromium import Watched, watch
from tests.support.demonstration import Demonstration

STEP_SECONDS = 30
PATIENCE_MS = 20_000


@dataclass(slots=True)
class App:
    """An authenticator app: shows each code once, as a person would wait for the next."""

    key: str = ""
    last_step: int = 0

    def code(self) -> str:
        """A code that was not given before: the next step's is taken early, since servers allow one."""
        step = max(self._now(), self.last_step + 1)
        while step > self._now() + 1:
            time.sleep(0.2)
        self.last_step = step
        return pyotp.TOTP(self.key).at(step * STEP_SECONDS)

    @staticmethod
    def _now() -> int:
        return int(time.time()) // STEP_SECONDS


@dataclass(slots=True)
class Person:
    """Somebody of the cast, in a browser window of their own."""

    there: Demonstration
    actor: Actor
    watched: Watched
    app: App = field(default_factory=App)

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def elsewhere(self, context: BrowserContext) -> "Person":
        """The same person at another browser."""
        return Person(self.there, self.actor, watch(context), self.app)

    # --- places -----------------------------------------------------------------------------------------------------

    def open_payroll(self) -> None:
        self.page.goto(f"{self.there.doors.payroll_url}/")

    def open_docs(self) -> None:
        self.page.goto(f"{self.there.doors.docs_url}/")

    def open(self, path: str) -> None:
        """A page of the identity provider."""
        self.page.goto(self.there.doors.issuer + path)

    # --- steps ------------------------------------------------------------------------------------------------------

    def type_name(self) -> None:
        self.page.fill("#username", self.actor.mail)
        self.page.click("#submit-login")
        self.page.locator("#password").wait_for()

    def type_password(self, password: str | None = None) -> None:
        self.page.fill("#password", password or self.actor.password)
        self.page.click("#submit-login")

    def give_name_and_password(self) -> None:
        self.type_name()
        self.type_password()

    def bind_app(self, code: str | None = None) -> None:
        """First sign-in: an authenticator app is chosen, vouched for by the enrolment code, and bound."""
        self.choose("totp")
        self.give_enrolment_code(code)
        self.scan()

    def choose(self, way: str) -> None:
        """One of the ways that the page offers."""
        self.page.click(f"button[name=way][value={way}]")

    def give_enrolment_code(self, code: str | None = None) -> None:
        self.page.locator("input.key").wait_for()
        self.page.fill("input.key", code or self.there.enrolment_code(self.actor))
        self.page.press("input.key", "Enter")

    def scan(self) -> None:
        """The authenticator app takes the key that the page shows, and proves it."""
        self.page.locator("ol.steps").wait_for()
        self.app.key = self.page.locator("[data-copy]").get_attribute("data-copy") or ""
        self.type_code()

    def type_code(self, code: str | None = None) -> None:
        self.page.fill("input.otp", code or self.app.code())
        self.page.press("input.otp", "Enter")

    def sign_in_first_time(self) -> None:
        """From the identifier to the application, with a new authenticator app."""
        self.give_name_and_password()
        self.bind_app()

    def arrive(self, url: str) -> None:
        """Wait until the browser is there, fully."""
        self.page.wait_for_url(f"{url}/**", timeout=PATIENCE_MS)


def new_context(browser: Browser, language: str = "en", **more: object) -> BrowserContext:
    """A browser window without a past."""
    context = browser.new_context(locale=language, reduced_motion="reduce", timezone_id="Asia/Shanghai", **more)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    return context


def meet(there: Demonstration, browser: Browser, uid: str, language: str = "en", **more: object) -> Person:
    """Somebody of the cast at a new browser."""
    return Person(there, there.person(uid), watch(new_context(browser, language, **more)))
