"""An application that knows two providers can always tell whose answer it has. Spec: RFC 9207 §2, §3; RFC 9700 §4.4."""

import json

import pytest

from tests.support.applications import CALLBACK, application, bank
from tests.support.browser import ISSUER, VERIFIER, Browser
from tests.support.conformance import claims_of
from tests.support.house import House, RelyingParty
from tests.support.proofs import Key

GOOD = "https://payroll.example/callback"
ERRORS: list[dict[str, str]] = [
    {"prompt": "none"},
    {"response_type": "token"},
    {"response_type": ""},
    {"scope": "nothing"},
    {"code_challenge": ""},
    {"max_age": "x"},
    {"resource": "urn:unknown"},
    {"request": "x.y.z"},
    {"request_uri": "https://evil.example/"},
    {"id_token_hint": "x"},
    {"claims": "{"},
    {"authorization_details": "["},
    {"registration": "{}"},
]


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("wrong", ERRORS, ids=lambda wrong: next(iter(wrong)))
def test_every_error_names_us(house: House, wrong: dict[str, str], mode: str) -> None:
    browser = Browser(house).get(RelyingParty(house).start(response_mode=mode, **wrong))
    if mode == "query":
        assert browser.url.startswith(f"{GOOD}?") and "error" in browser.query
        assert browser.query["iss"] == ISSUER
    else:
        assert browser.hidden(error="")[1]["iss"] == ISSUER


def test_so_does_a_no_and_a_yes_and_both_only_once(house: House) -> None:
    app = application(house)
    totp = house.app_of(house.person("mixed", "a password"))
    browser = Browser(house).sign_in(app.url(), "mixed", "a password", totp)
    browser.submit(do="deny")
    assert browser.query["error"] == "access_denied" and browser.url.count("iss=") == 1
    assert browser.query["iss"] == ISSUER
    browser.get(app.url(prompt="consent")).submit(do="allow")
    assert "code" in browser.query and browser.query["iss"] == ISSUER and browser.url.count("iss=") == 1


@pytest.mark.parametrize("mode", ["jwt", "query.jwt", "form_post.jwt"])
def test_inside_of_a_signed_answer_too_and_for_one_application(house: House, mode: str) -> None:
    browser = Browser(house).get(RelyingParty(house).start(prompt="none", response_mode=mode))
    token = browser.hidden(response="")[1]["response"] if mode.startswith("form") else browser.query["response"]
    said = claims_of(token)
    assert (said["iss"], said["aud"], said["error"]) == (ISSUER, "payroll", "login_required")


def test_an_iss_that_was_sent_does_not_come_back(house: House) -> None:
    for more in ({"iss": "https://evil.example"}, {"state": "x&iss=https://evil.example"}):
        browser = Browser(house).get(RelyingParty(house).start(prompt="none", **more))
        assert browser.query["iss"] == ISSUER and browser.url.count("&iss=") == 1


def test_the_documents_say_so_and_are_of_this_issuer(house: House) -> None:
    for path in ("openid-configuration", "oauth-authorization-server"):
        said = json.loads(house.http().get(f"/.well-known/{path}", base_url=ISSUER).get_data())
        assert said["issuer"] == ISSUER and said["authorization_response_iss_parameter_supported"] is True
        assert all(url.startswith(f"{ISSUER}/") for name, url in said.items() if name.endswith("_endpoint"))


def test_a_code_that_was_sent_to_another_provider_is_worth_nothing_there(house: House) -> None:
    """Without the client's key, or its verifier, whoever it was sent to has nothing; the code is spent by the try."""
    app = bank(house)
    totp = house.app_of(house.person("lost", "a password"))
    for theft in ({"code_verifier": "w" * 64}, {"redirect_uri": "https://evil.example/"}):
        house.clock.move(minutes=1)
        browser = Browser(house).sign_in(app.link(app.push(prompt="login")), "lost", "a password", totp)
        if browser.path == "/consent":
            browser.submit(do="allow")
        form = {"grant_type": "authorization_code", "code": browser.query["code"], "code_verifier": VERIFIER}
        form |= {"redirect_uri": CALLBACK} | theft
        thief = type(app)(house, "bank", Key("ES256", "k1"))
        assert (thief.call("/token", form).json or {})["error"] == "invalid_client"
        assert app.call("/token", form).status_code == 400
