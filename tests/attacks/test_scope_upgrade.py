"""What was not registered, not granted or not agreed to comes by no road. Spec: RFC 6749 §3.3, §6; RFC 9700 §2.3."""

import pytest

from tests.support.applications import Application, application
from tests.support.browser import Browser
from tests.support.house import House

MORE = "openid docs.read docs.write payroll.read email offline_access admin *"


@pytest.fixture(scope="module")
def app(house: House) -> Application:
    return application(house, "narrow", scopes=("openid", "docs.read"), authorization_details_types=())


def agreed(house: House, app: Application, name: str, scope: str = MORE) -> tuple[Browser, dict[str, str]]:
    totp = house.app_of(house.person(name, "a password", roles=("docs-editor", "payroll-clerk")))
    browser = Browser(house).sign_in(app.url(scope=scope), name, "a password", totp)
    assert browser.path == "/consent" and "Write" not in browser.page and "pay" not in browser.page.lower()
    browser.submit(do="allow")
    return browser, app.redeem(browser).json or {}


def refreshed(app: Application, tokens: dict[str, str], **more: str) -> dict[str, str]:
    return app.token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **more}).json or {}


def test_what_is_not_registered_is_neither_shown_nor_given_nor_kept(house: House, app: Application) -> None:
    _, tokens = agreed(house, app, "wide")
    assert set(tokens["scope"].split()) == {"openid", "docs.read"}
    app.change(scopes=("openid", "email", "docs.read", "docs.write"))  # registered later: nobody agreed to that
    try:
        assert set(refreshed(app, tokens)["scope"].split()) == {"openid", "docs.read"}
        for scope in ("docs.write", "openid email", MORE):
            assert refreshed(app, tokens, scope=scope)["error"] == "invalid_scope"
    finally:
        app.change(scopes=("openid", "docs.read"))


def test_what_was_registered_later_is_asked_for(house: House, app: Application) -> None:
    browser, _ = agreed(house, app, "later")
    app.change(scopes=("openid", "docs.read", "docs.write"))
    try:
        assert "code" in browser.get(app.url(scope="openid docs.read")).query
        assert (
            browser.get(app.url(scope="openid docs.read docs.write", prompt="none")).query["error"]
            == "consent_required"
        )
        assert browser.get(app.url(scope="openid docs.read docs.write")).path == "/consent"
    finally:
        app.change(scopes=("openid", "docs.read"))


def test_the_code_s_redemption_asks_for_no_more(house: House, app: Application) -> None:
    browser, _ = agreed(house, app, "redeemer", "openid")
    browser.get(app.url(scope="openid"))
    said = app.redeem(browser, scope=MORE, resource="urn:example:payroll").json or {}
    assert "docs.write" not in said.get("scope", "") and "payroll" not in said.get("scope", "")


def test_what_is_taken_from_the_registration_is_missed_at_once(house: House, app: Application) -> None:
    _, tokens = agreed(house, app, "taken")
    app.change(scopes=("openid",))
    try:
        assert set(refreshed(app, tokens).get("scope", "").split()) <= {"openid"}
    finally:
        app.change(scopes=("openid", "docs.read"))
