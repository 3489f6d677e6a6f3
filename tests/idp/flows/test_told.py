"""ID tokens and userinfo as an application registered them: in its algorithm, and in an envelope only it can open."""

from dataclasses import replace
from hashlib import sha256, sha512
from typing import Any

import pytest
from joserfc import jwe, jws
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from idp.errors import Unavailable
from idp.flows import keys
from idp.oidc.signing import ALGS, decode, encode
from tests.support.tokens import World, claims_of, world

RSA, EC = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
ENVELOPES = [
    (RSA, "RSA-OAEP-256", "A256GCM"),
    (RSA, "RSA-OAEP-256", None),
    (EC, "ECDH-ES", "A128GCM"),
    (EC, "ECDH-ES+A128KW", "A256GCM"),
    (EC, "ECDH-ES+A256KW", "A128CBC-HS256"),
]


@pytest.fixture(scope="module")
def w() -> World:
    made = world()
    keys.tend(made.idp)
    return made


def registered(w: World, **fields: Any) -> None:
    with w.truth.begin() as tx:
        tx.registry.put_client(replace(w.client("payroll"), **fields))


def proved(w: World, token: str, alg: str) -> dict[str, Any]:
    """By the published keys, as joserfc reads them."""
    known = KeySet.import_key_set(w.http("GET", "/jwks").json)  # type: ignore[arg-type]
    seen = jws.deserialize_compact(token, known, algorithms=[alg])
    assert seen.headers()["alg"] == alg
    return claims_of(token)


def opened(token: str, key: RSAKey | ECKey, alg: str, enc: str | None) -> tuple[dict[str, Any], bytes]:
    seen = jwe.decrypt_compact(token, key, algorithms=[alg, enc or "A128CBC-HS256"])
    assert seen.plaintext is not None
    return seen.headers(), seen.plaintext


@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_an_id_token_in_the_algorithm_of_the_application(w: World, alg: str) -> None:
    registered(w, id_token_signed_response_alg=alg, id_token_encrypted_response_alg=None)
    answer = w.tokens(scopes="openid profile")
    said = proved(w, answer["id_token"], alg)
    digest = (sha512 if alg == "EdDSA" else sha256)(answer["access_token"].encode()).digest()
    assert said["at_hash"] == encode(digest[: len(digest) // 2]).decode()
    assert claims_of(answer["access_token"])["aud"] == w.idp.issuer
    assert '"ES256"' in decode(answer["access_token"].split(".")[0].encode()).decode()


@pytest.mark.parametrize(("key", "alg", "enc"), ENVELOPES)
def test_an_id_token_that_only_the_application_can_open(
    w: World, key: RSAKey | ECKey, alg: str, enc: str | None
) -> None:
    signing = OKPKey.generate_key("Ed25519").as_dict(private=False) | {"use": "sig", "kid": "s"}
    mine = key.as_dict(private=False) | {"use": "enc", "kid": "e1"}
    registered(
        w,
        id_token_signed_response_alg="ES256",
        id_token_encrypted_response_alg=alg,
        id_token_encrypted_response_enc=enc,
        jwks=(signing, key.as_dict(private=False) | {"use": "sig", "kid": "not-this"}, mine),
    )
    header, inner = opened(w.tokens(scopes="openid profile")["id_token"], key, alg, enc)
    assert (header["cty"], header["kid"], header["alg"]) == ("JWT", "e1", alg)
    assert header["enc"] == (enc or "A128CBC-HS256")
    assert proved(w, inner.decode(), "ES256")["aud"] == "payroll"


def test_without_a_key_of_the_application_nothing_leaves_in_the_open(w: World) -> None:
    registered(w, id_token_encrypted_response_alg="RSA-OAEP-256", jwks=())
    reply = w.redeem(w.code("payroll", "openid"))
    assert (reply.status, reply.json) == (503, {"error": "temporarily_unavailable"})
    registered(w, id_token_encrypted_response_alg=None)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_signed_userinfo(w: World, alg: str) -> None:
    registered(w, id_token_encrypted_response_alg=None, userinfo_signed_response_alg=alg)
    reply = w.userinfo(w.tokens(scopes="openid profile")["access_token"])
    assert reply.headers["Content-Type"] == "application/jwt"
    assert reply.headers["Cache-Control"] == "no-store"
    said = proved(w, reply.body.decode(), alg)
    assert (said["iss"], said["aud"]) == (w.idp.issuer, "payroll")
    assert said["name"] and said["sub"]
    assert not {"nonce", "exp", "sid"} & said.keys()


def test_userinfo_signed_then_encrypted_and_encrypted_alone(w: World) -> None:
    mine = RSA.as_dict(private=False) | {"use": "enc", "alg": "RSA-OAEP-256"}
    hidden = {"userinfo_encrypted_response_alg": "RSA-OAEP-256", "userinfo_encrypted_response_enc": "A256GCM"}
    registered(w, userinfo_signed_response_alg="RS256", jwks=(mine,), **hidden)
    value = w.tokens(scopes="openid profile")["access_token"]
    header, inner = opened(w.userinfo(value).body.decode(), RSA, "RSA-OAEP-256", "A256GCM")
    assert header["cty"] == "JWT"
    assert proved(w, inner.decode(), "RS256")["aud"] == "payroll"
    registered(w, userinfo_signed_response_alg=None)
    reply = w.userinfo(value)
    assert reply.headers["Content-Type"] == "application/jwt"
    header, inner = opened(reply.body.decode(), RSA, "RSA-OAEP-256", "A256GCM")
    assert "cty" not in header
    assert b'"sub"' in inner and b'"name"' in inner
    registered(w, userinfo_encrypted_response_alg=None, jwks=())


def test_an_algorithm_without_a_key_is_away_not_another() -> None:
    fresh = world()
    with pytest.raises(Unavailable):
        keys.signed(fresh.idp, "JWT", {}, alg="RS256")
    registered(fresh, id_token_signed_response_alg="RS256")
    assert fresh.redeem(fresh.code("payroll", "openid")).status == 503


def test_the_signature_of_an_old_id_token_is_still_a_hint_after_a_roll_over(w: World) -> None:
    from idp.oidc.id_token import read_hint

    registered(w, id_token_signed_response_alg="PS256", id_token_encrypted_response_alg=None)
    token = w.tokens(scopes="openid")["id_token"]
    keys.rotate(w.idp, by="test", alg="PS256")
    w.clock.at += keys.AHEAD + keys.overlap(w.idp)
    assert read_hint(token, w.idp.issuer, w.truth.configuration().keys)["aud"] == "payroll"
