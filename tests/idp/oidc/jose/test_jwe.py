"""Envelopes: joserfc opens what we close with the right private key; a key for something else closes nothing."""

from typing import Any

import pytest
from joserfc import jwe as theirs
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.oidc.jose import JoseError, jwe, jwk

RSA = RSAKey.generate_key(2048)
CURVES = {name: ECKey.generate_key(name) for name in ("P-256", "P-384", "P-521")}
PAIRS = [("RSA-OAEP-256", RSA), *((alg, key) for alg in jwe.ALGS if alg != "RSA-OAEP-256" for key in CURVES.values())]


def public(key: RSAKey | ECKey | OKPKey, **more: Any) -> jwk.PublicKey:
    return jwk.read(key.as_dict(private=False) | more)


@pytest.mark.parametrize("enc", jwe.ENCS)
@pytest.mark.parametrize(("alg", "key"), PAIRS, ids=range(len(PAIRS)))
def test_whoever_holds_the_key_opens_it(alg: str, key: RSAKey | ECKey, enc: str) -> None:
    token = jwe.encrypt(b"secret", public(key, kid="k1"), alg, enc)
    seen = theirs.decrypt_compact(token, key, algorithms=[alg, enc])
    assert seen.plaintext == b"secret"
    assert {"alg": alg, "enc": enc, "cty": "JWT", "kid": "k1"}.items() <= seen.headers().items()
    assert "zip" not in seen.headers()


def test_no_two_are_alike_and_names_can_be_given() -> None:
    key = public(CURVES["P-256"])
    first, second = (jwe.encrypt(b"x", key, "ECDH-ES", kid="theirs", cty=None) for _ in range(2))
    assert first != second
    header = theirs.decrypt_compact(first, CURVES["P-256"], algorithms=["ECDH-ES", "A256GCM"]).headers()
    assert header["kid"] == "theirs" and "cty" not in header and header["enc"] == "A256GCM"


@pytest.mark.parametrize(
    ("key", "alg", "enc"),
    [
        (public(RSA), "RSA1_5", "A256GCM"),
        (public(RSA), "RSA-OAEP", "A256GCM"),
        (public(RSA), "dir", "A256GCM"),
        (public(RSA), "none", "A256GCM"),
        (public(RSA), "ECDH-ES", "A256GCM"),
        (public(CURVES["P-256"]), "RSA-OAEP-256", "A256GCM"),
        (public(RSA), "RSA-OAEP-256", "A192CBC"),
        (public(RSA), "RSA-OAEP-256", "none"),
        (public(RSA, use="sig"), "RSA-OAEP-256", "A256GCM"),
        (public(RSA, key_ops=["verify"]), "RSA-OAEP-256", "A256GCM"),
        (public(RSA, alg="RS256"), "RSA-OAEP-256", "A256GCM"),
        (public(OKPKey.generate_key("Ed25519")), "ECDH-ES", "A256GCM"),
    ],
    ids=range(12),
)
def test_what_does_not_fit_closes_nothing(key: jwk.PublicKey, alg: str, enc: str) -> None:
    with pytest.raises(JoseError):
        jwe.encrypt(b"x", key, alg, enc)
