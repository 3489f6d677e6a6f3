"""session.js in Chromium: warns in time, counts each half minute, keeps what was typed, and leaves at the end."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from idp.messages import LANGUAGES, Language
from tests.browser import samples
from tests.browser import shelf as shelves
from tests.support.chromium import axe, watch

pytestmark = pytest.mark.ci
LASTS = 600


class Ending(shelves.Shelf):
    """Own pages of a session; `prolonged` seconds are what the server says of it."""

    prolonged: int | None = None
    seen: list[str]

    def html(self, name: str, language: Language) -> str:
        around = replace(samples.chrome(name), here=f"/{name}", session_ends=LASTS, stay_csrf="token")
        return self._renderer.render(self._pages[name], language, around)

    def __call__(self, environ: Mapping[str, Any], start: shelves.StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/session-ending":
            return super().__call__(environ, start)
        method = environ["REQUEST_METHOD"]
        self.seen.append(method)
        if method == "POST":
            self.posted.append(self._form(environ))
            self.prolonged = LASTS
        told = {"seconds": self.prolonged, "fixed": False}
        if self.prolonged is None:
            start("503 -", [])
            return [b""]
        return self._send(start, "application/json", json.dumps(told).encode())


def test_it_warns_counts_keeps_and_leaves(browser: Browser) -> None:
    made = Ending()
    made.seen = []
    with shelves.open_shelf(made=made) as (url, _):
        watched = watch(browser.new_context(locale="en"))
        page = watched.page
        page.clock.install()
        page.goto(f"{url}/me-delegations?lang=en")
        box, typed = page.locator("#session"), page.locator("main input[type=text]").first
        typed.fill("li.na")
        expect(box).to_be_hidden()

        made.prolonged = 300  # another tab was used: nothing is said
        page.clock.fast_forward((LASTS - 120) * 1000)
        page.wait_for_timeout(300)
        expect(box).to_be_hidden()
        assert made.seen == ["GET"]

        made.prolonged = 120
        page.clock.fast_forward(180 * 1000)
        expect(box).to_be_visible()
        expect(box.locator("[data-left]:visible")).to_have_text("The session ends in 120 seconds.")
        page.clock.fast_forward(31 * 1000)
        expect(box.locator("[data-left]:visible")).to_have_text("The session ends in 90 seconds.")

        box.get_by_role("button", name="Stay signed in").click()
        expect(box).to_be_hidden()
        assert made.posted == [{"csrf": "token", "back": "/me-delegations"}]
        assert typed.input_value() == "li.na"

        made.prolonged = 0
        with page.expect_navigation():
            page.clock.fast_forward(LASTS * 1000)
        assert watched.wrong() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_warning_is_sound(browser: Browser, language: str) -> None:
    """For everybody, in both colours, on a narrow screen."""
    made = Ending()
    made.seen, made.prolonged = [], 100
    with shelves.open_shelf(made=made) as (url, _):
        watched = watch(browser.new_context(viewport={"width": 320, "height": 700}, reduced_motion="reduce"))
        page = watched.page
        page.clock.install()
        page.goto(f"{url}/me-home?lang={language}")
        page.clock.fast_forward((LASTS - 120) * 1000)
        expect(page.locator("#session")).to_be_visible()
        page.clock.resume()
        page.emulate_media(color_scheme="light")
        found = axe(page)
        page.emulate_media(color_scheme="dark")
        assert found + axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        assert watched.wrong() == []
