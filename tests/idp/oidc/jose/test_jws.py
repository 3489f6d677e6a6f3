"""Signatures of others, beside joserfc: what it signs we prove, and what was changed in any way nobody proves."""

import hashlib
import hmac
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as theirs
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idp.oidc.jose import JoseError, UnknownKey, jwk, jws
from idp.oidc.jose.base64url import decode, encode

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

RSA = RSAKey.generate_key(2048)
KEYS: dict[str, RSAKey | ECKey | OKPKey] = {
    "ES256": ECKey.generate_key("P-256"),
    "RS256": RSA,
    "PS256": RSA,
    "EdDSA": OKPKey.generate_key("Ed25519"),
    "Ed25519": OKPKey.generate_key("Ed25519"),
}
PUBLIC = {alg: jwk.read(key.as_dict(private=False) | {"kid": f"k-{alg}"}) for alg, key in KEYS.items()}
CLAIMS = {"iss": "payroll", "name": "王伟", "n": 7, "deep": {"list": [1, None, True]}}
ANY = frozenset(jws.ALGS)
SECRET = b"s" * 64


def signed(alg: str, claims: object = None, **header: Any) -> str:
    said = json.dumps(CLAIMS if claims is None else claims)
    registry = theirs.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return theirs.serialize_compact({"alg": alg, "kid": f"k-{alg}"} | header, said, KEYS[alg], registry=registry)


def part(value: object) -> str:
    return encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode()


def own(alg: str, header: bytes, claims: bytes) -> str:
    """Signed whatever it says, by the key of that algorithm."""
    text = f"{part(header)}.{part(claims)}"
    model = theirs.JWSRegistry(algorithms=[alg]).get_alg(alg)
    return f"{text}.{encode(model.sign(text.encode(), KEYS[alg])).decode()}"


@pytest.mark.parametrize("alg", KEYS)
def test_we_prove_what_joserfc_signs(alg: str) -> None:
    for number in range(24):  # some R or S are shorter than 32 octets
        token = signed(alg, {**CLAIMS, "n": number})
        assert jws.verify(token, list(PUBLIC.values()), frozenset({alg})) == {**CLAIMS, "n": number}
    assert jws.verify_with(token, PUBLIC[alg], ANY)["n"] == 23
    assert jws.verify_with(jws.peek(token), PUBLIC[alg], ANY)["n"] == 23


def test_the_example_of_rfc_7515_a3() -> None:
    token = (
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
        "fQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    key = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    expected = {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert jws.verify(token, [jwk.read(key)], frozenset({"ES256"})) == expected


def test_the_example_of_rfc_8037_a4() -> None:
    """Its payload is no JSON, so that it is taken apart here."""
    key = jwk.read({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    text = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    octets = decode(signature.encode())
    assert jws.proves(key, "EdDSA", octets, text)
    assert not jws.proves(key, "EdDSA", octets, text + b"x")


def test_both_names_of_edwards() -> None:
    for alg in ("EdDSA", "Ed25519"):
        assert jws.verify(signed(alg), [PUBLIC[alg]], frozenset({"EdDSA"})) == CLAIMS
    registered = jwk.read(KEYS["EdDSA"].as_dict(private=False) | {"alg": "Ed25519", "kid": "k-EdDSA"})
    assert jws.verify(signed("EdDSA"), [registered], frozenset({"EdDSA"})) == CLAIMS
    with pytest.raises(JoseError):
        jws.verify(signed("EdDSA"), [registered], frozenset({"Ed25519"}))


def test_kid_picks_and_without_one_a_key_that_fits_is_tried() -> None:
    other = jwk.read(ECKey.generate_key("P-256").as_dict(private=False) | {"kid": "other"})
    keys = [other, *PUBLIC.values()]
    nameless = own("ES256", b'{"alg":"ES256"}', b"{}")
    assert jws.verify(nameless, keys, ANY) == {}
    for kid in ("", "K-ES256", "unknown", "../k-ES256"):
        with pytest.raises(UnknownKey):
            jws.verify(signed("ES256", kid=kid), keys, ANY)
    with pytest.raises(JoseError, match="signature"):
        jws.verify(signed("ES256", kid="other"), keys, ANY)
    with pytest.raises(UnknownKey):
        jws.verify(signed("ES256"), [], ANY)


def test_a_nameless_token_is_not_tried_with_every_key() -> None:
    many = [jwk.read(ECKey.generate_key("P-256").as_dict(private=False)) for _ in range(jws.MOST_TRIED)]
    with pytest.raises(JoseError, match="signature"):
        jws.verify(own("ES256", b'{"alg":"ES256"}', b"{}"), [*many, PUBLIC["ES256"]], ANY)


@pytest.mark.parametrize(
    ("typ", "allowed", "good"),
    [
        ("dpop+jwt", {"dpop+jwt"}, True),
        ("application/DPoP+JWT", {"dpop+jwt"}, True),
        ("DPOP+jwt", {"dpop+jwt"}, True),
        ("jwt", {"dpop+jwt"}, False),
        (None, {"dpop+jwt"}, False),
        (None, {"", "jwt"}, True),
        ("JWT", {"", "jwt"}, True),
        ("at+jwt", {"", "jwt"}, False),
        ("application/application/jwt", {"jwt"}, False),
        ("anything", None, True),
    ],
)
def test_types(typ: str | None, allowed: set[str] | None, good: bool) -> None:
    token = signed("ES256", **({"typ": typ} if typ else {}))
    expected = None if allowed is None else frozenset(allowed)
    if good:
        assert jws.verify(token, [PUBLIC["ES256"]], ANY, expected) == CLAIMS
        return
    for prove in (jws.verify, lambda t, keys, algs, typs: jws.verify_with(t, keys[0], algs, typs)):
        with pytest.raises(JoseError, match="typ"):
            prove(token, [PUBLIC["ES256"]], ANY, expected)


@pytest.mark.parametrize(("alg", "digest"), [("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")])
def test_macs(alg: str, digest: str) -> None:
    key = OctKey.import_key(SECRET)
    token = theirs.serialize_compact({"alg": alg}, json.dumps(CLAIMS), key, algorithms=[alg])
    assert jws.verify_hmac(token, SECRET) == CLAIMS
    size = hashlib.new(digest).digest_size
    for secret, algs in ((b"t" * 64, None), (SECRET[: size - 1], None), (b"", None), (SECRET, frozenset({"ES256"}))):
        with pytest.raises(JoseError):
            jws.verify_hmac(token, secret, *([algs] if algs else []))
    with pytest.raises(JoseError):
        jws.verify_hmac(token[:-4], SECRET)
    with pytest.raises(JoseError):
        jws.verify_hmac(signed("ES256"), SECRET, frozenset({"ES256"}))


def test_a_peek_believes_nothing_and_shares_nothing() -> None:
    token = f"{part({'alg': 'ES256', 'jwk': {'kty': 'EC'}})}.{part({'sub': 'mallory'})}.AAAA"
    seen = jws.peek(token)
    assert (seen.alg, seen.kid, seen.claims["sub"]) == ("ES256", None, "mallory")
    with pytest.raises(TypeError):
        seen.header["alg"] = "none"  # type: ignore[index]


@cache
def token_of(alg: str) -> str:
    return signed(alg)


@given(alg=st.sampled_from(sorted(KEYS)), place=st.floats(0, 1, exclude_max=True), char=st.characters(codec="ascii"))
def test_a_changed_character_never_proves(alg: str, place: float, char: str) -> None:
    token = token_of(alg)
    at = int(place * len(token))
    changed = token[:at] + char + token[at + 1 :]
    if changed != token:
        with pytest.raises(JoseError):
            jws.verify(changed, list(PUBLIC.values()), ANY)


@given(st.text(max_size=300) | st.text("abcAZ09-_.=", max_size=300))
def test_rubbish_is_a_jose_error(text: str) -> None:
    for read in (jws.peek, lambda t: jws.verify(t, list(PUBLIC.values()), ANY), lambda t: jws.verify_hmac(t, SECRET)):
        with pytest.raises(JoseError):
            read(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["alg", "kid", "typ", "cty", "crit", "b64", "jwk", "jku", "x5c", "zip"])


@given(
    st.dictionaries(NAMES, JSON, max_size=5), JSON, st.sampled_from(["ES256", "HS256", "none"]), st.binary(max_size=80)
)
def test_whatever_it_says_is_a_jose_error(header: dict[str, Any], claims: Any, alg: str, signature: bytes) -> None:
    for said in (header, header | {"alg": alg}):
        token = f"{part(said)}.{part(claims)}.{part(signature)}"
        with pytest.raises(JoseError):
            jws.verify(token, list(PUBLIC.values()), ANY)
        with pytest.raises(JoseError):
            jws.verify_hmac(token, SECRET)


@given(
    st.dictionaries(
        st.text(max_size=10), st.integers(-(2**52), 2**52) | st.text(max_size=30) | st.booleans(), max_size=6
    )
)
def test_what_was_signed_is_what_is_read(claims: dict[str, Any]) -> None:
    text = f"{part({'alg': 'HS256'})}.{part(claims)}"
    token = f"{text}.{encode(hmac.digest(SECRET, text.encode(), 'sha256')).decode()}"
    try:
        assert jws.verify_hmac(token, SECRET) == claims
    except JoseError:  # a lone surrogate is no text
        assert any("\ud800" <= sign <= "\udfff" for sign in json.dumps(claims, ensure_ascii=False))
