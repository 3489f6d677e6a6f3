"""Whoever signs for an application must hold its registered key: no header of a token can bring another one along.

Spec: RFC 8725 §2.4, §2.6, §3.1, §3.5, §3.10; RFC 7515 §10. Each trick is a client assertion at the token endpoint.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from idp.oidc.jose.base64url import decode, encode
from tests.support.tokens import ISSUER, World, world

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EC, RSA, THEIRS, MALLORY = (
    ECKey.generate_key("P-256"), RSAKey.generate_key(2048), ECKey.generate_key("P-256"), ECKey.generate_key("P-256"),
)  # fmt: skip
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def w() -> World:
    made = world()
    registered(
        made, EC.as_dict(private=False) | {"kid": "k1"}, RSA.as_dict(private=False) | {"kid": "r1", "alg": "PS256"}
    )
    with made.truth.begin() as tx:
        key: dict[str, Any] = dict(THEIRS.as_dict(private=False))
        theirs = (key | {"kid": "k1"}, key | {"kid": "k2"})
        tx.registry.put_client(replace(made.client("payroll"), jwks=theirs))
    return made


def registered(w: World, *jwks: dict[str, Any], **fields: Any) -> None:
    with w.truth.begin() as tx:
        tx.registry.put_client(replace(w.client("robot"), auth_method="private_key_jwt", jwks=jwks, **fields))


def claims(w: World) -> dict[str, Any]:
    now = int(w.clock().timestamp())
    return {
        "iss": "robot", "sub": "robot", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": secrets.token_urlsafe(16),
    }  # fmt: skip


def part(value: object) -> str:
    return encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode()


def signature(text: str, key: Any, alg: str) -> bytes:
    model = jws.JWSRegistry(algorithms=[alg]).get_alg(alg)
    return model.sign(text.encode(), key)


def assertion(w: World, header: Any = None, said: Any = None, key: Any = EC, alg: str = "ES256") -> str:
    """Header and claims as octets or values, with a true signature of that key."""
    header = {"alg": "ES256", "kid": "k1"} if header is None else header
    text = f"{part(header)}.{part(claims(w) if said is None else said)}"
    return f"{text}.{encode(signature(text, key, alg)).decode()}"


def answer(w: World, token: str) -> tuple[int, dict[str, Any]]:
    form = {"grant_type": "client_credentials", "scope": "docs.read", "client_id": "robot"}
    reply = w.call("/token", form | {"client_assertion": token, "client_assertion_type": TYPE}, None)
    return reply.status, reply.json


def refused(w: World, token: str) -> None:
    status, said = answer(w, token)
    assert (status, said["error"]) in ((401, "invalid_client"), (400, "invalid_request"))
    assert "access_token" not in said
    assert w.wire.asked == []  # nobody was asked for a key


def test_the_real_one_is_believed(w: World) -> None:
    assert answer(w, assertion(w))[0] == 200
    assert answer(w, assertion(w, {"alg": "PS256", "kid": "r1"}, key=RSA, alg="PS256"))[0] == 200


KEY = dict(MALLORY.as_dict(private=False))
BROUGHT: dict[str, dict[str, Any]] = {
    "jwk": {"jwk": KEY},
    "jwk under our kid": {"jwk": KEY | {"kid": "k1"}},
    "jwk private": {"jwk": MALLORY.as_dict(private=True)},
    "jku": {"jku": "https://evil.example/jwks"},
    "jku of ours": {"jku": f"{ISSUER}/jwks"},
    "x5u": {"x5u": "https://evil.example/cert.pem"},
    "x5c": {"x5c": [base64.b64encode(MALLORY.as_der(private=False)).decode()]},
    "x5t": {"x5t#S256": "A" * 43},
    "all": {"jwk": KEY, "jku": "https://evil.example/jwks", "x5u": "https://evil.example/c", "x5c": ["MII="]},
}


@pytest.mark.parametrize("name", BROUGHT)
@pytest.mark.parametrize("kid", ["k1", "mallory", None])
def test_a_key_that_the_token_brings_along(w: World, name: str, kid: str | None) -> None:
    header: dict[str, Any] = {"alg": "ES256"} | ({"kid": kid} if kid else {}) | BROUGHT[name]
    refused(w, assertion(w, header, key=MALLORY))


KIDS: list[Any] = [
    "", "K1", "k1 ", "k1\0", "../../../dev/null", "/dev/null", "' OR 1=1 --", "k1' UNION SELECT 'x", "https://evil.example/k1",
    "k" * 5000, "${jndi:ldap://evil.example/a}", "k2", "*", "k1\nk2", 1, 1.5, True, ["k1"], {"kid": "k1"}, [],
]  # fmt: skip


@pytest.mark.parametrize("kid", KIDS, ids=range(len(KIDS)))
def test_a_kid_is_a_name_and_nothing_else(w: World, kid: Any) -> None:
    refused(w, assertion(w, {"alg": "ES256", "kid": kid}))
    refused(w, assertion(w, {"alg": "ES256", "kid": kid}, key=MALLORY))


def test_the_key_of_another_application(w: World) -> None:
    for kid in ("k1", "k2"):
        refused(w, assertion(w, {"alg": "ES256", "kid": kid}, key=THEIRS))


def test_the_public_key_as_a_secret(w: World) -> None:
    for key, kid in ((EC, "k1"), (RSA, "r1")):
        jwk, pem = key.as_dict(private=False), key.as_pem(private=False)
        secrets_ = (
            pem,
            pem.strip(),
            key.as_der(private=False),
            json.dumps(jwk).encode(),
            str(jwk.get("x", "")).encode(),
            b"",
        )
        for secret in secrets_:
            for alg, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
                text = f"{part({'alg': alg, 'kid': kid})}.{part(claims(w))}"
                refused(w, f"{text}.{encode(hmac.digest(secret, text.encode(), digest)).decode()}")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", " ES256", "es256", None, 7, ["ES256"]])
def test_no_algorithm(w: World, alg: Any) -> None:
    text = f"{part({'alg': alg, 'kid': 'k1'})}.{part(claims(w))}"
    for mark in ("", "AA", encode(signature(text, EC, "ES256")).decode()):
        refused(w, f"{text}.{mark}")


def test_one_algorithm_s_signature_under_another_s_name(w: World) -> None:
    """The RSA key is registered for PS256; and no key is ever used for what its kind cannot do."""
    for named, made, key, kid in (
        ("RS256", "RS256", RSA, "r1"), ("RS256", "PS256", RSA, "r1"), ("PS256", "RS256", RSA, "r1"),
        ("PS384", "PS384", RSA, "r1"), ("ES256", "PS256", RSA, "r1"), ("PS256", "ES256", EC, "k1"),
        ("EdDSA", "ES256", EC, "k1"), ("ES256K", "ES256", EC, "k1"), ("ES384", "ES256", EC, "k1"),
    ):  # fmt: skip
        refused(w, assertion(w, {"alg": named, "kid": kid}, key=key, alg=made))


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt", "oauth-authz-req+jwt", "JOSE+JSON", 7, ["JWT"]])
def test_another_type(w: World, typ: Any) -> None:
    refused(w, assertion(w, {"alg": "ES256", "kid": "k1", "typ": typ}))


@pytest.mark.parametrize("more", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}])
def test_extensions(w: World, more: dict[str, Any]) -> None:
    refused(w, assertion(w, {"alg": "ES256", "kid": "k1"} | more))


def test_a_signature_in_another_form(w: World) -> None:
    text = f"{part({'alg': 'ES256', 'kid': 'k1'})}.{part(claims(w))}"
    raw = signature(text, EC, "ES256")
    r, s = raw[:32], raw[32:]
    zero = bytes(32)
    order = ORDER.to_bytes(32, "big")
    der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    for form in (
        der, zero + zero, r + zero, zero + s, order + order, r + order, s + r, raw + b"\0", b"\0" + raw, raw[:63], b"",
        b"\0" + r + b"\0" + s, raw + raw, b"\xff" * 64,
    ):  # fmt: skip
        refused(w, f"{text}.{encode(form).decode()}")
    assert answer(w, f"{text}.{encode(raw).decode()}")[0] == 200


def test_a_second_spelling(w: World) -> None:
    """Each would be the same token to a lenient reader, and another one to whoever remembers tokens."""
    header, payload, mark = assertion(w).split(".")
    changes: list[Callable[[str], str]] = [
        lambda p: p + "=", lambda p: p + "==", lambda p: " " + p, lambda p: p + "\n", lambda p: p[:4] + "\n" + p[4:],
        lambda p: p[:4] + "%" + p[4:], lambda p: p + "A", lambda p: p[:-1], lambda p: p + "\0", lambda p: "é" + p,
        lambda p: "",
    ]  # fmt: skip
    for change in changes:
        for token in (
            f"{change(header)}.{payload}.{mark}",
            f"{header}.{change(payload)}.{mark}",
            f"{header}.{payload}.{change(mark)}",
        ):
            refused(w, token)
    loose = mark[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[mark[-1]]
    assert base64.urlsafe_b64decode(loose + "==") == decode(mark.encode())
    refused(w, f"{header}.{payload}.{loose}")
    for token in (
        f"{header}.{payload}",
        f"{header}.{payload}.{mark}.",
        f".{payload}.{mark}",
        f"{header}..{mark}",
        "..",
        "a",
    ):
        refused(w, token)


def test_a_member_twice(w: World) -> None:
    said = json.dumps(claims(w))
    for header in (b'{"alg":"ES256","kid":"k1","kid":"k1"}', b'{"alg":"none","alg":"ES256","kid":"k1"}'):
        refused(w, assertion(w, header, said.encode()))
    for more in ('"sub":"admin"', '"sub":"robot"', '"\\u0073ub":"payroll"', '"x":{"a":1,"a":2}'):
        refused(w, assertion(w, None, (said[:-1] + "," + more + "}").encode()))


def test_json_that_hurts(w: World) -> None:
    said = json.dumps(claims(w))[:-1]
    for more in (
        '"x":' + "[" * 10_000 + "]" * 10_000, '"x":' + '{"a":' * 40 + "1" + "}" * 40, '"x":NaN', '"x":1e999',
        '"x":' + "9" * 5000, '"x":"\\ud800"', '"exp":1e308', '"nbf":-1e308',
    ):  # fmt: skip
        refused(w, assertion(w, None, (said + "," + more + "}").encode()))
    refused(w, assertion(w, b'{"alg":"ES256","kid":"k1","x":' + b"[" * 3000 + b"]" * 3000 + b"}"))
    for body in (b"[]", b"null", b"1", b"", b'"robot"', b"\xff\xfe", b"\xef\xbb\xbf{}"):
        refused(w, assertion(w, None, body))
        refused(w, assertion(w, body))


def test_a_huge_one(w: World) -> None:
    said = claims(w) | {"x": "y" * 40_000}
    refused(w, assertion(w, said=said))
    refused(w, assertion(w, {"alg": "ES256", "kid": "k1", "x": "y" * 20_000}))
    refused(w, "." * 5000)


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_a_weak_key_is_not_used_though_it_is_registered() -> None:
    """Whatever came into a registration: a signature that anybody can make proves nothing."""
    w = world()
    n = str(RSA.as_dict(private=False)["n"])
    one = {"kty": "RSA", "n": n, "e": "AQ", "kid": "e1"}
    short = RSAKey.generate_key(1024)
    shared = OctKey.import_key(b"s" * 32)
    leaked = EC.as_dict(private=True) | {"kid": "leaked"}
    registered(w, one, short.as_dict(private=False) | {"kid": "s1"}, shared.as_dict() | {"kid": "o1"}, leaked)
    text = f"{part({'alg': 'RS256', 'kid': 'e1'})}.{part(claims(w))}"
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + sha256(text.encode()).digest()
    size = len(decode(n.encode()))
    padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest  # with e = 1 this is its own signature
    refused(w, f"{text}.{encode(padded).decode()}")
    refused(w, assertion(w, {"alg": "RS256", "kid": "s1"}, key=short, alg="RS256"))
    refused(w, assertion(w, {"alg": "HS256", "kid": "o1"}, key=shared, alg="HS256"))
    refused(w, assertion(w, {"alg": "ES256", "kid": "leaked"}))


def test_a_key_for_envelopes_signs_nothing() -> None:
    w = world()
    registered(w, EC.as_dict(private=False) | {"kid": "k1", "use": "enc"})
    refused(w, assertion(w))
    registered(w, EC.as_dict(private=False) | {"kid": "k1", "use": "sig"})
    assert answer(w, assertion(w))[0] == 200
