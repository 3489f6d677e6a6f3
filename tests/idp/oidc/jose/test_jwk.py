"""Keys as others write them: what is read, what is refused, and that thumbprints are those of RFC 7638."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idp.oidc.jose import JoseError
from idp.oidc.jose.base64url import decode, encode, uint
from idp.oidc.jose.jwk import MOST_KEYS, read, read_set, thumbprint

RSA, EC, ED = RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")
KEYS: dict[str, RSAKey | ECKey | OKPKey] = {
    "RSA": RSA,
    "EC": EC,
    "OKP": ED,
    "P-384": ECKey.generate_key("P-384"),
    "P-521": ECKey.generate_key("P-521"),
}


def public(name: str, **more: Any) -> dict[str, Any]:
    return dict(KEYS[name].as_dict(private=False)) | more


RFC_7638_N = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM"
    "stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5"
    "hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)


def test_the_example_of_rfc_7638() -> None:
    """§3.1."""
    key = read({"kty": "RSA", "n": RFC_7638_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert (key.kid, key.kty, key.alg, key.use, key.curve) == ("2011-04-29", "RSA", "RS256", None, None)


def test_the_example_of_rfc_8037() -> None:
    """Appendix A.3."""
    key = read({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    assert key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("name", KEYS)
def test_joserfc_finds_the_same_thumbprint(name: str) -> None:
    assert read(public(name)).thumbprint == KEYS[name].thumbprint()


def test_a_key_is_parsed_once() -> None:
    assert read(public("RSA")).key is read(public("RSA", extra="ignored")).key
    assert read(public("RSA", kid="a")).kid == "a" and read(public("RSA", kid="b")).kid == "b"


@pytest.mark.parametrize(
    ("operations", "use"),
    [(["verify"], "sig"), (["wrapKey"], "enc"), (["deriveKey"], "enc"), (["sign"], "none"), ([], "none")],
)
def test_operations_say_the_use(operations: list[str], use: str) -> None:
    assert read(public("RSA", key_ops=operations)).use == use
    assert read(public("RSA", key_ops=operations, use="sig")).use == "sig"


def rsa_with(n: int, e: int = 65537) -> dict[str, Any]:
    return {"kty": "RSA", "n": uint(n), "e": uint(e)}


N = int.from_bytes(decode(public("RSA")["n"].encode()), "big")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TAIL = {char: ALPHABET[at + 1] for at, char in enumerate(ALPHABET) if at % 4 == 0}
"""The last character of 32 octets carries two bits that mean nothing."""
REFUSED: dict[str, dict[str, Any]] = {
    "symmetric": OctKey.generate_key(256).as_dict(),
    "private EC": EC.as_dict(private=True),
    "private RSA": RSA.as_dict(private=True),
    "private OKP": ED.as_dict(private=True),
    "d alone": public("EC", d=None),
    "no kty": {"n": "AQAB", "e": "AQAB"},
    "kty in another case": public("RSA", kty="rsa"),
    "kty is a list": public("RSA", kty=["RSA"]),
    "1024 bits": rsa_with((1 << 1023) + 1),
    "2047 bits": rsa_with((1 << 2046) + 1),
    "16384 bits": rsa_with((1 << 16383) + 1),
    "even modulus": rsa_with(N - 1),
    "exponent 1": rsa_with(N, 1),
    "exponent 3": rsa_with(N, 3),
    "even exponent": rsa_with(N, 65538),
    "huge exponent": rsa_with(N, (1 << 64) + 1),
    "exponent zero": public("RSA", e="AA"),
    "no exponent": public("RSA", e=""),
    "leading zeros in n": public("RSA", n=encode(b"\0" + decode(public("RSA")["n"].encode())).decode()),
    "leading zeros in e": public("RSA", e="AAEAAQ"),
    "padding": public("RSA", e="AQAB="),
    "n with spaces": public("RSA", n=public("RSA")["n"] + " "),
    "unknown curve": public("EC", crv="secp256k1"),
    "another curve": public("EC", crv="P-384"),
    "no curve": public("EC", crv=None),
    "off the curve": public("EC", y=public("EC")["x"]),
    "the point at infinity": public("EC", x="A" * 43, y="A" * 43),
    "short coordinate": public("EC", x=public("EC")["x"][:-4]),
    "long coordinate": public("EC", x=encode(b"\0" + decode(public("EC")["x"].encode())).decode()),
    "not canonical": public("EC", x=public("EC")["x"][:-1] + TAIL[public("EC")["x"][-1]]),
    "Ed448": {"kty": "OKP", "crv": "Ed448", "x": "A" * 76},
    "X25519": OKPKey.generate_key("X25519").as_dict(private=False),
    "short Ed25519": public("OKP", x="AAAA"),
    "kid is a number": public("EC", kid=7),
    "kid is long": public("EC", kid="k" * 257),
    "alg is a list": public("EC", alg=["ES256"]),
    "use is a number": public("EC", use=1),
    "key_ops is text": public("EC", key_ops="verify"),
    "not ASCII": public("EC", x="é" * 43),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    with pytest.raises(JoseError):
        read(REFUSED[name])


@pytest.mark.parametrize("value", [None, [], "key", 7, [["kty", "EC"]]])
def test_a_key_is_an_object(value: Any) -> None:
    with pytest.raises(JoseError):
        read(value)


def test_a_set_passes_over_what_it_cannot_use() -> None:
    keys = read_set({"keys": [REFUSED["symmetric"], public("EC", kid="a"), "rubbish", None, public("OKP", kid="b")]})
    assert [key.kid for key in keys] == ["a", "b"]
    assert read_set({"keys": []}) == ()


@pytest.mark.parametrize(
    "value", [None, [], {}, {"keys": None}, {"keys": {}}, {"keys": "x"}, {"keys": [{}] * (MOST_KEYS + 1)}]
)
def test_not_a_set(value: Any) -> None:
    with pytest.raises(JoseError):
        read_set(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)
MEMBERS = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use", "key_ops", "x5c"])


@given(st.sampled_from(sorted(KEYS)), st.dictionaries(MEMBERS, JSON, max_size=5))
def test_whatever_the_members_are_only_a_jose_error(name: str, members: dict[str, Any]) -> None:
    for jwk in (members, public(name) | members):
        with suppress(JoseError):
            assert read(jwk).thumbprint
        read_set({"keys": [jwk]})


@given(st.sampled_from(["x", "y", "n", "e"]), st.binary(max_size=300), st.sampled_from(sorted(KEYS)))
def test_whatever_the_octets_are_only_a_jose_error(member: str, octets: bytes, name: str) -> None:
    try:
        key = read(public(name) | {member: encode(octets).decode()})
    except JoseError:
        return
    assert thumbprint(json.loads(json.dumps({"kty": key.kty}))) != key.thumbprint
