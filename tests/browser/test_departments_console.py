"""A department's page and connecting its directory, in real Chromium, in both languages, on a real OpenLDAP."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_story_apps import enter
from tests.browser.test_story_every_page import Eyes
from tests.support.demonstration import Demonstration, demonstration
from tests.support.needs import needs

pytestmark = pytest.mark.ci
HOME = "/admin/departments/mof"


@pytest.fixture(scope="module")
def own() -> Iterator[Demonstration]:
    """One of its own: its system administrator is used up here."""
    needs("chromium", "chromium")
    needs("slapd", "slapd")
    with demonstration() as running:
        yield running


@pytest.mark.timeout(240)
def test_a_directory_is_tested_and_tried_step_by_step(browser: Browser, own: Demonstration) -> None:
    person = enter(browser, own, "zh-CN")
    page, eyes = person.page, Eyes(person, "zh-CN")
    person.open("/admin/departments")
    page.locator(f"a[href='{HOME}']").click()
    expect(page.locator("h1")).to_have_text("财政部")
    page.get_by_role("button", name="测试", exact=True).click()
    expect(page.locator(".note.good")).to_be_visible()
    expect(page.locator("svg.hours rect.good, svg.hours rect.slow")).to_have_count(1)
    eyes.look("department")

    page.locator(f"a[href='{HOME}/directory/address']").click()
    for step in ("address", "tls", "bind", "base"):
        expect(page.locator(".way [aria-current]")).to_be_visible()
        page.locator("button[value=try]").click()
        expect(page.locator(".findings li.bad")).to_have_count(0)
        expect(page.locator(".findings li.good").last).to_be_visible()
        page.locator("section .button").click()
        assert f"/directory/{step}" not in page.url
    page.fill("#sample", "alice")
    page.locator("button[value=try]").click()
    expect(page.locator("section")).to_contain_text(["alice@mof.example"])
    eyes.look("mapping")

    page.locator("header a[hreflang=en]").click()
    person.open(f"{HOME}/directory/base")
    eyes = Eyes(person, "en")
    page.fill("#base_dn", "ou=nobody,dc=mof,dc=example")
    page.locator("button[value=try]").click()
    expect(page.locator(".findings li.bad")).to_contain_text("does not exist, or the account may not read it")
    expect(page.locator(".findings li.bad .code")).to_contain_text("32 noSuchObject")
    eyes.look("a wrong base")
    person.open(f"{HOME}/directory/bind")
    page.fill("#account_password", "wrong")
    page.locator("button[value=try]").click()
    expect(page.locator(".findings li.bad .code")).to_contain_text("49 invalidCredentials")
    assert page.locator("#account_password").input_value() == ""
    person.open(f"{HOME}/directory/address")
    page.fill("#url", "ldap://127.0.0.1:6379")
    page.locator("button[value=try]").click()
    expect(page.locator(".note.bad")).to_contain_text("may not be named here")
    assert not eyes.wrong, "\n".join(eyes.wrong)
