"""Signing keys made by this process, from the operating system's randomness: `idp.ports.KeyMaker` without a token.

RSA keys have 2048 bits: good until 2030 (NIST SP 800-57 Part 1, table 2) for signatures that are believed for minutes,
by keys that sign for three months, and three times as many signatures a second as with 3072.
"""

import os
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from idp.errors import Unavailable
from idp.model import SigningKey
from idp.oidc.signing import ALGS
from idp.oidc.signing.new_key import ENTROPY, kept, new_key

RSA_BITS = 2048
EXPONENT = 65537


class SoftwareKeys:
    """The private half is handed back, and sealed by whoever keeps it."""

    algs = ALGS

    def make(self, alg: str, now: datetime, active_from: datetime) -> SigningKey:
        if alg == "ES256":
            return new_key(os.urandom(ENTROPY), now, active_from)
        if alg == "EdDSA":
            return kept(alg, Ed25519PrivateKey.generate(), now, active_from)
        if alg in ("RS256", "PS256"):
            return kept(alg, rsa.generate_private_key(EXPONENT, RSA_BITS), now, active_from)
        raise ValueError(f"no key is made for {alg}")

    def sign(self, key: SigningKey, signed: bytes) -> bytes:
        raise Unavailable("keys", f"key {key.kid} is kept in a token, and the settings name none (keys.pkcs11_module)")
