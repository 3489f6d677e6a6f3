"""A token is believed for the key that we signed it with, never for what it says of itself."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from idp.flows import keys
from idp.oidc.signing import decode, encode, new_key, sign
from tests.support.tokens import World, world


def part(value: object) -> str:
    return encode(json.dumps(value).encode()).decode()


def refused(w: World, token: str, *, id_token: bool = False) -> None:
    """id_token: what we truly signed as one; that it cannot be revoked is said (RFC 7009 §2.2.1)."""
    assert w.introspect(token) == {"active": False}
    assert w.userinfo(token).status == 401
    reply = w.call("/revoke", {"token": token})
    assert reply.status == (400 if id_token else 200)
    assert not id_token or reply.json["error"] == "unsupported_token_type"


@pytest.fixture
def forge() -> tuple[World, str, str, dict[str, object]]:
    """A world, a good userinfo token's header and payload, and the published key."""
    w = world()
    token = w.tokens(scopes="openid profile")["access_token"]
    assert w.userinfo(token).status == 200
    header, payload, _ = token.split(".")
    return w, json.loads(decode(header.encode())), payload, w.http("GET", "/jwks").json["keys"][0]


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_no_algorithm(forge: tuple[World, dict[str, str], str, dict[str, str]], alg: str) -> None:
    w, header, payload, _ = forge
    for signature in ("", "AA"):
        refused(w, f"{part(header | {'alg': alg})}.{payload}.{signature}")


def test_the_public_key_as_an_hmac_secret(forge: tuple[World, dict[str, str], str, dict[str, str]]) -> None:
    w, header, payload, jwk = forge
    pem = ECKey.import_key(dict(jwk)).as_pem(private=False)
    point = b"\x04" + decode(jwk["x"].encode()) + decode(jwk["y"].encode())
    for secret in (pem, pem.strip(), json.dumps(jwk).encode(), point):
        signed = f"{part(header | {'alg': 'HS256'})}.{payload}"
        refused(w, f"{signed}.{encode(hmac.digest(secret, signed.encode(), hashlib.sha256)).decode()}")


def test_a_key_that_the_token_brings_along(forge: tuple[World, dict[str, str], str, dict[str, str]]) -> None:
    w, header, payload, _ = forge
    mine = ECKey.generate_key("P-256")
    for more in (
        {"jwk": mine.as_dict(private=False)},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/cert"},
        {"kid": "../../../dev/null"},
        {"kid": mine.thumbprint()},
        {},
    ):
        signed = f"{part(header | more)}.{payload}"
        signature = base64.urlsafe_b64decode(
            jws.serialize_compact({"alg": "ES256"}, b"x", mine, algorithms=["ES256"]).split(".")[2] + "=="
        )
        refused(w, f"{signed}.{encode(signature).decode()}")


def test_another_key_under_our_kid(forge: tuple[World, dict[str, str], str, dict[str, str]]) -> None:
    w, header, payload, _ = forge
    rsa = RSAKey.generate_key(2048)
    claims = decode(payload.encode())
    for alg, key in (("ES256", ECKey.generate_key("P-256")), ("RS256", rsa), ("PS256", rsa)):
        refused(w, jws.serialize_compact(header | {"alg": alg}, claims, key, algorithms=[alg]))


def test_other_headers_with_our_own_signature(forge: tuple[World, dict[str, str], str, dict[str, str]]) -> None:
    """Even what our key has signed is not believed under a header that we do not make."""
    w, header, payload, _ = forge
    key = w.idp.ports.truth.configuration().keys[0]
    private, claims = ECKey.import_key(key.private.reveal()), decode(payload.encode())
    for other in (
        header | {"typ": "JWT"},
        header | {"typ": "logout+jwt"},
        header | {"crit": ["exp"]},
        header | {"b64": False, "crit": ["b64"]},
        {name: value for name, value in header.items() if name != "typ"},
    ):
        registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
        try:
            token = jws.serialize_compact(other, claims, private, registry=registry)
        except Exception:  # joserfc itself will not make some of these
            signed = f"{part(other)}.{payload}"
            raw = jws.serialize_compact({"alg": "ES256"}, b"x", private, algorithms=["ES256"]).split(".")[2]
            token = f"{signed}.{raw}"
        refused(w, token, id_token=other == header | {"typ": "JWT"})


def test_id_and_logout_tokens_are_not_access_tokens() -> None:
    w = world()
    key = w.idp.ports.truth.configuration().keys[0]
    access = w.tokens(scopes="openid profile")["access_token"]
    claims = json.loads(decode(access.split(".")[1].encode()))
    for typ in ("JWT", "logout+jwt", "AT+JWT", "application/at+jwt"):
        refused(w, sign(key, typ, claims), id_token=typ == "JWT")
    assert w.userinfo(sign(key, "at+jwt", claims)).status == 200


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("alg", ["RS256", "PS256", "EdDSA", "ES256"])
def test_our_key_of_one_algorithm_under_the_name_of_another(alg: str) -> None:
    """RSA signs both ways: a key that is published for one of them proves nothing of the other."""
    w = world()
    keys.tend(w.idp)
    payload = w.tokens(scopes="openid profile")["access_token"].split(".")[1]
    ours = {key.alg: key for key in w.truth.configuration().keys}
    private = import_key(ours[alg].private.reveal())
    for named in ("RS256", "PS256", "EdDSA", "ES256"):
        for kid in ours.values():
            text = f"{part({'alg': named, 'kid': kid.kid, 'typ': 'at+jwt'})}.{payload}"
            made = jws.JWSRegistry(algorithms=[alg]).get_alg(alg).sign(text.encode(), private)
            token = f"{text}.{encode(made).decode()}"
            if (named, kid.alg) == (alg, alg):
                assert w.userinfo(sign(ours[alg], "at+jwt", json.loads(decode(payload.encode())))).status == 200
            else:
                refused(w, token)


def import_key(der: bytes) -> Key:
    found = load_der_private_key(der, None)
    if isinstance(found, RSAPrivateKey):
        return RSAKey.import_key(der)
    return OKPKey.import_key(der) if isinstance(found, Ed25519PrivateKey) else ECKey.import_key(der)


def test_id_tokens_in_every_algorithm_are_not_access_tokens() -> None:
    w = world()
    keys.tend(w.idp)
    for alg in ("RS256", "PS256", "EdDSA", "ES256"):
        with w.truth.begin() as tx:
            tx.registry.put_client(replace(w.client("payroll"), id_token_signed_response_alg=alg))
        refused(w, w.tokens(scopes="openid profile")["id_token"], id_token=True)


def test_a_signature_that_is_no_curve_s(forge: tuple[World, dict[str, str], str, dict[str, str]]) -> None:
    w, header, payload, _ = forge
    text = f"{part(header)}.{payload}"
    for octets in (bytes(64), b"\xff" * 64, bytes(32) + b"\1" * 32, b"\1" * 32 + bytes(32), b"", b"\0" * 63, b"0" * 70):
        refused(w, f"{text}.{encode(octets).decode()}")


def test_a_key_that_left_the_key_set_signs_nothing_any_more() -> None:
    w = world()
    claims = json.loads(decode(w.tokens(scopes="openid")["access_token"].split(".")[1].encode()))
    foreign = new_key(hashlib.sha384(b"stolen backup").digest(), w.clock(), w.clock())
    refused(w, sign(foreign, "at+jwt", claims))
