"""A client assertion is the client's own, for us alone, once, now; and nothing else stands in for it."""

import base64
import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.secret import Secret
from tests.support.proofs import ASSERTION_TYPE, Key, asserted, assertion, b64, shared_assertion
from tests.support.tokens import ISSUER, SECRET, Reply, World, basic, world

KEY, OTHER, RSA, ED = Key("ES256", "k1"), Key("ES256", "k1"), Key("RS256", "r1"), Key("EdDSA", "e1")
MACHINE = {"grant_type": "client_credentials", "scope": "docs.read"}
SHARED = "shared-secret-0123456789abcdefghijklmnopqrstuvwxyz"


def with_robot(**changes: Any) -> World:
    w = world()
    registered = {"auth_method": "private_key_jwt", "jwks": (KEY.jwk,), "secret_hashes": ()} | changes
    w.change_client("robot", **registered)
    return w


def ask(w: World, token: str, **more: str) -> Reply:
    return w.call("/token", MACHINE | asserted(token) | more, None)


def made(w: World, key: Key = KEY, **changes: Any) -> str:
    return assertion(key, "robot", w.clock(), **changes)


def refused(reply: Reply) -> bool:
    known = {"error": "invalid_client", "error_description": "client authentication failed"}
    return reply.status == 401 and reply.json == known


@pytest.mark.parametrize(
    "typ", [None, "JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"]
)
@pytest.mark.parametrize("kid", ["k1", None])
def test_good_ones(typ: str | None, kid: str | None) -> None:
    w = with_robot()
    assert ask(w, made(w, header={"typ": typ, "kid": kid}), client_id="robot").status == 200


@pytest.mark.parametrize("key", [ED, Key("PS256", "p1"), RSA], ids=["EdDSA", "PS256", "RS256"])
def test_other_algorithms_of_the_standard_profile(key: Key) -> None:
    w = with_robot(jwks=(key.jwk,))
    assert ask(w, made(w, key)).status == 200


def at(w: World, seconds: float) -> int:
    return int(w.clock().timestamp() + seconds)


def test_small_differences_of_clocks_are_met() -> None:
    w = with_robot()
    met: tuple[dict[str, Any], ...] = (
        {"nbf": at(w, 8)},
        {"iat": at(w, 8)},
        {"nbf": at(w, 0.5)},
        {"iat": None},
        {"exp": at(w, 3600)},
    )
    for changes in met:
        assert ask(w, made(w, **changes)).status == 200, changes


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [ISSUER]},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": f"{ISSUER}/token"},
        {"aud": f"{ISSUER}/par"},
        {"aud": f"{ISSUER}/"},
        {"aud": "https://other.example"},
        {"aud": None},
        {"aud": 1},
        {"aud": {}},
        {"iss": None},
        {"sub": None},
        {"iss": "payroll"},
        {"sub": "payroll"},
        {"iss": "payroll", "sub": "payroll"},
        {"iss": ["robot"], "sub": ["robot"]},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": -60},
        {"exp": 1e300},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "j" * 300},
        {"iat": "now"},
        {"nbf": {}},
    ],
)
def test_wrong_claims(changes: dict[str, Any]) -> None:
    w = with_robot()
    assert refused(ask(w, made(w, **changes)))


@pytest.mark.parametrize(
    ("name", "seconds"), [("exp", -31), ("exp", 3700), ("exp", 86400), ("nbf", 61), ("iat", 61), ("iat", 3600)]
)
def test_wrong_times(name: str, seconds: int) -> None:
    w = with_robot()
    changes: dict[str, Any] = {name: at(w, seconds)}
    assert refused(ask(w, made(w, **changes)))


def test_used_twice() -> None:
    w = with_robot()
    token = made(w)
    assert ask(w, token).status == 200
    assert refused(ask(w, token))
    w.clock.move(seconds=59)
    assert refused(ask(w, token))
    assert w.call("/revoke", {"token": "x"} | asserted(token), None).status == 401  # at any endpoint


def test_the_same_jti_of_another_client_is_another_one() -> None:
    w = with_robot()
    w.change_client("docs", auth_method="private_key_jwt", jwks=(OTHER.jwk,), secret_hashes=())
    assert ask(w, made(w, jti="one")).status == 200
    mine = assertion(OTHER, "docs", w.clock(), jti="one")
    assert w.call("/revoke", {"token": "x"} | asserted(mine), None).status == 200


def test_a_refused_one_is_not_spent_and_fills_no_store() -> None:
    w = with_robot()
    token = made(w, jti="only")
    assert refused(ask(w, made(w, OTHER, jti="only")))
    assert ask(w, token).status == 200


def test_signatures_and_algorithms() -> None:
    w = with_robot()
    good = made(w)
    head, said, signature = good.split(".")
    none = b64(json.dumps({"alg": "none"}).encode())
    hs = b64(json.dumps({"alg": "HS256"}).encode())
    for token in (
        made(w, OTHER),  # another key of that kid
        made(w, header={"kid": "nobody"}),
        made(w, RSA, header={"kid": "k1"}),
        f"{none}.{said}.",
        f"{none}.{said}.{signature}",
        f"{hs}.{said}.{signature}",
        f"{head}.{said}.",
        f"{head}.{said}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        good + ".",
        good + ".x",
        f"{head}.{said}",
        "",
        "x",
        "." * 2,
        "é.é.é",
        made(w, header={"typ": "dpop+jwt"}),
        made(w, header={"typ": "at+jwt"}),
        made(w, header={"typ": "logout+jwt"}),
        made(w, header={"crit": ["x"], "x": 1}),
        made(w, OTHER, header={"jwk": OTHER.jwk, "kid": None}),
        made(w, OTHER, header={"jku": "https://evil.example/jwks", "kid": None}),
        made(w, OTHER, header={"x5c": ["x"], "kid": None}),
    ):
        assert refused(ask(w, token)), token
    assert ask(w, good).status == 200


def test_a_public_key_is_no_shared_secret() -> None:
    """RFC 8725 §2.1: an HMAC made with the public key's text."""
    w = with_robot()
    for text in (json.dumps(KEY.jwk), json.dumps(KEY.jwk, separators=(",", ":")), KEY.jwk["x"]):
        assert refused(ask(w, shared_assertion(text, "robot", w.clock())))


def test_the_registered_algorithm_alone() -> None:
    w = with_robot(jwks=(KEY.jwk, ED.jwk), token_endpoint_auth_signing_alg="EdDSA")
    assert refused(ask(w, made(w)))
    assert ask(w, made(w, ED)).status == 200


def test_fapi2_takes_no_rs256() -> None:
    w = with_robot(profile="fapi2", jwks=(RSA.jwk, KEY.jwk))
    assert refused(ask(w, made(w, RSA)))
    assert ask(w, made(w)).json["error"] == "invalid_request"  # authenticated; its tokens must be bound


def test_the_lenient_audience_is_a_switch_and_never_of_fapi2() -> None:
    lenient = ([ISSUER], f"{ISSUER}/token", [f"{ISSUER}/token", "https://other.example"], ISSUER)
    for aud in lenient:
        w = with_robot(lenient_assertion_audience=True)
        assert ask(w, made(w, aud=aud)).status == 200
        w.change_client("robot", profile="fapi2")
        assert refused(ask(w, made(w, aud=aud))) is (aud != ISSUER)
    w = with_robot(lenient_assertion_audience=True)
    for wrong in ("https://other.example/token", ["https://other.example"], f"{ISSUER}/par", [], None):
        assert refused(ask(w, made(w, aud=wrong)))


def test_one_way_in_one_request() -> None:
    w = with_robot()
    token = made(w)
    both = w.http(
        "POST",
        "/token",
        "&".join(f"{name}={value}" for name, value in (MACHINE | asserted(token)).items()).replace(" ", "+").encode(),
        {"Authorization": basic("robot", SECRET)},
    )
    assert (both.status, both.json["error"]) == (400, "invalid_request")
    assert ask(w, token, client_secret=SECRET).status == 400
    assert ask(w, token, client_id="payroll").json["error"] == "invalid_request"
    assert ask(w, token).status == 200


def test_the_type_is_exact() -> None:
    w = with_robot()
    for kind in (
        "",
        ASSERTION_TYPE + "x",
        ASSERTION_TYPE.upper(),
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
    ):
        assert (
            w.call("/token", MACHINE | {"client_assertion": made(w), "client_assertion_type": kind}, None).status == 401
        )
    assert w.call("/token", MACHINE | {"client_assertion": made(w)}, None).status == 401
    assert (
        w.call("/token", MACHINE | {"client_assertion_type": ASSERTION_TYPE, "client_id": "robot"}, None).status == 401
    )


def test_a_client_of_another_way() -> None:
    w = with_robot()
    assert refused(w.call("/token", MACHINE | {"client_id": "robot", "client_secret": SECRET}, None))
    assert refused(w.call("/token", MACHINE | {"client_id": "robot"}, None))
    assert refused(
        w.http("POST", "/token", b"grant_type=client_credentials", {"Authorization": basic("robot", SECRET)})
    )
    for method in ("client_secret_basic", "client_secret_post", "client_secret_jwt", "none", "tls_client_auth"):
        w.change_client("robot", auth_method=method)
        assert refused(ask(w, made(w)))


def test_disabled_or_without_keys() -> None:
    w = with_robot()
    w.change_client("robot", disabled=True)
    assert refused(ask(w, made(w)))
    assert refused(ask(with_robot(jwks=()), made(w)))


def test_a_shared_secret() -> None:
    w = with_robot(auth_method="client_secret_jwt", secrets=(Secret("old" * 20), Secret(SHARED)), jwks=(KEY.jwk,))

    def sent(secret: str = SHARED, **changes: Any) -> Reply:
        return ask(w, shared_assertion(secret, "robot", w.clock(), **changes))

    assert sent().status == sent("old" * 20).status == 200
    for reply in (sent(SHARED + "x"), sent(""), sent(aud=f"{ISSUER}/token"), sent(jti=None), sent(alg="HS384")):
        assert refused(reply)
    assert refused(ask(w, made(w)))  # its key is not its registered way
    token = shared_assertion(SHARED, "robot", w.clock())
    assert ask(w, token).status == 200
    assert refused(ask(w, token))
    w.change_client("robot", profile="fapi2")
    assert refused(sent())


def test_a_short_shared_secret_is_none() -> None:
    w = with_robot(auth_method="client_secret_jwt", secrets=(Secret("short"),))
    assert refused(ask(w, shared_assertion("short", "robot", w.clock())))
    w.change_client("robot", secrets=())
    assert refused(ask(w, shared_assertion("", "robot", w.clock())))


@pytest.mark.parametrize("path", ["/introspect", "/revoke"])
def test_every_endpoint_of_machines(path: str) -> None:
    w = with_robot()
    assert w.call(path, {"token": "x"} | asserted(made(w)), None).status == 200
    assert refused(w.call(path, {"token": "x"} | asserted(made(w, aud=f"{ISSUER}{path}")), None))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4))
def test_any_claim_of_any_kind_is_refused_and_never_breaks(value: Any) -> None:
    w = _FUZZED
    for name in ("iss", "sub", "aud", "exp", "jti"):
        said = {"iss": "robot", "sub": "robot", "aud": ISSUER, "jti": "x", "exp": int(w.clock().timestamp()) + 60}
        raw = json.dumps(said | {name: value}).encode()
        reply = ask(w, f"{b64(b'{}')}.{b64(raw)}.{b64(b'x' * 64)}")
        assert reply.status == 401
        if said[name] != value and not (name == "jti" and isinstance(value, str) and 0 < len(value) <= 256):
            assert _exp_like(name, value, w.clock()) or refused(ask(w, made(w, **{name: value})))


def _exp_like(name: str, value: Any, now: datetime) -> bool:
    return name == "exp" and isinstance(value, int | float) and abs(value - now.timestamp()) < 4000


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
def test_rubbish_never_breaks(raw: bytes) -> None:
    for token in (raw.decode("latin-1"), base64.b64encode(raw).decode(), f"{b64(raw)}.{b64(raw)}.{b64(raw)}"):
        assert ask(_FUZZED, token).status in (400, 401)


_FUZZED = with_robot()
