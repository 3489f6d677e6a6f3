"""Questions of a back channel: whatever a client writes, it is a lawful question or a registered error."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.errors import InvalidRequest, OAuthError
from idp.model import Client, Configuration, Text
from idp.oidc import backchannel_request as questions
from idp.oidc.authorization_request import read

ISSUER = "https://id.example"
NOTHING = Configuration(1, {}, {}, {}, ())
CLIENT = Client("bank", Text("Bank", "银行"), "mof", (), scopes=("openid", "profile"))
FAPI = Client("vault", Text("Vault", "金库"), "mof", (), scopes=("openid",), profile="fapi2")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), st.lists, max_leaves=4
)
GOOD = {"iss": "bank", "aud": ISSUER, "exp": 1795399500, "iat": 1795399200, "nbf": 1795399200, "jti": "j"}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(questions.PARAMETERS)), JSON))
def test_whatever_is_in_a_signed_request(claims: dict[str, Any]) -> None:
    try:
        questions.check(questions.told_in(claims), CLIENT, NOTHING, ISSUER)
    except OAuthError as error:
        assert error.code in ("invalid_request", "invalid_scope", "invalid_target", "invalid_binding_message")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*GOOD, "sub"]), JSON))
def test_whatever_its_claims_say(changed: dict[str, Any]) -> None:
    now = datetime.fromtimestamp(1795399200, UTC)
    assert questions.verify_object(GOOD, CLIENT, ISSUER, now) == ("j", now + timedelta(seconds=360))
    try:
        jti, until = questions.verify_object(GOOD | changed, CLIENT, ISSUER, now)
    except InvalidRequest:
        return
    assert jti
    assert now < until <= now + timedelta(minutes=63)


def test_whose_rules_ask_for_more_sign_and_show_a_message() -> None:
    assert questions.must_be_signed(FAPI)
    assert not questions.must_be_signed(CLIENT)
    asked = {"scope": "openid", "login_hint": "a"}
    with pytest.raises(InvalidRequest, match="binding_message"):
        questions.check(questions.told_in(asked), FAPI, NOTHING, ISSUER)
    assert questions.check(questions.told_in(asked), CLIENT, NOTHING, ISSUER).binding_message is None


@pytest.mark.parametrize("value", ["30", 30], ids=["text", "number"])
def test_requested_expiry_may_be_a_number(value: object) -> None:
    asked = questions.told_in({"scope": "openid", "login_hint": "a", "requested_expiry": value})
    assert questions.check(asked, CLIENT, NOTHING, ISSUER).wait == timedelta(seconds=30)


def test_only_what_a_message_may_hold() -> None:
    for message in ("R-17", "品川 👍", "x" * 100):
        asked = read([("scope", "openid"), ("login_hint", "a"), ("binding_message", message)])
        assert questions.check(asked, CLIENT, NOTHING, ISSUER).binding_message == message
