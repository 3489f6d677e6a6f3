"""The key of a trusted browser, driven through the product's own pages: kept where nothing can read it, proved after
the password, and worth more than the cookie beside it."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.account import at, enrolled, present, sign_out, with_passkey
from tests.browser.person import Person, new_context
from tests.support.demonstration import Demonstration

pytestmark = pytest.mark.ci
TICK = {"en": "Do not ask on this device for", "zh-CN": "小时内不再要求此设备验证"}
KEYED = {
    "en": "It keeps a key: a copied cookie is not enough.",
    "zh-CN": "该浏览器保存有密钥：仅复制 Cookie 无法冒用。",
}
KEPT = """async () => {
    const asked = (one) => new Promise((done, failed) => {
        one.onsuccess = () => done(one.result);
        one.onerror = () => failed(one.error);
    });
    const open = await asked(indexedDB.open("gerege-device", 1));
    const pair = await asked(open.transaction("keys").objectStore("keys").get("own"));
    const refused = [];
    for (const form of ["jwk", "pkcs8"]) {
        try { await crypto.subtle.exportKey(form, pair.privateKey); } catch (error) { refused.push(error.name); }
    }
    const { extractable, usages, algorithm } = pair.privateKey;
    return { extractable, usages, curve: algorithm.namedCurve, refused };
}"""


def kept(person: Person) -> dict[str, Any]:
    """What IndexedDB holds, and what comes of trying to take it out."""
    person.open("/sign-in")
    found: dict[str, Any] = person.page.evaluate(KEPT)
    return found


def give_password(person: Person) -> None:
    """By the typed name, with no passkey at hand, and with the key's signature where there is a key."""
    person.open_payroll()
    person.give_name_and_password()


def copied(person: Person, browser: Browser) -> Person:
    """The same person's cookies at another browser: what a thief of a profile's cookie jar has."""
    context = new_context(browser)
    context.add_cookies(person.context.cookies())  # type: ignore[arg-type]
    return person.elsewhere(context)


@pytest.mark.parametrize(("uid", "language"), [("jiang.tao", "en"), ("cai.ning", "zh-CN")])
def test_a_ticked_browser_needs_the_password_alone_and_its_copied_cookie_does_not_do(
    browser: Browser, there: Demonstration, uid: str, language: str
) -> None:
    """The tick, a sign-out, the password alone; then a thief with every cookie is asked for the code."""
    person = enrolled(there, browser, uid, language)
    sign_out(person)
    give_password(person)
    tick = person.page.locator("label", has=person.page.locator("input[name=remember]"))
    expect(tick).to_contain_text(TICK[language])
    expect(person.page.locator("input[name=remember]")).not_to_be_checked()
    person.page.check("input[name=remember]")
    expect(person.page.locator("input[name=device_key]")).not_to_have_value("")
    person.type_code()
    person.arrive(there.doors.payroll_url)
    person.open("/me/devices")
    expect(person.page.locator("main")).to_contain_text(KEYED[language])
    sign_out(person)

    found = kept(person)
    assert found["extractable"] is False
    assert (found["usages"], found["curve"]) == (["sign"], "P-256")
    assert found["refused"] == ["InvalidAccessError", "InvalidAccessError"]

    thief = copied(person, browser)
    give_password(thief)
    at(thief, "/sign-in/totp")
    expect(thief.page.locator("input.otp")).to_be_visible()

    give_password(person)
    person.arrive(there.doors.payroll_url)
    expect(person.page.locator("#name")).to_have_text(person.actor.name)
    assert person.watched.wrong() == []

    sign_out(person)
    person.page.evaluate("indexedDB.deleteDatabase('gerege-device')")
    give_password(person)  # its own cookie without its key is no more than the thief's
    at(person, "/sign-in/totp")


def test_the_tick_beside_a_passkey_makes_the_key_too_and_trust_ends_on_request(
    browser: Browser, there: Demonstration
) -> None:
    person, session, key = with_passkey(there, browser, "jia.yun")
    sign_out(person)
    present(session, key, enabled=False)
    give_password(person)
    at(person, "/sign-in/passkey")
    person.page.check("input[name=remember]")
    expect(person.page.locator("input[name=device_key]")).not_to_have_value("")
    present(session, key, enabled=True)
    person.page.click("[data-passkey=get] [data-start]")
    person.arrive(there.doors.payroll_url)
    present(session, key, enabled=False)
    sign_out(person)
    give_password(person)
    person.arrive(there.doors.payroll_url)

    person.open("/me/devices")
    expect(person.page.locator("main")).to_contain_text(KEYED["en"])
    person.page.click("button[value=untrust]")
    expect(person.page.get_by_role("status")).to_contain_text("That device asks for a second proof again.")
    sign_out(person)
    give_password(person)
    at(person, "/sign-in/passkey")
    assert person.watched.wrong() == []
