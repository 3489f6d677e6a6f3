"""From a published JWK to key objects, each filed under the (kid, alg) that it may be used for.

Spec: RFC 7517 §4, §5; RFC 7518 §6; RFC 8037 §2. A key we cannot use is skipped, as RFC 7517 §5 asks: a new kind of key
in the set must not stop the others. Symmetric keys, weak RSA keys and other curves are never used.
"""

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from . import jws

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192  # a larger modulus only serves to make us slow
MAX_KEYS = 64


def read_keys(document: Any) -> dict[tuple[str, str], jws.Key]:
    """Read a JWK Set.

    Args:
        document: the parsed JSON.
    Returns:
        (kid, alg) → Key; the first of two with the same name counts.
    Raises:
        ValueError: it is no JWK Set.
    Spec: RFC 7517 §5.
    """
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("not a JWK Set")
    keys: dict[tuple[str, str], jws.Key] = {}
    for jwk in document["keys"][:MAX_KEYS]:
        for key in _usable(jwk):
            keys.setdefault((key.kid, key.alg), key)
    return keys


def _usable(jwk: Any) -> list[jws.Key]:
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str) or not _for_signatures(jwk):
        return []
    try:
        proofs = _proofs(jwk)
    except (KeyError, TypeError, ValueError, AttributeError, UnsupportedAlgorithm):
        return []
    bound = jwk.get("alg")
    return [jws.Key(jwk["kid"], alg, proof) for alg, proof in proofs.items() if bound in (None, alg)]


def _for_signatures(jwk: Mapping[str, Any]) -> bool:
    operations = jwk.get("key_ops", ["verify"])
    return jwk.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _proofs(jwk: Mapping[str, Any]) -> dict[str, jws.Proof]:
    """Which algorithms belong to this kind of key: the whole allow-list, in one place. Spec: RFC 8725 §3.1."""
    match jwk["kty"], jwk.get("crv"):
        case "EC", "P-256":
            return {"ES256": jws.es256(_p256(jwk))}
        case "OKP", "Ed25519":
            proof = jws.eddsa(ed25519.Ed25519PublicKey.from_public_bytes(jws.decode(jwk["x"])))
            return {"EdDSA": proof, "Ed25519": proof}
        case "RSA", None:
            key = _rsa(jwk)
            return {"RS256": jws.rs256(key), "PS256": jws.ps256(key)}
    return {}


def _p256(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    x, y = jws.decode(jwk["x"]), jws.decode(jwk["y"])
    if len(x) != 32 or len(y) != 32:
        raise ValueError("coordinate length")
    # from_encoded_point refuses a point that is not on the curve.
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)


def _rsa(jwk: Mapping[str, Any]) -> rsa.RSAPublicKey:
    n, e = (int.from_bytes(jws.decode(jwk[name]), "big") for name in ("n", "e"))
    if not MIN_RSA_BITS <= n.bit_length() <= MAX_RSA_BITS or not 2 < e < 2**33:
        raise ValueError("RSA key size")
    return rsa.RSAPublicNumbers(e, n).public_key()
