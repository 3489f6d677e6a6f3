"""language.js in Chromium: a change of language keeps what was typed, in this entry of the history, without secrets."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import shelf as shelves
from tests.support.chromium import chromium, watch

REASON = "王伟 left the ministry <b>on Monday</b> & is away"


class Asking(shelves.Shelf):
    """The samples; a form that was sent comes back as its page, with what was wrong."""

    asked: list[str]

    def __call__(self, environ: Mapping[str, Any], start: shelves.StartResponse) -> Iterable[bytes]:
        self.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}")
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/here":
            self.posted.append(self._form(environ))
            return self._send(start, "text/html; charset=utf-8", self.html("sign-in-empty", "en").encode())
        return super().__call__(environ, start)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def shelf() -> Iterator[tuple[str, Asking]]:
    made = Asking()
    made.asked = []
    with shelves.open_shelf(made=made) as (url, _):
        yield url, made


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    made.set_default_timeout(20_000)
    yield made
    made.close()


def into_chinese(page: Page) -> None:
    page.get_by_role("link", name="简体中文").click()
    page.locator("html[lang='zh-CN']").wait_for()


def test_what_was_typed_stays(context: BrowserContext, shelf: tuple[str, Asking]) -> None:
    """Nothing of it is in an address, in a request or in any storage, and none of it is left behind."""
    watched = watch(context)
    page = watched.page
    page.goto(f"{shelf[0]}/sign-in?lang=en")
    page.fill("#username", "zhang.wei@mof.example")
    into_chinese(page)
    assert page.input_value("#username") == "zhang.wei@mof.example"
    assert page.url.endswith("/sign-in?x=1&lang=zh-CN")
    assert page.evaluate("[history.state, localStorage.length, sessionStorage.length, document.cookie]") == [
        None,
        0,
        0,
        "",
    ]
    assert not [one for one in shelf[1].asked if "zhang" in one]
    assert shelf[1].posted == []
    assert watched.wrong() == []
    page.get_by_role("link", name="English").click()
    page.locator("html[lang='en']").wait_for()
    assert page.input_value("#username") == "zhang.wei@mof.example", "and back"


def test_what_was_typed_where_the_page_was_folded_is_in_sight(
    context: BrowserContext, shelf: tuple[str, Asking]
) -> None:
    page = context.new_page()
    page.goto(f"{shelf[0]}/admin-person?lang=en")
    page.get_by_text("End all sessions", exact=True).first.click()
    page.fill("#end-reason", REASON)
    into_chinese(page)
    assert page.locator("#end-reason").is_visible()
    assert page.input_value("#end-reason") == REASON


def test_what_was_chosen_stays(context: BrowserContext, shelf: tuple[str, Asking]) -> None:
    page = context.new_page()
    page.goto(f"{shelf[0]}/department?lang=en")
    page.check("input[value=moe]")
    into_chinese(page)
    assert page.is_checked("input[value=moe]")
    page.goto(f"{shelf[0]}/department-many?lang=en")
    chosen = page.locator("select option").nth(3).get_attribute("value")
    page.select_option("select", chosen)
    into_chinese(page)
    assert page.input_value("select") == chosen


@pytest.mark.parametrize(
    ("name", "field"),
    [("password", "#password"), ("totp", "#code"), ("me-password", "#new"), ("device-code", "#user_code")],
)
def test_a_secret_is_left_behind(context: BrowserContext, shelf: tuple[str, Asking], name: str, field: str) -> None:
    """A password that is shown as plain text, too."""
    page = context.new_page()
    page.goto(f"{shelf[0]}/{name}?lang=en")
    before = page.input_value(field)
    page.fill(field, "482913")
    if page.locator(f"[data-reveal='{field[1:]}']").count():
        page.locator(f"[data-reveal='{field[1:]}']").click()
    into_chinese(page)
    assert page.input_value(field) == before


def test_a_form_that_was_sent_is_not_sent_again(context: BrowserContext, shelf: tuple[str, Asking]) -> None:
    page = context.new_page()
    page.goto(f"{shelf[0]}/sign-in?lang=en")
    page.click("#submit-login")
    page.fill("#username", "wang.wei")
    into_chinese(page)
    assert page.input_value("#username") == "wang.wei"
    assert len(shelf[1].posted) == 1


def test_the_link_is_a_link_without_scripts_and_for_another_tab(
    browser: Browser, context: BrowserContext, shelf: tuple[str, Asking]
) -> None:
    page = context.new_page()
    page.goto(f"{shelf[0]}/sign-in?lang=en")
    page.fill("#username", "wang.wei")
    with context.expect_page() as opened:
        page.get_by_role("link", name="简体中文").click(modifiers=["Control"])
    opened.value.locator("html[lang='zh-CN']").wait_for()
    assert page.input_value("#username") == "wang.wei"
    bare = browser.new_context(java_script_enabled=False)
    plain = bare.new_page()
    plain.goto(f"{shelf[0]}/sign-in?lang=en")
    into_chinese(plain)
    bare.close()
