"""A person's language: chosen once on their own page, it holds in every browser, behind what is pressed there."""

import pyotp

from tests.support.browser import Browser, RelyingParty
from tests.support.house import House

PASSWORD = "correct horse battery staple"


def app_of(house: House, name: str) -> pyotp.TOTP:
    return house.app_of(house.person(name, PASSWORD))


def spoken(browser: Browser) -> str:
    return browser.page.split('<html lang="', 1)[1].split('"', 1)[0]


def test_the_choice_follows_the_person_to_another_browser(house: House) -> None:
    app = app_of(house, "speaker")
    one = Browser(house).sign_in("/me/language", "speaker", PASSWORD, app)
    assert spoken(one) == "en"
    one.submit(language="zh-CN")
    assert spoken(one) == "zh-CN"
    assert "您的选择已保存" in one.page
    house.clock.move(seconds=30)
    other = Browser(house)  # its browser says English
    other.sign_in("/me", "speaker", PASSWORD, app)
    assert spoken(other) == "zh-CN"


def test_what_is_pressed_comes_first_and_the_choice_takes_it_back(house: House) -> None:
    app = app_of(house, "presser")
    browser = Browser(house).sign_in("/me/language", "presser", PASSWORD, app).submit(language="zh-CN")
    browser.get("/me?lang=en")
    assert spoken(browser) == "en"
    browser.get("/me")
    assert spoken(browser) == "en"
    browser.get("/me/language").submit(language="zh-CN")
    assert spoken(browser.get("/me")) == "zh-CN"


def test_as_each_browser_says(house: House) -> None:
    app = app_of(house, "neutral")
    browser = Browser(house).sign_in("/me/language", "neutral", PASSWORD, app)
    browser.submit(language="zh-CN").submit(language="")
    assert spoken(browser) == "en"
    [found], _ = house.idp.ports.truth.people.search("neutral@local.example", branch=None, offset=0, limit=1)
    assert found.language is None


def test_only_a_language_that_is_there_and_only_with_the_forms_token(house: House) -> None:
    app = app_of(house, "odd")
    browser = Browser(house).sign_in("/me/language", "odd", PASSWORD, app)
    assert browser.post("/me/language", {"language": "zh-CN", "csrf": "made-up"}).status_code == 403
    _, fields = browser.hidden(language="")
    assert browser.post("/me/language", fields | {"language": "../../etc"}).status_code == 303
    [found], _ = house.idp.ports.truth.people.search("odd@local.example", branch=None, offset=0, limit=1)
    assert found.language is None


def test_what_the_application_asks_comes_before_the_persons_setting(house: House) -> None:
    app = app_of(house, "asked")
    browser = Browser(house).sign_in("/me/language", "asked", PASSWORD, app).submit(language="zh-CN")
    browser.http.delete_cookie("__Host-lang", domain="id.example")
    browser.get(RelyingParty(house).start("openid payroll.read", ui_locales="en", prompt="login"))
    assert spoken(browser) == "en"
