"""The bank asks by the back channel: a mail and a banner tell its customer, who compares the message and says yes."""

import base64
import json
from email import message_from_bytes, policy
from pathlib import Path

from idp.flows.letters import send_due
from tests.support.away import BACKCHANNEL, Bank, error, register, signed, somebody
from tests.support.browser import ISSUER
from tests.support.house import House, RelyingParty
from tests.support.proofs import Key

MESSAGE = "Transfer R-17"


def letters(house: House, least: int) -> list[tuple[str, str]]:
    """(to, text) of every mail so far, once the outbox was emptied."""
    send_due(house.idp)
    found = sorted((Path(house.idp.settings.stores.state_dir) / "mail").glob("*.eml"))
    assert len(found) >= least
    read = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in found]
    return [(one["To"], one.get_body(("plain",)).get_content()) for one in read]  # type: ignore[union-attr]


def test_a_customer_is_asked_and_says_yes(house: House) -> None:
    register(house, "bank", **BACKCHANNEL)
    bank, zoe = Bank(house, "bank"), somebody(house, "zoe", "/me")
    assert "waits for your approval" not in zoe.page
    begun = bank.ask(login_hint="zoe@local.example", binding_message=MESSAGE, acr_values="urn:gerege:aal2").json
    assert begun is not None
    assert (begun["expires_in"], begun["interval"]) == (300, 5)
    assert error(bank.poll()) == "authorization_pending"

    ((to, text),) = letters(house, 1)
    assert to == "zoe@local.example"
    assert f"{ISSUER}/me/approve" in text
    assert MESSAGE not in text  # no words of an application stand in a mail of ours

    zoe.get("/me")
    assert "1 request waits for your approval" in zoe.page
    zoe.get("/me/approve")
    assert MESSAGE in zoe.page
    zoe.submit(do="allow")
    tokens = bank.poll().json
    assert tokens is not None
    body = tokens["id_token"].split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert (said["aud"], said["acr"]) == ("bank", "urn:gerege:aal2")
    assert house.told("away.asked") and house.told("away.approved") and house.told("token.issued")
    assert "waits for your approval" not in zoe.get("/me").page


def test_an_id_token_will_do_as_a_hint_and_only_the_client_s_own(house: House) -> None:
    register(house, "shop", grant_types=(*BACKCHANNEL["grant_types"], "authorization_code"), first_party=True)
    party, yan = RelyingParty(house, "shop"), somebody(house, "yan", "/me/approve")
    answer = party.redeem(yan.get(party.start("openid")))
    hint = answer.json["id_token"]  # type: ignore[index]
    shop = Bank(house, "shop")
    assert shop.ask(id_token_hint=hint, binding_message="R-18").status_code == 200
    assert "R-18" in yan.get("/me/approve").page
    register(house, "bank", **BACKCHANNEL)
    assert error(Bank(house, "bank").ask(id_token_hint=hint)) == "invalid_request"


def test_a_signed_question_of_a_bank(house: House) -> None:
    """As FAPI-CIBA asks: signed, with every claim, the message required."""
    key = Key("PS256", kid="k")
    register(house, "vault", **BACKCHANNEL, jwks=(key.jwk,), backchannel_authentication_request_signing_alg="PS256")
    bank, max_ = Bank(house, "vault"), somebody(house, "max", "/me/approve")
    now = int(house.clock().timestamp())
    claims = {"iss": "vault", "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 60, "jti": "j-1"}
    claims |= {
        "scope": "openid",
        "login_hint": "max@local.example",
        "binding_message": "R-19",
        "requested_expiry": "40",
    }
    answer = bank.call("/bc-authorize", {"request": signed(key, claims)})
    bank.asked = answer.json or {}
    assert bank.asked["expires_in"] == 40
    max_.get("/me/approve").submit(do="deny")
    assert error(bank.poll()) == "access_denied"


def test_a_person_with_several_requests_answers_each(house: House) -> None:
    register(house, "bank", **BACKCHANNEL)
    one, two = Bank(house, "bank"), Bank(house, "bank")
    pia = somebody(house, "pia", "/me/approve")
    one.ask(login_hint="pia@local.example", binding_message="first")
    two.ask(login_hint="pia@local.example", binding_message="second")
    pia.get("/me/approve")
    assert pia.page.index("first") < pia.page.index("second")
    pia.submit(do="allow")
    assert "first" not in pia.page
    assert "second" in pia.page
    pia.submit(do="deny")
    assert (one.poll().status_code, error(two.poll())) == (200, "access_denied")
