"""The running demonstration for clients that are not ours, and a person who signs in without a screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser as Chromium

from demo.browser import Browser
from demo.directories.cast import Actor
from tests.browser.person import App
from tests.support.chromium import chromium
from tests.support.demonstration import Demonstration, demonstration
from tests.support.needs import needs


@pytest.fixture(scope="package")
def there() -> Iterator[Demonstration]:
    needs("slapd", "slapd")
    # Applications that the tests bring stand at ports of their own.
    with demonstration(GEREGE_OUTGOING__ALLOWED='[{ cidr = "127.0.0.1/32", http = true }]') as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


@dataclass
class Reader:
    """Somebody of the cast at a browser without script, who follows an address until it leaves for the application."""

    there: Demonstration
    actor: Actor
    browser: Browser = field(default_factory=Browser)
    app: App = field(default_factory=App)

    def follow(self, url: str, until: str) -> str:
        """Open an address, answer what is asked, and say where the browser would go next."""
        self.browser.stop = until
        self.browser.get(url)
        while not self.browser.page.url.startswith(until):
            self._answer()
        return self.browser.page.url

    def allow_device(self, url: str) -> str:
        """Open the address that a device shows, and allow it. Returns what the last page says. Spec: RFC 8628 §3.3."""
        self.reach(url, "/device")
        self.browser.submit(user_code=parse_qs(urlsplit(url).query)["user_code"][0])
        self.browser.submit(do="allow")
        return self.browser.page.text

    def approve(self, message: str) -> str:
        """Allow the application that asks with this binding message. Returns what the last page says."""
        self.reach(f"{self.there.doors.issuer}/me/approve", "/me/approve")
        assert message in self.browser.page.text, self.browser.page.text
        self.browser.submit(do="allow")
        return self.browser.page.text

    def reach(self, url: str, path: str) -> None:
        """Open a page of the identity provider, through the sign-in where that comes first."""
        self.browser.stop = ""
        self.browser.get(url)
        while self.browser.page.path != path:
            self._answer()

    def _answer(self) -> None:
        page = self.browser.page
        answers: dict[str, Callable[[], Any]] = {
            "/sign-in": lambda: self.browser.submit(username=self.actor.mail),
            "/sign-in/password": lambda: self.browser.submit(password=self.actor.password),
            "/sign-in/enrol": lambda: self.browser.submit(way="totp"),
            "/sign-in/enrol/code": lambda: self.browser.submit(code=self.there.enrolment_code(self.actor)),
            "/sign-in/enrol/totp": self._bind,
            "/consent": lambda: self.browser.submit(do="allow"),
            "/sign-in/totp": lambda: self.browser.submit(code=self.app.code()),
        }
        assert page.path in answers, f"{page.status} {page.url}: {page.text[:500]}"
        answers[page.path]()

    def _bind(self) -> None:
        self.app.key = self.browser.page.html.partition('data-copy="')[2].partition('"')[0]
        assert pyotp.TOTP(self.app.key).now()
        self.browser.submit(code=self.app.code(), name="Work phone")


@pytest.fixture
def alice(there: Demonstration) -> Reader:
    return Reader(there, there.person("alice"))


@pytest.fixture
def zhao(there: Demonstration) -> Reader:
    return Reader(there, there.person("zhao.min"))
