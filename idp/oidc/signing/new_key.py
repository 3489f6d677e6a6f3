"""A key as we keep it and as verifiers read it. Spec: RFC 7517 §4, RFC 7518 §6, RFC 7638 (kid), RFC 8037 §2.

Each key is for one algorithm, and says so: RS256 and PS256 never share one (RFC 8725 §3.1). Deliberately not here:
where its randomness comes from.
"""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from idp.model import SigningKey
from idp.oidc.jose import jwk
from idp.oidc.jose.base64url import encode, uint
from idp.secret import Secret

ENTROPY = 48
"""Octets of randomness for a new P-256 key: 128 bits more than the order, so that the remainder is not skewed."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

PrivateKey = ec.EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey


def new_key(entropy: bytes, now: datetime, active_from: datetime) -> SigningKey:
    """A new ES256 key of 48 random octets. Spec: FIPS 186-5 A.2.1 (extra random bits)."""
    if len(entropy) != ENTROPY:
        raise ValueError(f"{ENTROPY} octets")
    private = ec.derive_private_key(int.from_bytes(entropy, "big") % (_ORDER - 1) + 1, ec.SECP256R1())
    return kept("ES256", private, now, active_from)


def kept(alg: str, private: PrivateKey, now: datetime, active_from: datetime) -> SigningKey:
    """A private key of ours, with its public half beside it."""
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return referred(alg, der, members(private.public_key()), now, active_from)


def referred(alg: str, private: bytes, public: dict[str, str], now: datetime, active_from: datetime) -> SigningKey:
    """The same for a key that may be kept elsewhere: `private` is PKCS#8, or a reference (RFC 7512) to it."""
    kid = jwk.thumbprint(public)
    said = {**public, "kid": kid, "alg": alg, "use": "sig"}
    return SigningKey(kid, alg, Secret(private), said, now, active_from)


def members(public: jwk.Key) -> dict[str, str]:
    """The required members of a public key, and no others: what its thumbprint is made of."""
    if isinstance(public, Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": encode(public.public_bytes_raw()).decode("ascii")}
    if isinstance(public, ec.EllipticCurvePublicKey):
        numbers = public.public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": uint(numbers.x, 32), "y": uint(numbers.y, 32)}
    rsa = public.public_numbers()
    return {"kty": "RSA", "n": uint(rsa.n), "e": uint(rsa.e)}
