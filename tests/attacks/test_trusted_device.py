"""Trusted devices, attacked: a stolen cookie, a copied signature, an unusual place, a stricter application.

Spec: NIST SP 800-63B-4 §2.2; ASVS 5.0 V6.5; RFC 8176 §2 (what `amr` may claim).
"""

import json
import re
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from pyotp import TOTP

from idp.authn.device_key import CONTEXT
from idp.flows.context import base64url, hash_of
from idp.model import AAL1, AAL2, Authenticator, Subject
from tests.support.house import Browser, House, RelyingParty

SCOPE = "openid profile payroll.read"
PASSWORD = "a password"


class Key:
    """What device.js keeps in a browser."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self) -> str:
        numbers = self.private.public_key().public_numbers()
        x, y = (base64url(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))
        return json.dumps({"kty": "EC", "crv": "P-256", "x": x, "y": y})

    def sign(self, challenge: str) -> str:
        r, s = decode_dss_signature(self.private.sign(CONTEXT + bytes.fromhex(challenge), ec.ECDSA(SHA256())))
        return f"{challenge}.{(r.to_bytes(32, 'big') + s.to_bytes(32, 'big')).hex()}"


def challenge_on(browser: Browser) -> str:
    return str(re.search(r'data-device-challenge="([0-9a-f]+)"', browser.page)[1])  # type: ignore[index]


def trusting(house: House, name: str, key: Key | None = None) -> tuple[Browser, TOTP, Subject]:
    """Somebody who ticked *Do not ask on this device*, and signed out since."""
    subject = house.person(name, PASSWORD, roles=("payroll-clerk",))
    house.clock.move(seconds=1)
    app, browser = house.app_of(subject), Browser(house)
    browser.get(RelyingParty(house).start(scope=SCOPE)).submit(username=name).submit(password=PASSWORD)
    assert browser.path == "/sign-in/totp", browser.url
    browser.submit(code=app.at(house.clock()), remember="yes", **({"device_key": key.jwk} if key else {}))
    assert "code" in browser.query
    leave(house, browser)
    return browser, app, subject


def leave(house: House, browser: Browser) -> None:
    browser.get("/me").submit(do="sign-out")
    house.clock.move(seconds=61)


def again(house: House, browser: Browser, name: str, key: Key | None = None, **more: str) -> Browser:
    browser.get(RelyingParty(house).start(scope=SCOPE, **more)).submit(username=name)
    return browser.submit(password=PASSWORD, **({"device_proof": key.sign(challenge_on(browser))} if key else {}))


def test_a_trusted_device_is_not_asked_again_and_its_tokens_claim_no_code(house: House) -> None:
    browser, _, subject = trusting(house, "kept")
    assert "code" in again(house, browser, "kept").query
    claims = RelyingParty(house).id_token(browser)
    assert (claims["acr"], claims["amr"]) == (AAL2, ["mfa", "pwd"])
    assert house.events("device.trusted")
    (letter,) = house.idp.ports.truth.notices.of(subject.id, house.clock.at.replace(hour=0))
    assert letter.kind == "device-trusted"


def test_where_the_browser_keeps_a_key_it_is_proved(house: House) -> None:
    key = Key()
    browser, _, _ = trusting(house, "keyed", key)
    assert "code" in again(house, browser, "keyed", key).query
    assert RelyingParty(house).id_token(browser)["amr"] == ["mfa", "pwd", "swk"]


def test_trust_ends_after_its_hours_and_sooner_without_a_key(house: House) -> None:
    key = Key()
    bare, _, one = trusting(house, "bare")
    keyed, _, two = trusting(house, "longer", key)
    spans = [device_of(house, who, whose) for who, whose in ((bare, one), (keyed, two))]
    lasts = [(each.trusted_until - each.trusted_at).total_seconds() / 3600 for each in spans]  # type: ignore[operator]
    assert lasts == [4, 8]  # Payroll is of grade 3
    house.clock.move(hours=4, minutes=1)
    assert again(house, bare, "bare").path == "/sign-in/totp"
    assert "code" in again(house, keyed, "longer", key).query


def device_of(house: House, browser: Browser, subject: Subject):  # type: ignore[no-untyped-def]
    found = house.idp.ports.truth.sessions.device(hash_of(browser.cookie("device") or ""), subject.id)
    assert found is not None
    return found


def test_the_cookie_without_the_key_is_not_the_device(house: House) -> None:
    key = Key()
    browser, _, _ = trusting(house, "robbed", key)
    thief = Browser(house)
    thief.plant("device", browser.cookie("device") or "")
    assert again(house, thief, "robbed").path == "/sign-in/totp"
    other = Browser(house)
    other.plant("device", browser.cookie("device") or "")
    assert again(house, other, "robbed", Key()).path == "/sign-in/totp"


def test_a_copied_signature_is_worth_nothing_a_second_time_or_in_another_sign_in(house: House) -> None:
    key = Key()
    browser, _, _ = trusting(house, "copied", key)
    browser.get(RelyingParty(house).start(scope=SCOPE)).submit(username="copied")
    proof = key.sign(challenge_on(browser))
    thief = Browser(house)
    thief.plant("device", browser.cookie("device") or "")
    thief.get(RelyingParty(house).start(scope=SCOPE)).submit(username="copied")
    assert thief.submit(password=PASSWORD, device_proof=proof).path == "/sign-in/totp"  # another interaction's
    action, hidden = browser.hidden(password="")
    assert "code" in browser.submit(password=PASSWORD, device_proof=proof).query
    late = browser.post(action, hidden | {"password": PASSWORD, "device_proof": proof})
    assert "code=" not in late.headers.get("Location", "")


@pytest.mark.parametrize("shown", ["", ".", "zz.zz", "00.00", "a" * 4000], ids=["none", "dot", "hex", "short", "long"])
def test_what_is_no_signature_leads_to_the_second_factor(house: House, shown: str) -> None:
    name = f"bent{len(shown)}{shown[:1].isalpha()}"
    browser, _, _ = trusting(house, name, Key())
    browser.get(RelyingParty(house).start(scope=SCOPE)).submit(username=name)
    assert browser.submit(password=PASSWORD, device_proof=shown).path == "/sign-in/totp"


def test_it_does_not_count_for_another_person_or_on_another_device(house: House) -> None:
    browser, _, _ = trusting(house, "mine")
    other = house.person("other", PASSWORD, roles=("payroll-clerk",))
    house.app_of(other)
    assert again(house, browser, "other").path == "/sign-in/totp"
    assert again(house, Browser(house), "mine").path == "/sign-in/totp"


def test_a_new_password_or_an_end_of_everything_ends_it(house: House) -> None:
    browser, _, subject = trusting(house, "changed")
    now = house.clock()
    with house.idp.ports.truth.begin() as tx:
        tx.people.change(replace(subject, ended_before=now))
    house.clock.move(seconds=1)
    assert again(house, browser, "changed").path == "/sign-in/totp"
    browser, _, subject = trusting(house, "renewed")
    (old,) = house.factors(subject, "password")
    with house.idp.ports.truth.begin() as tx:
        tx.authenticators.remove(old.id, house.clock())
        fresh = Authenticator(
            house.idp.id("factor"), subject.id, "password", "", old.secret, {}, AAL1, ("test",), house.clock()
        )
        tx.authenticators.add(fresh)
    assert again(house, browser, "renewed").path == "/sign-in/totp"


def test_an_unusual_sign_in_is_asked_all_the_same(house: House) -> None:
    browser, _, _ = trusting(house, "abroad")
    for _ in range(3):
        browser.get(RelyingParty(house).start(scope=SCOPE)).submit(username="abroad").submit(password="wrong")
    browser.address = "203.0.113.9"
    browser.agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/130.0.0.0"
    again(house, browser, "abroad")
    assert browser.path in ("/sign-in/totp", "/sign-in/password")  # asked, or not heard at all
    assert "code" not in browser.query


def test_an_application_that_forbids_it_or_of_grade_four_asks(house: House) -> None:
    browser, _, _ = trusting(house, "strict")
    clients = house.idp.ports.truth.configuration().clients
    payroll = clients["payroll"]
    for stricter in (replace(payroll, labels=frozenset({"no-trusted-device"})), replace(payroll, grade=4)):
        try:
            with house.idp.ports.truth.begin() as tx:
                tx.registry.put_client(stricter)
            assert again(house, browser, "strict").path.startswith("/sign-in/")
            assert 'name="remember"' not in browser.page
        finally:
            with house.idp.ports.truth.begin() as tx:
                tx.registry.put_client(payroll)


def test_it_opens_no_change_of_one_s_own_account(house: House) -> None:
    """Trust stands for a second factor that was proved earlier: it binds no new one and removes none."""
    browser, _, subject = trusting(house, "bind")
    again(house, browser, "bind")
    for page in ("/me/methods/add/passkey", "/me/methods/recovery", "/me/password"):
        assert browser.get(page).path == "/sign-in/totp", page
    before = len(house.factors(subject, "totp"))
    house.app_of(subject)
    browser.get("/me/methods")
    first = house.factors(subject, "totp")[0].id
    action, hidden = browser.hidden(method=first) if f'value="{first}"' in browser.page else ("/me/methods", {})
    csrf = re.search(r'name="csrf" value="([^"]+)"', browser.main)[1]  # type: ignore[index]
    browser.post(action, hidden | {"csrf": csrf, "method": first, "do": "remove"})
    assert len(house.factors(subject, "totp")) == before + 1


def test_a_forged_tick_without_a_second_factor_trusts_nothing(house: House) -> None:
    subject = house.person("ticker", PASSWORD)
    browser = Browser(house).get(RelyingParty(house, "docs").start(scope="openid docs.read"))
    browser.submit(username="ticker")
    action, hidden = browser.hidden(password="")
    browser.post(action, hidden | {"password": PASSWORD, "remember": "yes"})
    assert all(one.trusted_until is None for one in house.idp.ports.truth.sessions.devices_of(subject.id))
