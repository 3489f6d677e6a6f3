"""The account in a real browser: sessions, history, an application that is taken back, the person's file."""

import jsonschema_rs
import orjson
import pytest
from playwright.sync_api import Browser, expect

from idp.flows.kept import SCHEMA
from tests.browser.person import Person, meet, new_context
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci


def signed_in(there: Demonstration, browser: Browser, uid: str) -> Person:
    """Somebody with an authenticator app, at their sessions."""
    person = meet(there, browser, uid)
    person.open("/me/sessions")
    person.sign_in_first_time()
    person.page.wait_for_url("**/me/sessions")
    return person


def test_the_list_marks_this_device_and_ending_another_is_felt_at_once(browser: Browser, there: Demonstration) -> None:
    """Point 26."""
    person = signed_in(there, browser, "guo.jun")
    other = person.elsewhere(new_context(browser))
    other.open("/me/sessions")
    other.give_name_and_password()
    other.type_code()
    other.page.wait_for_url("**/me/sessions")
    person.page.reload()
    cards = person.page.locator("main section.card")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("this device")
    expect(cards.nth(1)).not_to_contain_text("this device")
    expect(cards.nth(1)).to_contain_text("today")
    cards.nth(1).get_by_role("button").click()
    expect(person.page.locator("[role=status]")).to_contain_text("1 session was ended.")
    other.page.reload()
    other.page.wait_for_url("**/sign-in?*")
    assert person.watched.wrong() == []


def test_the_history_shows_the_failed_try_and_no_tells_administrators(browser: Browser, there: Demonstration) -> None:
    """Point 27, in both languages."""
    person = signed_in(there, browser, "ma.chao")
    stranger = person.elsewhere(new_context(browser))
    stranger.open("/me")
    stranger.type_name()
    stranger.type_password("not the password")
    expect(stranger.page.locator(".error, [role=alert]").first).to_be_visible()
    person.open("/me/history?show=failed")
    row = person.page.locator("main .method").first
    expect(row).to_contain_text("Wrong password or code")
    person.open("/me/history?show=failed&lang=zh-CN")
    expect(person.page.locator("main .method").first).to_contain_text("密码或验证码错误")
    person.open("/me/history?show=failed&lang=en")
    row.get_by_role("button", name="No", exact=True).click()
    expect(person.page.locator("[role=status]")).to_contain_text("What to do now")
    expect(person.page.locator("main .method").first).to_contain_text("You said: that was not me.")
    assert person.watched.wrong() == []


def test_an_application_is_taken_back(browser: Browser, there: Demonstration) -> None:
    """Point 28: what stops is said first; then it holds nothing, and a refresh fails (`tests/stories` asks it)."""
    person = meet(there, browser, "luo.dan")
    person.open_docs()
    person.sign_in_first_time()
    person.arrive(there.doors.docs_url)
    person.open("/me/apps")
    person.page.get_by_role("link", name="Take back from Docs").click()
    expect(person.page.locator("main")).to_contain_text("What stops working at once")
    person.page.get_by_role("button", name="Take it back").click()
    expect(person.page.locator("[role=status]")).to_contain_text("Docs has nothing of yours any more.")
    expect(person.page.get_by_role("link", name="Take back from Docs")).to_have_count(0)
    assert person.watched.wrong() == []


def test_the_file_validates_and_the_page_says_the_same(browser: Browser, there: Demonstration) -> None:
    """Point 29."""
    person = signed_in(there, browser, "liang.yan")
    person.open("/me/data")
    with person.page.expect_download() as coming:
        person.page.get_by_role("button", name="Download as a file (JSON)").click()
    given = orjson.loads(coming.value.path().read_bytes())
    jsonschema_rs.validator_for(orjson.loads(SCHEMA.read_bytes())).validate(given)
    person.page.get_by_role("button", name="Read it here").click()
    expect(person.page.locator("h1")).to_have_text("Everything that is kept about me")
    expect(person.page.locator("#part-sign_ins")).to_be_visible()
    expect(person.page.locator("main")).to_contain_text(person.actor.mail)
