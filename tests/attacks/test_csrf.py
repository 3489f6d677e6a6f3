"""Forms that this browser was not given. Spec: ASVS 5.0 V3.5; Fetch Metadata; OWASP: signed double submit."""

import pytest

from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"


def at_step(house: House, step: str) -> Browser:
    """A browser that stands at that step of a sign-in."""
    name = f"{step.replace('-', '')}{len(house.secrets)}"
    house.secrets[name] = step
    person, payroll = house.person(name, "a password"), RelyingParty(house)
    browser = Browser(house)
    if step == "consent":
        app = house.app_of(person)
        browser.sign_in(payroll.start(scope=SCOPE, prompt="consent"), name, "a password", app)
    elif step in ("totp", "ways"):
        house.app_of(person)
        browser.sign_in(payroll.start(scope=SCOPE), name, "a password")
    else:
        browser.get(payroll.start(scope=SCOPE))
        if step != "identify":
            browser.submit(username=f"{name}@local.example")
        if step.startswith("enrol"):
            browser.submit(password="a password")
        if step in ("enrol-code", "enrol-totp", "enrol-passkey"):
            browser.submit(way="passkey" if step == "enrol-passkey" else "totp")
        if step in ("enrol-totp", "enrol-passkey"):
            browser.submit(code=house.enrolment_code(person, f"CODE-{name}"))
    return browser


STEPS = ["identify", "password", "totp", "enrol", "enrol-code", "enrol-totp", "enrol-passkey", "consent"]
FIELDS = {
    "identify": "username",
    "password": "password",
    "totp": "code",
    "enrol": "way",
    "enrol-code": "code",
    "enrol-totp": "code",
    "enrol-passkey": "credential",
    "consent": "do",
}


@pytest.mark.parametrize("step", STEPS)
def test_a_form_without_its_own_token_is_refused(house: House, step: str) -> None:
    browser, other = at_step(house, step), at_step(house, step)
    field = {FIELDS[step]: "allow" if step == "consent" else "x"}
    action, data = browser.hidden(**field)
    foreign = other.hidden(**field)[1]["csrf"]
    mine = data.pop("csrf")
    iid = browser.query["i"]
    elsewhere = [house.idp.ports.sealer.digest("csrf", f"{browser.cookie('binding')}|{iid}|{name}") for name in STEPS]
    assert mine in elsewhere
    forged = ["", "x" * 64, mine[:-1], foreign, mine.upper(), *(one for one in elsewhere if one != mine)]
    for token in forged:
        assert browser.post(action, data | field | {"csrf": token}).status_code == 403
    assert browser.post(action, data | field).status_code == 403


@pytest.mark.parametrize("step", STEPS)
def test_a_foreign_page_cannot_send_a_form_even_with_the_token(house: House, step: str) -> None:
    browser = at_step(house, step)
    field = {FIELDS[step]: "allow" if step == "consent" else "x"}
    action, data = browser.hidden(**field)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://id.example.evil.example"},
        {"Origin": "http://id.example"},
        {"Origin": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        answer = browser.post(action, data | field, **headers)
        assert answer.status_code == 403, headers
        assert "Location" not in answer.headers


def test_own_pages_and_the_options_of_passkeys_are_guarded_too(house: House) -> None:
    app = house.app_of(house.person("owner", "a password"))
    browser = Browser(house).sign_in("/me/methods", "owner", "a password", app)
    for path in ("/me/methods", "/me/sessions"):
        for data in ({}, {"csrf": "x"}, {"csrf": browser.cookie("binding") or ""}):
            assert browser.post(path, {"do": "end-others", "method": "x"} | data).status_code == 403
    assert browser.get("/me").path == "/me"
    other = at_step(house, "identify")
    url = f"/sign-in/passkey/options?i={other.query['i']}&step=identify"
    assert other.post(url, {}).status_code == 403
    assert other.post(url, {"csrf": other.hidden(username="")[1]["csrf"]}).status_code == 200


def test_signing_in_somebody_else_s_browser_is_not_possible(house: House) -> None:
    """Login CSRF: the attacker's interaction, sent by the victim's browser."""
    attacker = at_step(house, "password")
    action, data = attacker.hidden(password="")
    victim = Browser(house).get("/sign-in")
    assert victim.post(action, data | {"password": "a password"}).status_code == 403
    assert victim.cookie("session") is None
    assert victim.get(attacker.url).status == 410
