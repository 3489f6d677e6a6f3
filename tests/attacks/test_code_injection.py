"""A code that was stolen or made by somebody else, put into an honest application's sign-in. Spec: RFC 9700 §4.5."""

import secrets

from idp.oidc.pkce import challenge_of
from tests.support.applications import application
from tests.support.browser import Browser
from tests.support.conformance import claims_of
from tests.support.house import House, RelyingParty

BASIC = "https://basic.example/callback"


class Flow:
    """One sign-in as the application keeps it: its own key and nonce."""

    def __init__(self, party: RelyingParty) -> None:
        self.party, self.verifier, self.nonce = party, secrets.token_urlsafe(48), secrets.token_hex(8)

    def url(self, **more: str) -> str:
        return self.party.start("openid", code_challenge=challenge_of(self.verifier), nonce=self.nonce, **more)

    def redeem(self, code: str, **more: str) -> dict[str, str]:
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": self.verifier}
        return self.party.token(form | more).json or {}


def signed_in(house: House, name: str, flow: Flow) -> Browser:
    app = house.app_of(house.person(name, "a password"))
    return Browser(house).sign_in(flow.url(), name, "a password", app)


def test_a_victim_s_code_in_the_attacker_s_own_sign_in(house: House) -> None:
    """The attacker has the victim's code and a browser; the application redeems with the attacker's flow's key."""
    party = RelyingParty(house, "docs")
    victim, attacker = Flow(party), Flow(party)
    stolen = signed_in(house, "victim", victim).query["code"]
    signed_in(house, "attacker", attacker)
    assert attacker.redeem(stolen)["error"] == "invalid_grant"
    assert victim.redeem(stolen)["error"] == "invalid_grant"  # the try has spent it


def test_the_attacker_s_code_in_the_victim_s_browser(house: House) -> None:
    """Signing somebody in as oneself: the victim's flow has another key."""
    party = RelyingParty(house, "docs")
    victim, attacker = Flow(party), Flow(party)
    planted = signed_in(house, "planter", attacker).query["code"]
    assert victim.redeem(planted)["error"] == "invalid_grant"


def test_without_a_proof_key_the_nonce_tells_whose_it_is(house: House) -> None:
    """`compat` applications: the ID token holds the nonce of the request that made the code, and no other."""
    party = application(
        house, "old", profile="compat", redirect_uris=(BASIC,), first_party=True, labels=frozenset({"all-employees"})
    )
    app = house.app_of(house.person("nonces", "a password"))
    browser = Browser(house).sign_in(
        party.url(nonce="of-the-thief", code_challenge=None, code_challenge_method=None), "nonces", "a password", app
    )
    form = {"grant_type": "authorization_code", "code": browser.query["code"], "nonce": "of-the-victim"}
    assert claims_of((party.token(form).json or {})["id_token"])["nonce"] == "of-the-thief"


def test_a_code_of_one_application_at_another_with_everything_else_right(house: House) -> None:
    flow = Flow(RelyingParty(house, "docs"))
    stolen = signed_in(house, "elsewhere", flow).query["code"]
    thief = Flow(RelyingParty(house, "payroll"))
    thief.verifier = flow.verifier
    assert thief.redeem(stolen, redirect_uri="https://docs.example/callback")["error"] == "invalid_grant"
    assert flow.redeem(stolen)["error"] == "invalid_grant"


def test_a_challenge_cannot_be_changed_after_the_sign_in_began(house: House) -> None:
    """The page's address carries an id and nothing else that counts."""
    flow, other = Flow(RelyingParty(house, "docs")), Flow(RelyingParty(house, "docs"))
    app = house.app_of(house.person("changer", "a password"))
    browser = Browser(house).get(flow.url())
    more = (
        f"&code_challenge={challenge_of(other.verifier)}&redirect_uri=https://evil.example/&client_id=payroll&nonce=x"
    )
    browser.get(browser.url + more).submit(username="changer@local.example").submit(password="a password")
    if browser.path == "/sign-in/totp":
        browser.submit(code=app.at(house.clock()))
    assert browser.url.startswith("https://docs.example/callback?code=")
    assert claims_of(flow.redeem(browser.query["code"])["id_token"])["nonce"] == flow.nonce
