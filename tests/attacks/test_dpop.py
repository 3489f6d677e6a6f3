"""A DPoP proof is for one request, by one key, now, and once; and a token that is bound is nothing without it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.errors import Unavailable
from idp.oidc import dpop
from idp.web.machine import machine
from tests.support.proofs import Key, asserted, assertion, b64, proof
from tests.support.tokens import ISSUER, SECRET, Reply, World, basic, claims_of, world

KEY, OTHER, RSA, ED, PS = Key(), Key(), Key("RS256"), Key("EdDSA"), Key("PS256")
MACHINE = b"grant_type=client_credentials&scope=docs.read"
TOKEN, USERINFO = f"{ISSUER}/token", f"{ISSUER}/userinfo"


def sent(w: World, value: str) -> Reply:
    """A machine asks for its token with this DPoP header."""
    return w.http("POST", "/token", MACHINE, {"Authorization": basic("robot", SECRET), "DPoP": value})


def made(w: World, key: Key = KEY, **changes: Any) -> str:
    return proof(key, "POST", TOKEN, w.clock(), **changes)


def refused(reply: Reply) -> bool:
    return (reply.status, reply.json) == (
        400,
        {"error": "invalid_dpop_proof", "error_description": "the DPoP proof is not valid"},
    )


@pytest.mark.parametrize("key", [KEY, ED, PS], ids=["ES256", "EdDSA", "PS256"])
def test_a_good_one_binds_the_token(key: Key) -> None:
    w = world()
    reply = sent(w, made(w, key))
    assert (reply.status, reply.json["token_type"]) == (200, "DPoP")
    assert claims_of(reply.json["access_token"])["cnf"] == {"jkt": key.thumbprint}


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": -10},
        {"iat": 10},
        {"more": {"extra": [1]}},
        {"htu": "HTTPS://ID.EXAMPLE/token"},
        {"htu": "https://id.example:443/token"},
        {"htu": "https://id.example/token?x=1"},
        {"htu": "https://id.example/token#x"},
        {"htu": "https://id.example/token?x=1#y"},
        {"header": {"typ": "DPoP+JWT"}},
        {"header": {"kid": "ignored"}},
    ],
)
def test_what_must_be_accepted(changes: dict[str, Any]) -> None:
    w = world()
    if "iat" in changes:
        changes = {"iat": int(w.clock().timestamp()) + changes["iat"]}
    assert sent(w, made(w, **changes)).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "GET"},
        {"htm": "post"},
        {"htm": None},
        {"htm": ["POST"]},
        {"htu": None},
        {"htu": ""},
        {"htu": "https://id.example/"},
        {"htu": "https://id.example/tokens"},
        {"htu": "https://id.example/Token"},
        {"htu": "https://id.example/token/"},
        {"htu": "https://id.example/./token"},
        {"htu": "https://id.example//token"},
        {"htu": "http://id.example/token"},
        {"htu": "https://id.example:444/token"},
        {"htu": "https://id.example.evil/token"},
        {"htu": "https://evil@id.example/token"},
        {"htu": "https://id.example:x/token"},
        {"htu": "https://[id.example/token"},
        {"htu": "https://id.example/to\tken"},
        {"htu": "/token"},
        {"htu": 7},
        {"htu": [TOKEN]},
        {"jti": None},
        {"jti": ""},
        {"jti": 1},
        {"jti": "j" * 300},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"iat": 0},
        {"iat": 9999999999},
        {"nonce": 5},
        {"nonce": ""},
    ],
)
def test_wrong_claims(changes: dict[str, Any]) -> None:
    w = world()
    assert refused(sent(w, made(w, **changes)))


@pytest.mark.parametrize("seconds", [-3600, -61, 61, 3600])
def test_an_hour_off(seconds: int) -> None:
    w = world()
    assert refused(sent(w, made(w, iat=int(w.clock().timestamp()) + seconds)))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": None},
        {"typ": "JWT"},
        {"typ": "at+jwt"},
        {"alg": "none"},
        {"alg": None},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": "PS256"},
        {"alg": "ES384"},
        {"jwk": None},
        {"jwk": {}},
        {"jwk": "text"},
        {"jwk": [KEY.jwk]},
        {"jwk": OTHER.jwk},
        {"jwk": KEY.jwk | {"d": "AAAA"}},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jwk": {"kty": "oct"}},
        {"jwk": KEY.jwk | {"x": KEY.jwk["y"]}},
        {"jwk": KEY.jwk | {"crv": "P-384"}},
        {"jwk": KEY.jwk | {"use": "enc"}},
        {"crit": ["b64"], "b64": False},
    ],
)
def test_wrong_headers(header: dict[str, Any]) -> None:
    w = world()
    assert refused(sent(w, made(w, header=header)))


def test_rs256_is_not_taken() -> None:
    w = world()
    assert refused(sent(w, made(w, RSA)))


def test_one_header_and_no_other_thing() -> None:
    w = world()
    good = made(w)
    for value in (
        f"{good},{made(w)}",
        f"{good}, {good}",
        f"{good},",
        f",{good}",
        "",
        " ",
        "x",
        "..",
        f"{good}.x",
        good[:-4],
    ):
        assert refused(sent(w, value)), value
    assert sent(w, good).status == 200


def test_used_twice() -> None:
    w = world()
    good = made(w)
    assert sent(w, good).status == 200
    assert refused(sent(w, good))
    w.clock.move(seconds=60)
    assert refused(sent(w, good))  # the last second in which its iat would do
    ahead = made(w, iat=int(w.clock().timestamp()) + 60)
    assert sent(w, ahead).status == 200
    w.clock.move(seconds=119)
    assert refused(sent(w, ahead))


def test_a_replayed_proof_by_another_node() -> None:
    """The store is shared; nothing about it is kept in a process."""
    w = world()
    good = made(w)
    assert sent(w, good).status == 200
    w.apps = machine(replace(w.idp))
    assert refused(sent(w, good))


def test_a_proof_does_not_replace_the_clients_own() -> None:
    w = world()
    reply = w.http("POST", "/token", MACHINE + b"&client_id=robot", {"DPoP": made(w)})
    assert reply.json["error"] == "invalid_client"


def test_a_client_of_bound_tokens_gets_none_without() -> None:
    w = world()
    w.change_client("robot", dpop_bound_access_tokens=True)
    assert w.call("/token", {"grant_type": "client_credentials", "scope": "docs.read"}, "robot").json["error"] == (
        "invalid_request"
    )
    assert sent(w, made(w)).status == 200


# --- the token, the code and the refresh token that are bound --------------------------------------------------------


def bound(w: World, client_id: str = "app", key: Key = KEY, **more: str) -> dict[str, Any]:
    """Alice's tokens, bound to a key at their first use."""
    code = w.code(client_id, "openid profile")
    reply = redeemed(w, code, client_id, key, **more)
    assert reply.status == 200, reply.body
    return reply.json


def redeemed(w: World, code: str, client_id: str = "app", key: Key | None = KEY) -> Reply:
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": "v" * 64}
    return w.call(
        "/token",
        form | {"redirect_uri": w.client(client_id).redirect_uris[0]},
        client_id,
        headers={"DPoP": made(w, key)} if key else {},
    )


def refreshed(w: World, token: str, client_id: str = "app", key: Key | None = KEY) -> Reply:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return w.call("/token", form, client_id, headers={"DPoP": made(w, key)} if key else {})


def shown(w: World, access: str, key: Key = KEY, scheme: str = "DPoP", **changes: Any) -> Reply:
    value = proof(key, "GET", USERINFO, w.clock(), **{"token": access, **changes})
    return w.http("GET", "/userinfo", headers={"Authorization": f"{scheme} {access}", "DPoP": value})


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
def test_a_bound_token_with_its_key(scheme: str) -> None:
    w = world()
    token = bound(w)["access_token"]
    reply = shown(w, token, scheme=scheme)
    assert reply.status == 200
    assert reply.json["sub"] == w.subject.id


def test_a_bound_token_without_its_key() -> None:
    w = world()
    token = bound(w)["access_token"]
    for reply in (
        w.userinfo(token),
        w.http("POST", "/userinfo", f"access_token={token}".encode()),
        shown(w, token, scheme="Bearer"),
        shown(w, token, OTHER),
    ):
        assert (reply.status, reply.json["error"]) == (401, "invalid_token")
        assert 'DPoP algs="ES256 PS256 EdDSA Ed25519"' in reply.headers["WWW-Authenticate"]


def test_an_unbound_token_is_no_dpop_token() -> None:
    w = world()
    token = w.tokens("app", "openid profile")["access_token"]
    assert w.userinfo(token).status == 200
    assert shown(w, token).json["error"] == "invalid_token"


@pytest.mark.parametrize(
    "changes",
    [{"token": None}, {"ath": "x"}, {"ath": 1}, {"ath": "é"}, {"token": "another"}, {"htm": "POST"}, {"htu": TOKEN}],
)
def test_a_proof_of_another_call(changes: dict[str, Any]) -> None:
    w = world()
    reply = shown(w, bound(w)["access_token"], **changes)
    assert (reply.status, reply.json["error"]) == (401, "invalid_dpop_proof")
    assert reply.headers["WWW-Authenticate"].startswith('DPoP algs="')
    assert 'error="invalid_dpop_proof"' in reply.headers["WWW-Authenticate"]


def test_no_proof_two_proofs_and_the_same_again() -> None:
    w = world()
    token = bound(w)["access_token"]
    one, two = (proof(KEY, "GET", USERINFO, w.clock(), token=token) for _ in "ab")

    def ask(**headers: str) -> Reply:
        return w.http("GET", "/userinfo", headers={"Authorization": f"DPoP {token}", **headers})

    for reply in (ask(), ask(DPoP=f"{one},{two}"), ask(DPoP="")):
        assert (reply.status, reply.json["error"]) == (401, "invalid_dpop_proof")
    assert ask(DPoP=one).status == 200
    assert ask(DPoP=one).json["error"] == "invalid_dpop_proof"
    assert ask(DPoP=two).status == 200


def test_introspection_says_what_it_is_bound_to() -> None:
    w = world()
    said = w.introspect(bound(w, "payroll")["access_token"])
    assert (said["token_type"], said["cnf"]) == ("DPoP", {"jkt": KEY.thumbprint})


def test_a_code_that_was_bound_at_the_start() -> None:
    for key in (None, OTHER):
        w = world()
        code = w.code("app", "openid profile", dpop_jkt=KEY.thumbprint)
        assert redeemed(w, code, key=key).json["error"] == "invalid_grant"
        assert redeemed(w, code).json["error"] == "invalid_grant"  # there is no second try
    w = world()
    assert redeemed(w, w.code("app", "openid profile", dpop_jkt=KEY.thumbprint)).status == 200


def test_a_public_clients_refresh_token_is_its_keys() -> None:
    w = world()
    first = bound(w)["refresh_token"]
    for key in (None, OTHER):
        assert refreshed(w, first, key=key).json["error"] == "invalid_grant"
    second = refreshed(w, first)
    assert (second.status, second.json["token_type"]) == (200, "DPoP")
    for key in (None, OTHER):  # and so is the next; whoever lacks the key ends nothing by a spent one
        assert refreshed(w, first, key=key).json["error"] == "invalid_grant"
        assert refreshed(w, second.json["refresh_token"], key=key).json["error"] == "invalid_grant"
    assert refreshed(w, second.json["refresh_token"]).status == 200


def test_a_confidential_client_may_change_its_key() -> None:
    w = world()
    token = bound(w, "payroll")["refresh_token"]
    reply = refreshed(w, token, "payroll", OTHER)
    assert claims_of(reply.json["access_token"])["cnf"] == {"jkt": OTHER.thumbprint}


def test_fapi_tries_the_previous_refresh_token_again() -> None:
    w = fapi()
    tokens = redeemed_by_fapi(w)
    for seconds in (0, 30, 300):
        w.clock.move(seconds=seconds)
        reply = by_fapi(w, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
        assert (reply.status, reply.json["refresh_token"]) == (200, tokens["refresh_token"])


# --- nonces ----------------------------------------------------------------------------------------------------------

CLIENT = Key("ES256", "c")


def fapi() -> World:
    w = world()
    w.change_client("payroll", profile="fapi2", auth_method="private_key_jwt", jwks=(CLIENT.jwk,), secret_hashes=())
    return w


def by_fapi(w: World, form: dict[str, str], nonce: str | None = None, signed: str | None = None) -> Reply:
    """As a FAPI 2 client does: once without a nonce unless it has one, then with the one that it was told."""
    signed = signed or assertion(CLIENT, "payroll", w.clock())
    reply = w.call("/token", form | asserted(signed), None, headers={"DPoP": made(w, nonce=nonce)})
    if reply.json.get("error") == "use_dpop_nonce" and nonce is None:
        return by_fapi(w, form, reply.headers["DPoP-Nonce"], signed)
    return reply


def redeemed_by_fapi(w: World) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": w.code(), "code_verifier": "v" * 64}
    reply = by_fapi(w, form | {"redirect_uri": w.client("payroll").redirect_uris[0]})
    assert reply.status == 200, reply.body
    return reply.json


def test_a_nonce_is_asked_for_and_nothing_is_spent_by_that() -> None:
    w = fapi()
    signed = assertion(CLIENT, "payroll", w.clock())
    code = w.code()
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": "v" * 64}
    form |= {"redirect_uri": w.client("payroll").redirect_uris[0]} | asserted(signed)
    reply = w.call("/token", form, None, headers={"DPoP": made(w)})
    assert (reply.status, reply.json["error"]) == (400, "use_dpop_nonce")
    nonce = reply.headers["DPoP-Nonce"]
    assert w.call("/token", form, None, headers={"DPoP": made(w, nonce=nonce)}).status == 200


def test_the_nonce_at_the_resource() -> None:
    w = fapi()
    w.change_client("payroll", scopes=("openid", "profile"))
    form = {"grant_type": "authorization_code", "code": w.code(scopes="openid profile"), "code_verifier": "v" * 64}
    token = by_fapi(w, form | {"redirect_uri": w.client("payroll").redirect_uris[0]}).json["access_token"]
    reply = shown(w, token)
    assert (reply.status, reply.json["error"]) == (401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in reply.headers["WWW-Authenticate"]
    again = shown(w, token, nonce=reply.headers["DPoP-Nonce"])
    assert again.status == 200
    assert again.headers["DPoP-Nonce"] == reply.headers["DPoP-Nonce"]


def test_a_nonce_ends_and_the_next_is_offered_before() -> None:
    w = world()
    nonce = sent(w, made(w)).headers["DPoP-Nonce"]
    ends, offered = None, set()
    for _ in range(60):
        w.clock.move(seconds=10)
        reply = sent(w, made(w, nonce=nonce))
        offered.add(reply.headers["DPoP-Nonce"])
        if reply.status != 200:
            ends = ends or w.clock()
            assert reply.json["error"] == "use_dpop_nonce"
        elif ends is not None:
            raise AssertionError("an ended nonce is good again")
    assert ends is not None
    assert len(offered) > 2


def test_nonces_that_are_not_ours() -> None:
    w = world()
    nonce = sent(w, made(w)).headers["DPoP-Nonce"]
    for wrong in ("x", nonce[:-1], nonce + "0", nonce.upper(), "é"):
        reply = sent(w, made(w, nonce=wrong))
        assert (reply.status, reply.json["error"]) == (400, "use_dpop_nonce")


def test_a_setting_asks_everybody() -> None:
    w = world()
    server = w.idp.settings.server.model_copy(update={"dpop_nonces": True})
    object.__setattr__(w.idp, "settings", w.idp.settings.model_copy(update={"server": server}))
    reply = sent(w, made(w))
    assert reply.json["error"] == "use_dpop_nonce"
    assert sent(w, made(w, nonce=reply.headers["DPoP-Nonce"])).status == 200


def test_the_store_that_is_away_is_no_yes() -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise Unavailable("brief")

    w = world()
    object.__setattr__(w.idp.ports, "brief", Away())
    assert sent(w, made(w)).status == 503
    assert w.call("/token", {"grant_type": "client_credentials", "scope": "docs.read"}, "robot").status == 200


# --- rubbish ---------------------------------------------------------------------------------------------------------

_FUZZED = world()
_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200), st.text(max_size=60))
def test_any_octets_in_headers(raw: bytes, text: str) -> None:
    for value in (raw.decode("latin-1"), text, f"{b64(raw)}.{b64(raw)}.{b64(raw)}"):
        assert refused(sent(_FUZZED, value))
        for scheme in ("DPoP", "Bearer", ""):
            headers = {"Authorization": f"{scheme} {value}", "DPoP": value, "x-fapi-interaction-id": value}
            assert _FUZZED.http("GET", "/userinfo", headers=headers).status in (400, 401)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(_JSON, st.sampled_from(["htm", "htu", "iat", "jti", "typ", "alg", "jwk", "crv", "x", "kty"]))
def test_any_member_of_any_kind(value: Any, name: str) -> None:
    w = _FUZZED
    claims: dict[str, Any] = {"jti": "x", "htm": "POST", "htu": TOKEN, "iat": int(w.clock().timestamp())}
    header: dict[str, Any] = {"typ": "dpop+jwt", "alg": "ES256", "jwk": dict(KEY.jwk)}
    where = claims if name in claims else header if name in header else header["jwk"]
    if where.get(name) == value or (name, type(value)) == ("jti", str):
        return
    where[name] = value
    text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    assert refused(sent(w, f"{text}.{b64(KEY.raw(text.encode(), 'ES256'))}"))


def test_the_window_is_what_the_store_remembers() -> None:
    """A proof is forgotten only when its iat would be refused."""
    w = world()
    for off in (-60, 0, 60):
        value = made(w, iat=int(w.clock().timestamp()) + off)
        life = dpop.verify((value,), "POST", TOKEN, w.clock()).life
        assert life >= timedelta(seconds=off) + dpop.WINDOW
