"""Ten recovery codes: what is shown, what is downloaded and what is printed are one; nobody goes on unticked."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.account import CODES, METHODS, at, codes_on, enrolled
from tests.browser.printed import text_of
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci
CODE = re.compile(r"[0-9A-Z]{6}(?:-[0-9A-Z]{6}){3,4}")
UNTICKED = {"en": "Tick that you saved the codes", "zh-CN": "请勾选确认您已保存代码"}
LEFT = {"en": "10 of 10 left.", "zh-CN": "10"}


@pytest.mark.parametrize(("uid", "language"), [("lin.xia", "en"), ("song.yu", "zh-CN")])
def test_point_19_screen_download_and_print_hold_the_same_ten(
    browser: Browser, there: Demonstration, tmp_path: Path, uid: str, language: str
) -> None:
    """Unticked, the same ten come back with the reason; ticked, they are kept."""
    person = enrolled(there, browser, uid, language)
    page = person.page
    person.open(CODES)
    shown = codes_on(person)
    assert len(set(shown)) == 10
    assert all(CODE.fullmatch(one) for one in shown), shown

    with page.expect_download() as coming:
        page.click("#download")
    file = tmp_path / "codes.txt"
    coming.value.save_as(file)
    assert coming.value.suggested_filename.endswith(".txt")
    assert CODE.findall(file.read_text("utf-8")) == shown

    sheet = text_of(page.pdf())
    assert CODE.findall(sheet) == shown
    name = person.actor.name_zh if language == "zh-CN" else person.actor.name
    assert name in sheet
    assert page.locator("button[data-print]").inner_text() not in sheet

    page.click(f"form[action='{CODES}'] button.wide")
    expect(page.locator("#saved-error")).to_have_text(UNTICKED[language])
    assert codes_on(person) == shown
    page.check("#saved")
    page.click(f"form[action='{CODES}'] button.wide")
    at(person, METHODS)
    expect(page.locator(".methods")).to_contain_text(LEFT[language])
    assert person.watched.wrong() == []
