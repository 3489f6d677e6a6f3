"""One sign-in for many applications, and what an application may ask of it: prompt, max_age, freshness."""

import pytest

from idp.model import AAL2
from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"


def signed_in(house: House, name: str) -> tuple[Browser, RelyingParty, object]:
    app = house.app_of(house.person(name, "a password", roles=("payroll-clerk",)))
    browser, payroll = Browser(house), RelyingParty(house)
    browser.sign_in(payroll.start(scope=SCOPE), name, "a password", app)
    return browser, payroll, app


def test_prompt_none_without_a_session_is_told_to_the_application(house: House) -> None:
    browser = Browser(house).get(RelyingParty(house).start(scope=SCOPE, prompt="none"))
    assert browser.url.startswith("https://payroll.example/callback?")
    assert browser.query == {"error": "login_required", "state": "state-1", "iss": "https://id.example"} | {
        "error_description": browser.query["error_description"]
    }


def test_prompt_none_with_a_session_asks_nothing_and_repeats_auth_time(house: House) -> None:
    browser, payroll, _ = signed_in(house, "quiet")
    first = payroll.id_token(browser)
    house.clock.move(minutes=3)
    second = payroll.id_token(browser.get(payroll.start(scope=SCOPE, prompt="none", max_age="10000")))
    assert (second["auth_time"], second["sub"]) == (first["auth_time"], first["sub"])
    browser.get(payroll.start(scope=SCOPE, prompt="none", acr_values="urn:gerege:aal2-phr"))
    assert browser.query["error"] == "interaction_required"
    browser.get(payroll.start(scope=SCOPE, prompt="none", max_age="60"))
    assert browser.query["error"] == "login_required"


@pytest.mark.parametrize("ask", [{"prompt": "login"}, {"max_age": "60"}, {"max_age": "0"}])
def test_asking_again_gives_a_later_auth_time_and_keeps_the_session(house: House, ask: dict[str, str]) -> None:
    name = "again" + "".join(ask.values())
    browser, payroll, app = signed_in(house, name)
    first = payroll.id_token(browser)
    house.clock.move(seconds=90)
    browser.get(payroll.start(scope=SCOPE, **ask))
    assert browser.path == "/sign-in/password" and name in browser.page
    browser.submit(password="a password")
    assert browser.path == "/sign-in/totp"
    browser.submit(code=app.at(house.clock()))  # type: ignore[attr-defined]
    second = payroll.id_token(browser)
    assert second["auth_time"] > first["auth_time"]  # type: ignore[operator]
    assert (second["sid"], second["acr"]) == (first["sid"], AAL2)


def test_a_password_that_grew_old_is_asked_before_a_code_that_did_not(house: House) -> None:
    """Docs with a password on a known device, later Payroll with a code: the code alone is no sign-in."""
    browser, payroll, app = signed_in(house, "half")
    house.clock.move(hours=25)
    docs = RelyingParty(house, "docs")
    browser.sign_in(docs.start(scope="openid"), "half", "a password")
    assert browser.url.startswith("https://docs.example/callback?code=")
    house.clock.move(minutes=30)
    browser.get(payroll.start(scope=SCOPE)).submit(code=app.at(house.clock()))  # type: ignore[attr-defined]
    assert browser.url.startswith("https://payroll.example/callback?code=")
    house.clock.move(minutes=10)
    browser.get(payroll.start(scope=SCOPE, max_age="1200"))
    assert browser.path == "/sign-in/password"
    browser.submit(password="a password")
    assert payroll.id_token(browser)["acr"] == AAL2


def test_select_account_asks_who_and_another_person_gets_another_session(house: House) -> None:
    browser, payroll, _ = signed_in(house, "first")
    first = payroll.id_token(browser)
    app = house.app_of(house.person("second", "her password"))
    browser.sign_in(payroll.start(scope=SCOPE, prompt="select_account"), "second", "her password", app)
    second = payroll.id_token(browser)
    assert second["sub"] != first["sub"] and second["sid"] != first["sid"]
    ended = house.idp.ports.truth.sessions.by_sid(str(first["sid"]))
    assert ended is not None and ended.ended_at is not None


def test_prompt_consent_asks_even_a_house_application(house: House) -> None:
    browser, payroll, _ = signed_in(house, "asked")
    browser.get(payroll.start(scope=SCOPE, prompt="consent"))
    assert browser.path == "/consent" and "Asked" in browser.page
    browser.submit(do="allow")
    assert "code" in browser.query


def test_a_login_hint_is_filled_in_and_proves_nothing(house: House) -> None:
    browser = Browser(house).get(RelyingParty(house).start(scope=SCOPE, login_hint="hint@local.example"))
    assert browser.path == "/sign-in" and 'value="hint@local.example"' in browser.page


@pytest.mark.parametrize(
    "more", [{"display": "popup"}, {"claims_locales": "zh"}, {"acr_values": "urn:x 5"}, {"foo": "b"}]
)
def test_what_is_unknown_never_fails_a_request(house: House, more: dict[str, str]) -> None:
    assert Browser(house).get(RelyingParty(house).start(scope=SCOPE, **more)).path == "/sign-in"


def test_a_session_ends_when_idle_and_at_its_limit(house: House) -> None:
    browser, payroll, app = signed_in(house, "idle")
    house.clock.move(minutes=59)
    assert "code" in browser.get(payroll.start(scope=SCOPE)).query
    house.clock.move(minutes=59)
    assert "code" in browser.get(payroll.start(scope=SCOPE)).query
    house.clock.move(minutes=61)
    assert browser.get(payroll.start(scope=SCOPE)).path == "/sign-in"
    browser.submit(username="idle@local.example").submit(password="a password")
    browser.submit(code=app.at(house.clock()))  # type: ignore[attr-defined]
    for _ in range(47):
        house.clock.move(minutes=30)
        browser.get(payroll.start(scope=SCOPE))
    assert "code" in browser.query
    house.clock.move(minutes=31)
    assert browser.get(payroll.start(scope=SCOPE)).path == "/sign-in"


def test_a_form_post_answer_is_a_page_with_a_button(house: House) -> None:
    browser, payroll, _ = signed_in(house, "poster")
    browser.get(payroll.start(scope=SCOPE, response_mode="form_post"))
    action, fields = browser.hidden(code="")
    assert action == "https://payroll.example/callback" and fields["state"] == "state-1" and fields["code"]
    assert browser.last is not None
    assert "form-action 'self' https://payroll.example" in browser.last.headers["Content-Security-Policy"]
