"""Somebody of the cast with a browser, a phone and perhaps a passkey: what a person does on the pages.

Knows the names of fields and buttons, which are an interface, and what pages say; nothing behind them.
"""

import re
import time
from dataclasses import dataclass, field, replace

import pyotp

from demo import otp
from demo.browser import Browser, Page, Unexpected
from demo.command_line import Refused
from demo.directories import cast
from demo.directories.cast import Actor
from demo.passkey import Passkey
from demo.story_house import House

STEP_SECONDS = 30
QUESTIONS = {
    "/sign-in": "who they are",
    "/sign-in/password": "the password",
    "/sign-in/enrol": "to add a second way",
    "/sign-in/enrol/code": "the enrolment code",
    "/sign-in/enrol/totp": "to set up an authenticator app",
    "/sign-in/enrol/passkey": "to make a passkey",
    "/sign-in/totp": "a code of the app",
    "/sign-in/passkey": "a passkey",
}


@dataclass
class Someone:
    """A person at a browser."""

    house: House
    actor: Actor
    browser: Browser = field(default_factory=Browser)
    passkey: Passkey | None = None
    seed: str = ""
    last_step: int = 0

    @classmethod
    def of(cls, house: House, department: str, uid: str, language: str = "en") -> "Someone":
        """One of the cast, with a new browser."""
        actor = next(actor for actor in cast.load(department).people if actor.uid == uid)
        return cls(house, actor, Browser(language=language))

    def elsewhere(self, agent: str = "", language: str = "en") -> "Someone":
        """The same person, phone and passkey at a browser that nobody has seen."""
        browser = Browser(language=language, agent=agent) if agent else Browser(language=language)
        return replace(self, browser=browser)

    @property
    def page(self) -> Page:
        return self.browser.page

    @property
    def at(self) -> str:
        """Which question this page is, in words; the address when it is none."""
        return QUESTIONS.get(self.page.path, f"{self.page.status} {self.page.url}: {self.page.text[:300]}")

    def opens(self, app: str) -> Page:
        """Open Payroll or Docs."""
        return self.browser.get(f"{self.house.application(app).url}/")

    def types_name(self) -> Page:
        """Say who one is."""
        return self.browser.submit(username=self.actor.mail)

    def types_password(self, password: str = "") -> Page:
        """The password at the department's directory."""
        return self.browser.submit(password=password or self.actor.password)

    def enrols_app(self, code: str) -> Page:
        """Add an authenticator app, with the code of the help desk."""
        if self.page.path == "/sign-in/enrol":
            self.browser.submit(way="totp")
        if self.page.path == "/sign-in/enrol/code":
            self.browser.submit(code=code)
        key = re.search(r'data-copy="([A-Z2-7]{16,})"', self.page.html)
        if key is None:
            raise Unexpected(f"no key of an authenticator app on {self.at}")
        self.seed = key[1]
        otp.keep(self.house.state_dir, self.actor.uid, self.seed)
        return self.browser.submit(code=self.code(), name="Story phone")

    def code(self) -> str:
        """What the app shows: each code once; the next one is taken early rather than waited for."""
        step = max(_step_now(), self.last_step + 1)
        while step > _step_now() + 1:
            time.sleep(0.2)
        self.last_step = step
        return pyotp.TOTP(self.seed).at(step * STEP_SECONDS)

    def types_code(self) -> Page:
        """The app's code."""
        return self.browser.submit(code=self.code())

    def makes_passkey(self) -> Page:
        """Let this device make a passkey."""
        if self.page.path == "/sign-in/enrol":
            self.browser.submit(way="passkey")
        made = Passkey(self.house.doors.issuer)
        page = self.browser.submit(
            do="passkey", credential=made.create(self.browser.options("create")), name="Story laptop"
        )
        self.passkey = made
        return page

    def shows_passkey(self) -> Page:
        """Answer the page's request for a passkey: the one of autofill on the first page, or of a further question."""
        if self.passkey is None:
            raise Unexpected(f"{self.actor.name} has no passkey")
        return self.browser.submit(do="passkey", credential=self.passkey.get(self.browser.options("get")))

    def signs_in(self, app: str) -> Page:
        """All the way into an application: the password, then whatever is asked."""
        self.opens(app)
        if self.page.path == "/sign-in":
            self.types_name()
        if self.page.path == "/sign-in/password":
            self.types_password()
        if self.page.path.startswith("/sign-in/enrol"):
            self.enrols_app(self.enrolment_code())
        elif self.page.path == "/sign-in/passkey" and self.passkey is None:
            self.browser.submit(do="another")
            self.browser.submit(way="totp")
        if self.page.path == "/sign-in/passkey":
            self.shows_passkey()
        elif self.page.path == "/sign-in/totp":
            self.types_code()
        return self.page

    def enrolment_code(self) -> str:
        """A new one of the help desk; none when this person needs none."""
        try:
            return str(self.house.gerege("person", "enrol-code", self.actor.mail, "--reason", "the story")["code"])
        except Refused:
            return ""

    def signs_out(self) -> Page:
        """By the application's own button."""
        return self.browser.post("/sign-out")

    def sees(self, app: str) -> bool:
        """Whether this page is the application's own and greets this person."""
        url = self.house.application(app).url
        return self.page.status == 200 and self.page.url.startswith(url) and self.actor.name in self.page.text

    def is_in(self, app: str) -> bool:
        """Whether the application still knows this browser, asked by a reload."""
        self.opens(app)
        return self.sees(app)


def _step_now() -> int:
    return int(time.time()) // STEP_SECONDS
