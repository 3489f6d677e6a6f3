"""Opaque tokens: a handle that nobody but us can read, change or make, and that ends like any other token."""

import base64
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.flows import opaque
from tests.support.proofs import b64
from tests.support.tokens import ISSUER, World, claims_of, world


def with_handles() -> World:
    w = world()
    w.change_client("payroll", access_token_format="opaque")
    return w


def test_a_handle_is_a_token_everywhere() -> None:
    w = with_handles()
    token = w.tokens(scopes="openid profile")["access_token"]
    assert token.startswith(opaque.PREFIX)
    assert w.userinfo(token).json["sub"] == w.subject.id
    said = w.introspect(token)
    assert (said["active"], said["client_id"], said["aud"]) == (True, "payroll", ISSUER)
    assert w.call("/revoke", {"token": token}).status == 200
    assert w.introspect(token) == {"active": False}
    assert w.userinfo(token).status == 401


def test_nothing_can_be_read_in_it() -> None:
    w = with_handles()
    token = w.tokens()["access_token"]
    raw = base64.urlsafe_b64decode(token.removeprefix(opaque.PREFIX) + "==")
    for known in (w.subject.id, "payroll", ISSUER, w.post.id):
        assert known.encode() not in raw
    assert w.tokens()["access_token"] != token


def test_it_ends() -> None:
    w = with_handles()
    token = w.tokens()["access_token"]
    w.clock.move(hours=2)
    assert w.introspect(token) == {"active": False}


def test_changed_moved_or_made_elsewhere() -> None:
    w = with_handles()
    token = w.tokens()["access_token"]
    body = token.removeprefix(opaque.PREFIX)
    claims = claims_of(world().tokens()["access_token"])
    sealer = w.idp.ports.sealer
    for value in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[:-4],
        token + "A",
        token + "=",
        body,
        opaque.PREFIX,
        opaque.PREFIX + b64(json.dumps(claims).encode()),
        opaque.PREFIX + sealer.seal("another", json.dumps(claims).encode()),  # sealed by us for something else
        opaque.PREFIX.upper() + body,
        opaque.PREFIX + "A" * 9000,
        f"{body}.{body}.{body}",
    ):
        assert w.introspect(value) == {"active": False}
        reply = w.userinfo(value)
        assert (reply.status, reply.json) == (
            401,
            {"error": "invalid_token", "error_description": "the token is not valid"},
        )
    assert w.introspect(token)["active"] is True


def test_another_issuers_handle() -> None:
    w = with_handles()
    claims = claims_of(world().tokens()["access_token"])
    for wrong in ({"iss": "https://other.example"}, {"exp": 1}, {"jti": None}):
        said = {name: value for name, value in (claims | wrong).items() if value is not None}
        assert w.introspect(opaque.write(w.idp, said)) == {"active": False}


def test_a_refresh_token_is_no_access_token() -> None:
    w = with_handles()
    refresh = w.tokens()["refresh_token"]
    assert w.introspect(refresh) == {"active": False}
    assert w.userinfo(refresh).status == 401


_FUZZED = with_handles()


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300), st.text(max_size=100))
def test_rubbish_is_no_token_and_breaks_nothing(raw: bytes, text: str) -> None:
    for value in (opaque.PREFIX + b64(raw), opaque.PREFIX + text, text):
        assert _FUZZED.introspect(value or "x") == {"active": False}
        assert _FUZZED.userinfo(value).status in (400, 401)
