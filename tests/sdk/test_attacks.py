"""What a forger tries: other algorithms, other keys, other types, other audiences, garbage. All end in InvalidToken."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from gerege_verify import InvalidToken, Verifier, VerifyError
from gerege_verify.jwk import read_keys

from .conftest import AUDIENCE, ISSUER, KEYS, Clock, Issuer, segment


def refused(verifier: Verifier, token: str) -> str:
    with pytest.raises(InvalidToken) as caught:
        verifier.verify(token, audience=AUDIENCE)
    assert caught.value.status == 401
    return caught.value.reason


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", "HS256", "ES384", "RS256", "EdDSA", "PS256", "ES256K"])
def test_an_algorithm_that_is_not_the_keys_is_refused(alg: str, issuer: Issuer, verifier: Verifier) -> None:
    _, payload, signature = issuer.token().split(".")
    head = segment({"alg": alg, "kid": "k1", "typ": "at+jwt"})
    assert refused(verifier, f"{head}.{payload}.{signature}") == "unknown key or algorithm"
    assert refused(verifier, f"{head}.{payload}.") == "not a compact JWS"


def test_the_public_key_is_no_hmac_secret(issuer: Issuer, verifier: Verifier) -> None:
    issuer.keys = {"k1": KEYS["RS256"]}
    signed = f"{segment({'alg': 'HS256', 'kid': 'k1', 'typ': 'at+jwt'})}.{segment(issuer.claims())}"
    for secret in (
        KEYS["RS256"].as_pem(private=False),  # type: ignore[union-attr]
        json.dumps(issuer.jwk("k1")).encode(),
    ):
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        assert refused(verifier, f"{signed}.{segment(mac)}") == "unknown key or algorithm"


def test_a_symmetric_key_in_the_set_is_never_used(issuer: Issuer, verifier: Verifier) -> None:
    issuer.extra_jwks = [{**KEYS["HS256"].as_dict(private=True), "kid": "h"}]
    assert refused(verifier, issuer.sign(issuer.claims(), kid="h", alg="HS256", key=KEYS["HS256"])) != ""


def test_a_key_bound_to_one_algorithm_serves_no_other(issuer: Issuer) -> None:
    jwk = {**KEYS["RS256"].as_dict(private=False), "kid": "r", "alg": "PS256"}
    assert set(read_keys({"keys": [jwk]})) == {("r", "PS256")}


@pytest.mark.parametrize(
    "change",
    [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"key_ops": "verify"}, {"kid": None}, {"x": "AA"}, {"y": 7},
     {"kty": None}, {"crv": "P-384"}, {"alg": "HS256"}, {"x": "_" * 43}],
)  # fmt: skip
def test_a_key_that_is_not_for_us_is_skipped_and_the_others_stay(change: dict[str, object], issuer: Issuer) -> None:
    bad = {**issuer.jwk("k1"), "kid": "bad", **change}
    assert set(read_keys({"keys": [bad, None, [], issuer.jwk("k1")]})) == {("k1", "ES256")}


def test_a_weak_rsa_key_is_never_used() -> None:
    weak = RSAKey.generate_key(1024, auto_kid=True)
    assert read_keys({"keys": [weak.as_dict(private=False)]}) == {}


def test_keys_that_a_token_brings_along_are_not_read(issuer: Issuer, verifier: Verifier) -> None:
    mine = ECKey.generate_key("P-256")
    for brought in (
        {"jwk": mine.as_dict(private=False)},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["MIIB"]},
    ):
        before = len(issuer.fetched)
        assert refused(verifier, issuer.sign(issuer.claims(), key=mine, **brought)) == "signature"
        assert all(url.startswith(ISSUER) for url in issuer.fetched[before:])


def test_critical_extensions_are_refused(issuer: Issuer, verifier: Verifier) -> None:
    for critical in (["exp"], ["jku"], ["b64"], [], None):
        head = segment({"alg": "ES256", "kid": "k1", "typ": "at+jwt", "crit": critical})
        assert refused(verifier, f"{head}.e30.AAAA") == "critical extension"


def test_a_header_name_twice_is_refused(verifier: Verifier) -> None:
    head = segment(b'{"alg":"none","alg":"ES256","kid":"k1","typ":"at+jwt"}')
    assert refused(verifier, f"{head}.e30.AAAA") == "not JSON"


@pytest.mark.parametrize("kid", ["other", "", "../k1", "k1\x00", "K1", "k1 ", "' OR 1=1 --"])
def test_a_kid_that_is_not_published_finds_nothing(kid: str, issuer: Issuer, verifier: Verifier) -> None:
    token = issuer.sign(issuer.claims(), kid="k1")
    head = segment({"alg": "ES256", "kid": kid, "typ": "at+jwt"})
    assert refused(verifier, ".".join((head, *token.split(".")[1:]))) == "unknown key or algorithm"


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "logout+jwt", "id+jwt", "secevent+jwt", "application/jwt"])
def test_another_type_is_refused_even_when_the_claims_fit(typ: object, issuer: Issuer, verifier: Verifier) -> None:
    refused(verifier, issuer.sign(issuer.claims(), typ=typ))


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_the_type_is_a_media_type(typ: str, issuer: Issuer, verifier: Verifier) -> None:
    assert verifier.verify(issuer.sign(issuer.claims(), typ=typ), audience=AUDIENCE).subject == "s-1"


def test_an_id_token_is_no_access_token(issuer: Issuer, verifier: Verifier) -> None:
    now = int(issuer.clock().timestamp())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "s-1", "iat": now, "exp": now + 300, "nonce": "n"}
    assert refused(verifier, issuer.sign(claims, typ="JWT")) == "typ jwt"
    assert refused(verifier, issuer.sign(claims, typ=None)) == "header without kid, alg or typ"


@pytest.mark.parametrize(
    ("name", "value"),
    [("iss", "https://evil.example"), ("iss", ISSUER + "/"), ("iss", None), ("aud", "urn:example:docs"), ("aud", None),
     ("aud", []), ("aud", AUDIENCE + "2"), ("aud", AUDIENCE[:-1]), ("aud", AUDIENCE.upper()), ("aud", {AUDIENCE: 1}),
     ("aud", [AUDIENCE, 7]), ("sub", None), ("sub", ""), ("sub", 5), ("client_id", None), ("jti", None), ("exp", None),
     ("exp", "9999999999"), ("exp", True), ("exp", 1e300), ("exp", -1), ("iat", None), ("iat", "now"), ("nbf", "now"),
     ("scope", ["payroll.read"]), ("acr", 3), ("auth_time", "yesterday"), ("auth_time", 1e18),
     ("cnf", {"jkt": "x"})],
)  # fmt: skip
def test_a_wrong_claim_is_refused(name: str, value: object, issuer: Issuer, verifier: Verifier) -> None:
    assert verifier.verify(issuer.token(), audience=AUDIENCE)
    assert refused(verifier, issuer.token(**{name: value})).startswith(name if name != "aud" else "aud")


def test_one_of_several_audiences_is_enough(issuer: Issuer, verifier: Verifier) -> None:
    assert verifier.verify(issuer.token(aud=["urn:x", AUDIENCE]), audience=AUDIENCE).audience == ("urn:x", AUDIENCE)


@pytest.mark.parametrize(
    "payload",
    [b"[]", b"7", b"null", b"{", b"\xff", b'{"exp":NaN}', b"[" * 5000, b"9" * 5000, b"{}{}", b"{} x", b"", b" "],
)
def test_a_signed_payload_that_is_no_object_is_refused(payload: bytes, issuer: Issuer, verifier: Verifier) -> None:
    assert refused(verifier, issuer.sign(payload)).startswith("not ")


def test_white_space_around_a_payload_is_json_too(issuer: Issuer, verifier: Verifier) -> None:
    payload = b" \r\n\t" + json.dumps(issuer.claims()).encode() + b"\n "
    assert verifier.verify(issuer.sign(payload), audience=AUDIENCE).subject == "s-1"


@given(text=st.text() | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
@settings(max_examples=300, deadline=None)
def test_garbage_raises_only_our_errors(text: str) -> None:
    clock = Clock()
    verifier = Verifier(ISSUER, clock=clock, fetch=Issuer(clock).fetch)
    with pytest.raises(VerifyError):
        verifier.verify(text, audience=AUDIENCE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_CLOCK = Clock()
_ISSUER = Issuer(_CLOCK)


@given(name=st.sampled_from(sorted(_ISSUER.claims())), value=JSON)
@settings(max_examples=150, deadline=None)
def test_a_signed_claim_of_any_shape_raises_only_our_errors(name: str, value: object) -> None:
    verifier = Verifier(ISSUER, clock=_CLOCK, fetch=_ISSUER.fetch)
    try:
        accepted = verifier.verify(_ISSUER.sign({**_ISSUER.claims(), name: value}), audience=AUDIENCE)
    except VerifyError:
        return
    assert AUDIENCE in accepted.audience and accepted.subject and accepted.claims["iss"] == ISSUER


@given(header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk"]), JSON), value=JSON)
@settings(max_examples=150, deadline=None)
def test_a_header_of_any_shape_raises_only_our_errors(header: dict[str, object], value: object) -> None:
    verifier = Verifier(ISSUER, clock=_CLOCK, fetch=_ISSUER.fetch)
    with pytest.raises(VerifyError):
        verifier.verify(f"{segment(header)}.{segment(value)}.AAAA", audience=AUDIENCE)


@given(document=JSON, keys=st.lists(JSON))
@settings(max_examples=100, deadline=None)
def test_a_key_set_of_any_shape_is_read_or_refused(document: object, keys: list[object]) -> None:
    assert read_keys({"keys": keys}) == {}
    with pytest.raises(ValueError, match="not a JWK Set"):
        read_keys(document if not (isinstance(document, dict) and "keys" in document) else None)


def test_what_is_too_long_is_not_parsed(issuer: Issuer, verifier: Verifier) -> None:
    assert refused(verifier, issuer.token(padding="x" * 20_000)) == "not a compact JWS"


def test_nothing_but_a_string_is_a_token(verifier: Verifier) -> None:
    for value in (None, b"a.b.c", 7):
        refused(verifier, value)  # type: ignore[arg-type]
