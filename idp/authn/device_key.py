"""The key of a trusted browser: P-256, made there, never exportable; it signs a challenge of ours.

What it is for: a stolen cookie alone is not the device. Obeys: RFC 7517 §4, RFC 7518 §3.4 (r and s, 32 octets each) and
§6.2.1 (the public key), W3C Web Cryptography §23 (ECDSA).
Does not: make challenges, keep keys, or say how long a device is trusted.
"""

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from idp.errors import ProofRejected

CONTEXT = b"gerege trusted device\0"
"""Goes before the challenge, so that what is signed here is good for nothing else."""
LONGEST = 512
_OCTETS = 32


def read(text: str) -> dict[str, str]:
    """The public key of a form, and nothing else of it. Raises ProofRejected: no P-256 key.

    Spec: RFC 7517 §4, RFC 7518 §6.2.1.
    """
    try:
        given = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError) as error:
        raise ProofRejected("shape") from error
    if not isinstance(given, dict) or (given.get("kty"), given.get("crv")) != ("EC", "P-256"):
        raise ProofRejected("shape")
    key = {"kty": "EC", "crv": "P-256", "x": str(given.get("x")), "y": str(given.get("y"))}
    _public(key)
    return key


def verify(key: Mapping[str, str], challenge: bytes, signature: bytes) -> None:
    """The browser that holds this key has signed this challenge. Raises ProofRejected. Spec: RFC 7518 §3.4."""
    if len(signature) != 2 * _OCTETS:
        raise ProofRejected("shape")
    r, s = (int.from_bytes(part, "big") for part in (signature[:_OCTETS], signature[_OCTETS:]))
    try:
        _public(key).verify(encode_dss_signature(r, s), CONTEXT + challenge, ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise ProofRejected("device signature") from error


def _public(key: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    x, y = (decoded(key[name]) for name in ("x", "y"))
    if len(x) != _OCTETS or len(y) != _OCTETS:
        raise ProofRejected("shape")
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    try:
        return numbers.public_key()
    except ValueError as error:  # no point of the curve
        raise ProofRejected("shape") from error


def decoded(text: str) -> bytes:
    """Base64url without padding. Raises ProofRejected. Spec: RFC 7515 §2."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise ProofRejected("shape") from error
