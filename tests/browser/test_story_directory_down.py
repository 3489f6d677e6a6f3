"""Education's directory is stopped: its people read which one, with a reference; Finance notices nothing."""

import re
import time

import pytest
from playwright.sync_api import Browser, Response, expect

from tests.browser.person import meet
from tests.support.chromium import authenticator
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci
DOWN = "教育部的目录暂无响应"
BREAK_SECONDS = 45


def test_the_directory_that_is_down_is_named_and_the_passkey_still_works(
    browser: Browser, there: Demonstration
) -> None:
    """503 in the page's language, a reference, a passkey button; never a wrong yes."""
    person = meet(there, browser, "zhang.min")
    authenticator(person.context, person.page)
    person.open("/me/methods")
    person.sign_in_first_time()
    person.page.wait_for_url("**/me/methods")
    person.page.click("#add-passkey")
    person.page.get_by_role("button", name="Make a passkey").click()
    person.page.wait_for_url("**/me/methods?notice=added")
    person.page.get_by_role("button", name="Sign out").click()
    expect(person.page.locator("h1")).to_have_text("You are signed out")

    with there.without("moe"):
        colleague = meet(there, browser, "song.jia", "zh-CN")
        colleague.open_payroll()
        colleague.type_name()
        statuses: list[int] = []

        def note(answer: Response) -> None:
            if answer.request.is_navigation_request():
                statuses.append(answer.status)

        colleague.page.on("response", note)
        colleague.type_password()
        expect(colleague.page.locator("h1")).to_have_text(DOWN)
        assert statuses[-1] == 503
        assert re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}", colleague.page.locator(".facts .code").inner_text())
        expect(colleague.page.get_by_role("button", name="使用通行密钥登录")).to_be_visible()
        expect(colleague.page.get_by_role("link", name="重新连接目录")).to_be_visible()

        person.open_docs()  # by autofill, with the directory down
        person.arrive(there.doors.docs_url)
        expect(person.page.locator("#name")).to_have_text(person.actor.name)

        finance = meet(there, browser, "yang.fan")
        finance.open_docs()
        finance.sign_in_first_time()
        finance.arrive(there.doors.docs_url)
        expect(finance.page.locator("#name")).to_have_text(finance.actor.name)

    colleague.open_payroll()
    colleague.give_name_and_password()
    until = time.monotonic() + BREAK_SECONDS
    while colleague.heading == DOWN and time.monotonic() < until:  # the server rests a while before it asks again
        time.sleep(1)
        colleague.page.get_by_role("link", name="重新连接目录").click()
        colleague.type_password()
    colleague.bind_app()
    colleague.arrive(there.doors.payroll_url)
