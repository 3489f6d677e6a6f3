"""leaving.js in Chromium: pages of applications are opened unseen, what came is said, and then it goes on by itself."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from idp.oidc.logout_frontchannel import origin
from idp.web.pages import AppEnded, Link, Page, SignedOut, Text
from tests.browser import shelf as shelves
from tests.support.chromium import chromium, watch
from tests.support.static_site import static_site

HEARD = b"<!doctype html><title>out</title>"


class Leaving(shelves.Shelf):
    """The page after sign-out with frames, under the policy that the product gives it."""

    def __init__(self, page: SignedOut) -> None:
        super().__init__()
        self._pages: Mapping[str, Page] = {"signed-out": page}
        self._frames = " ".join(sorted({origin(one.frame) or "" for one in page.apps if one.frame}))

    def __call__(self, environ: Mapping[str, Any], start: shelves.StartResponse) -> Iterable[bytes]:
        def with_frames(status: str, headers: list[tuple[str, str]]) -> object:
            policy = "Content-Security-Policy"
            more = [
                (name, f"{value}; frame-src {self._frames}" if name == policy else value) for name, value in headers
            ]
            return start(status, more)

        return super().__call__(environ, with_frames)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def page(*frames: str, goes_on: bool = False) -> SignedOut:
    apps = tuple(AppEnded(f"App {number}", None, frame) for number, frame in enumerate(frames, 1))
    onward = Link("/bye", Text("Go on", "继续")) if goes_on else None
    return SignedOut((*apps, AppEnded("Payroll", True)), onward, goes_on=timedelta(seconds=6) if goes_on else None)


def test_what_came_is_said_and_it_is_never_called_signed_out(browser: Browser) -> None:
    silent = socket.create_server(("127.0.0.1", 0))  # takes the connection and says nothing
    files = {"/out": HEARD}
    with static_site(files) as site, silent:
        shown = page(f"{site}/out?iss=x&sid=y", f"http://127.0.0.1:{silent.getsockname()[1]}/out")
        with shelves.open_shelf(made=Leaving(shown)) as (url, _):
            watched = watch(browser.new_context())
            watched.page.goto(f"{url}/signed-out?lang=en", wait_until="commit")
            lines = watched.page.locator("main li")
            expect(lines.nth(0)).to_contain_text("its page was opened")
            expect(lines.nth(1)).to_contain_text("did not answer")
            expect(lines.nth(2)).to_contain_text("signed out")
            assert watched.page.locator("iframe").first.is_hidden()
            assert watched.wrong() == []
            assert watched.page.frames[1].url == f"{site}/out?iss=x&sid=y"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_it_goes_on_by_itself(browser: Browser, script: bool) -> None:
    with (
        static_site({"/out": HEARD}) as site,
        shelves.open_shelf(made=Leaving(page(f"{site}/out", goes_on=True))) as (url, _),
    ):
        tab = browser.new_context(java_script_enabled=script).new_page()
        tab.goto(f"{url}/signed-out?lang=en", wait_until="commit")
        expect(tab.locator("#continue")).to_be_visible()
        if not script:
            expect(tab.locator("main li").first).to_contain_text("was asked")
        tab.wait_for_url("**/bye", timeout=3_000 if script else 12_000)


def test_a_page_within_cannot_take_the_window(browser: Browser) -> None:
    """It tries to lead the person away: the sandbox stops it."""
    evil = b"<!doctype html><script>try { top.location = 'http://127.0.0.1:9/evil' } catch {}</script>"
    with static_site({"/out": evil}) as site, shelves.open_shelf(made=Leaving(page(f"{site}/out"))) as (url, _):
        tab = browser.new_context().new_page()
        tab.goto(f"{url}/signed-out?lang=en", wait_until="load")
        expect(tab.locator("main li").first).to_contain_text("its page was opened")
        assert tab.url.startswith(url)
        assert tab.title() == "You are signed out · National Identity Service"
