"""What calls of our own APIs are answered with besides the answer: the name of the call, challenges, CORS."""

import re
from datetime import timedelta

import pytest

from tests.support.proofs import Key, proof
from tests.support.tokens import ISSUER, World, world

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HEADER = "x-fapi-interaction-id"


def token_of(w: World, client_id: str = "payroll") -> str:
    return str(w.tokens(client_id, "openid profile")["access_token"])


def test_the_name_of_a_call_comes_back() -> None:
    w = world()
    sent = "93BAC548-d2de-4546-b106-880a5018460d"
    for token in (token_of(w), "x"):
        headers = {"Authorization": f"Bearer {token}", HEADER: sent}
        assert w.http("GET", "/userinfo", headers=headers).headers[HEADER] == sent


@pytest.mark.parametrize("sent", [None, "", "x", "93bac548-d2de-4546-b106-880a5018460d\r\nX: y", "é", "9" * 36, "{0}"])
def test_else_it_is_made(sent: str | None) -> None:
    w = world()
    headers = {HEADER: sent} if sent is not None else {}
    names = {w.http("GET", "/userinfo", headers=headers).headers[HEADER] for _ in "ab"}
    assert len(names) == 2
    assert all(UUID.fullmatch(name) for name in names)


def test_a_sign_in_that_grew_too_old() -> None:
    """RFC 9470: the application registered how recent it must be; a refreshed token keeps the time of its sign-in."""
    w = world()
    w.change_client("payroll", default_max_age=3600)
    tokens = w.tokens(scopes="openid profile")
    assert w.userinfo(tokens["access_token"]).status == 200
    w.clock.move(minutes=65)
    refreshed = w.refresh(tokens["refresh_token"])
    assert refreshed.status == 200, refreshed.body
    reply = w.userinfo(refreshed.json["access_token"])
    assert (reply.status, reply.json["error"]) == (401, "insufficient_user_authentication")
    challenge = reply.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer error="insufficient_user_authentication"')
    assert 'max_age="3600"' in challenge
    w.change_client("payroll", default_max_age=int(timedelta(hours=2).total_seconds()))
    assert w.userinfo(refreshed.json["access_token"]).status == 200


@pytest.mark.parametrize("path", ["/token", "/userinfo", "/revoke", "/par"])
def test_pages_may_send_proofs_and_read_nonces(path: str) -> None:
    w = world()
    ahead = w.http("OPTIONS", path, headers={"Origin": "https://page.example"}).headers
    assert "DPoP" in ahead["Access-Control-Allow-Headers"]
    reply = w.http("POST", path, b"", {"Origin": "https://page.example"})
    assert {"DPoP-Nonce", "WWW-Authenticate"} <= set(reply.headers["Access-Control-Expose-Headers"].split(", "))


def test_whoever_sends_a_proof_gets_a_nonce() -> None:
    w, key = world(), Key()
    token = token_of(w)
    assert "DPoP-Nonce" not in w.userinfo(token).headers
    value = proof(key, "POST", f"{ISSUER}/token", w.clock())
    machine = {"grant_type": "client_credentials", "scope": "docs.read"}
    assert w.call("/token", machine, "robot", headers={"DPoP": value}).headers["DPoP-Nonce"]


def test_discovery_tells_the_algorithms_of_proofs() -> None:
    said = world().http("GET", "/.well-known/openid-configuration").json
    assert said["dpop_signing_alg_values_supported"] == ["ES256", "PS256", "EdDSA", "Ed25519"]
    assert {"private_key_jwt", "client_secret_jwt"} <= set(said["token_endpoint_auth_methods_supported"])
    assert "RS256" in said["token_endpoint_auth_signing_alg_values_supported"]
