"""Signing keys made by this process: of the right kind and size, written as verifiers read them."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from joserfc import jws
from joserfc.jwk import KeySet

from adapters.keys import RSA_BITS, SoftwareKeys
from idp.errors import InvalidToken, Unavailable
from idp.model import SigningKey
from idp.oidc.discovery import key_set
from idp.oidc.jose import jwk
from idp.oidc.signing import ALGS, prove, sign
from idp.secret import Secret

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MADE = {alg: SoftwareKeys().make(alg, NOW, NOW) for alg in ALGS}
CLAIMS = {"iss": "https://id.example", "name": "王伟"}


def test_a_key_for_every_algorithm_that_we_sign_with() -> None:
    assert SoftwareKeys.algs == ALGS
    for alg, key in MADE.items():
        read = jwk.read(key.public_jwk)
        assert (key.alg, read.alg, read.use, read.kid) == (alg, alg, "sig", key.kid)
        assert read.thumbprint == key.kid
        assert not jwk.PRIVATE & key.public_jwk.keys()
    with pytest.raises(ValueError, match="HS256"):
        SoftwareKeys().make("HS256", NOW, NOW)


def test_rsa_keys_are_as_long_as_they_should_be_and_never_shared() -> None:
    loaded = [load_der_private_key(MADE[alg].private.reveal(), None) for alg in ("RS256", "PS256")]
    for key in loaded:  # loaded with every check: our own parsing leaves one out
        assert isinstance(key, RSAPrivateKey)
        assert (key.key_size, key.public_key().public_numbers().e) == (RSA_BITS, 65537)
    assert MADE["RS256"].kid != MADE["PS256"].kid


@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_joserfc_agrees_about_every_algorithm(alg: str) -> None:
    known = KeySet.import_key_set(key_set(MADE.values()))  # type: ignore[arg-type]
    for number in range(16):
        token = sign(MADE[alg], "at+jwt", {**CLAIMS, "n": number})
        seen = jws.deserialize_compact(token, known, algorithms=[alg])
        assert seen.headers() == {"alg": alg, "kid": MADE[alg].kid, "typ": "at+jwt"}
        assert prove(token, "at+jwt", MADE.values()) == {**CLAIMS, "n": number}
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(InvalidToken):
            prove(changed, "at+jwt", MADE.values())


def test_a_key_in_a_token_is_away_when_the_settings_name_none() -> None:
    made = MADE["ES256"]
    outside = SigningKey("k", "ES256", Secret(b"pkcs11:token=t;id=%01"), made.public_jwk | {"kid": "k"}, NOW, NOW)
    with pytest.raises(Unavailable, match="pkcs11_module"):
        sign(outside, "JWT", {}, SoftwareKeys().sign)
    with pytest.raises(TypeError):
        sign(outside, "JWT", {})


def test_a_key_of_another_kind_than_its_algorithm_signs_nothing() -> None:
    for alg, other in (("ES256", "RS256"), ("RS256", "EdDSA"), ("EdDSA", "ES256")):
        wrong = SigningKey("k", alg, MADE[other].private, MADE[other].public_jwk | {"alg": alg}, NOW, NOW)
        with pytest.raises(TypeError):
            sign(wrong, "JWT", {})
