"""Session fixation, theft, and interactions of other browsers. Spec: ASVS 5.0 V7; RFC 6265bis §8."""

from dataclasses import replace
from secrets import token_urlsafe

import pytest

from idp.flows.context import hash_of
from tests.support.authenticator import Passkey
from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"


def signed_in(house: House, name: str) -> tuple[Browser, RelyingParty]:
    app, browser, payroll = house.app_of(house.person(name, "a password")), Browser(house), RelyingParty(house)
    browser.sign_in(payroll.start(scope=SCOPE), name, "a password", app)
    assert "code" in browser.query
    return browser, payroll


def test_a_planted_cookie_is_never_the_session(house: House) -> None:
    app, browser, planted = house.app_of(house.person("fix", "a password")), Browser(house), token_urlsafe(32)
    browser.plant("session", planted)
    browser.sign_in("/me", "fix", "a password", app)
    assert browser.path == "/me" and browser.cookie("session") not in (None, planted)
    thief = Browser(house)
    thief.plant("session", planted)
    thief.plant("device", browser.cookie("device") or "")
    assert thief.get("/me").path == "/sign-in"


def test_a_former_person_s_session_is_over_when_another_signs_in(house: House) -> None:
    """A thief's own session, planted in a victim's browser, does not become the victim's."""
    thief, _ = signed_in(house, "thief")
    app, victim = house.app_of(house.person("victim", "a password")), Browser(house)
    for name in ("session", "device"):
        victim.plant(name, thief.cookie(name) or "")
    victim.sign_in(RelyingParty(house).start(scope=SCOPE, prompt="select_account"), "victim", "a password", app)
    assert victim.cookie("session") != thief.cookie("session")
    assert thief.get("/me").path == "/sign-in"


def test_a_step_up_gives_a_new_cookie_and_the_old_one_is_dead(house: House) -> None:
    browser, _ = signed_in(house, "rise")
    old, device, key = browser.cookie("session") or "", browser.cookie("device") or "", Passkey()
    browser.get("/me/methods/add/passkey").submit(credential=key.register(browser.options()))
    assert browser.path == "/me/methods" and browser.cookie("session") != old
    late = Browser(house)
    late.plant("session", old)
    late.plant("device", device)
    assert late.get("/me").path == "/sign-in"
    assert browser.get("/me").path == "/me"  # an old cookie ends nothing


@pytest.mark.parametrize("device", [None, "other", "x"])
def test_a_stolen_cookie_on_another_device_ends_the_session_and_raises_an_alert(
    house: House, device: str | None
) -> None:
    name = f"stolen{device}"
    browser, payroll = signed_in(house, name)
    refresh = payroll.redeem(browser).json["refresh_token"]  # type: ignore[index]
    before = house.alerts("stolen-session")
    thief = Browser(house, "198.51.100.4")
    thief.plant("session", browser.cookie("session") or "")
    if device is not None:
        thief.plant("device", device)
    assert thief.get("/me").path == "/sign-in"
    assert house.alerts("stolen-session") == before + 1 and house.events("session.stolen")
    assert browser.get("/me").path == "/sign-in"
    answer = payroll.token({"grant_type": "refresh_token", "refresh_token": refresh})
    assert answer.json["error"] == "invalid_grant"  # type: ignore[index]
    thief.get("/me")
    assert house.alerts("stolen-session") == before + 1


def test_prompt_none_with_a_stolen_cookie_tells_nothing(house: House) -> None:
    browser, payroll = signed_in(house, "silent")
    thief = Browser(house)
    thief.plant("session", browser.cookie("session") or "")
    assert thief.get(payroll.start(scope=SCOPE, prompt="none")).query["error"] == "login_required"


@pytest.mark.parametrize("value", ["", "x", "a" * 4000, "%00", "';--", "..%2f", "\u00e9\u4e2d", "0" * 43])
def test_garbage_cookies_are_no_cookies(house: House, value: str) -> None:
    browser = Browser(house)
    for name in ("session", "device", "binding", "lang", "department"):
        browser.plant(name, value)
    assert browser.get("/me").path == "/sign-in" and browser.status == 200
    browser.submit(username="nobody@local.example")
    assert browser.path == "/sign-in/password" and browser.status == 200


def test_an_interaction_belongs_to_the_browser_that_began_it(house: House) -> None:
    house.person("bound", "a password")
    browser = Browser(house).get(RelyingParty(house).start(scope=SCOPE)).submit(username="bound@local.example")
    iid = browser.query["i"]
    for thief in (Browser(house), Browser(house)):
        thief.get("/sign-in")
        for path in ("/sign-in", "/sign-in/password", "/sign-in/totp", "/consent", "/sign-in/enrol/totp"):
            assert thief.get(f"{path}?i={iid}").status == 410
            assert "bound@" not in thief.page and iid not in thief.page.replace(f"{path}?i={iid}", "")
    for strange in ("", "x", iid[:-1], iid + "x", hash_of(iid), "../" + iid):
        assert browser.get(f"/sign-in/password?i={strange}").status == 410 and "bound@" not in browser.page
    assert browser.get(f"/sign-in/password?i={iid}").status == 200


def test_an_interaction_dies_after_its_end(house: House) -> None:
    app, browser = house.app_of(house.person("twice", "a password")), Browser(house)
    browser.get("/me").submit(username="twice@local.example").submit(password="a password")
    url, (action, data) = browser.url, browser.hidden(code="")
    browser.submit(code=app.at(house.clock()))
    session = browser.cookie("session")
    assert browser.get(url).status == 410 and 'name="code"' not in browser.page
    late = browser.post(action, data | {"code": app.at(house.clock())})
    assert late.status_code == 410 and browser.cookie("session") == session  # nothing is proved by it


def test_a_session_that_moved_meanwhile_is_not_raised_twice(house: House) -> None:
    browser, _ = signed_in(house, "moved")
    sessions = house.idp.ports.truth.sessions
    kept = sessions.by_id_hash(hash_of(browser.cookie("session") or ""))
    assert kept is not None
    from idp.errors import Conflict

    with pytest.raises(Conflict), house.idp.ports.truth.begin() as tx:
        tx.sessions.renew(replace(kept, id_hash=hash_of("new")), hash_of("another"))


def test_cookies_are_closed_to_scripts_and_foreign_pages(house: House) -> None:
    browser, _ = signed_in(house, "jar")
    for name in ("session", "device", "binding"):
        kept = browser.http.get_cookie(f"__Host-{name}", domain="id.example")
        assert kept is not None and kept.secure and kept.http_only and kept.same_site == "Lax" and kept.path == "/"
        assert len(kept.value) >= 43
