"""One signed token, taken apart and its signature proved: compact JWS with keys that are already in hand.

The algorithm comes from the key, never from the token alone: a key is filed under (kid, alg), so a header that names an
algorithm which does not belong to the key finds no key. Keys named inside a token (`jku`, `jwk`, `x5u`, `x5c`) are
never read, and a token with any critical extension is refused.

Spec: RFC 7515 §5.2, RFC 7518 §3, RFC 8037 §3.1, RFC 9864 §2.2, RFC 8725 §3. Deliberately not here: `none`, HMAC,
encryption, JSON serialization, detached payloads.
"""

import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .errors import InvalidToken

MAX_TOKEN_CHARACTERS = 16_384
# To the standard alphabet; what base64url does not know becomes a sign that no alphabet knows.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
_PADDING = (b"", b"=", b"==", b"===")
_SHA256 = hashes.SHA256()
_ECDSA_SHA256 = ec.ECDSA(_SHA256)
_PKCS1 = padding.PKCS1v15()
_PSS = padding.PSS(padding.MGF1(_SHA256), _SHA256.digest_size)

Proof = Callable[[bytes, bytes], None]  # (signing input, signature); raises InvalidSignature or ValueError


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """One public key for one algorithm. `prove` raises unless the signature is of this key."""

    kid: str
    alg: str
    prove: Proof


@dataclass(frozen=True, slots=True)
class Header:
    """The believed part of a JOSE header: which key, algorithm and type (lower case, no `application/`)."""

    kid: str
    alg: str
    typ: str


class Compact(NamedTuple):
    """A token in its three parts; nothing in it is proved yet."""

    header: str
    payload: str
    signature: str

    def signing_input(self) -> bytes:
        return f"{self.header}.{self.payload}".encode("ascii")


def split(token: str) -> Compact:
    """Take a compact JWS apart; the alphabet of each part is checked where the part is decoded.

    Raises:
        InvalidToken: too long, or not three parts.
    Spec: RFC 7515 §7.1, §5.2 step 1.
    """
    parts = token.split(".", 3) if isinstance(token, str) and len(token) <= MAX_TOKEN_CHARACTERS else ()
    if len(parts) != 3 or not all(parts):
        raise InvalidToken("not a compact JWS")
    return Compact(*parts)


def read_header(part: str) -> Header:
    """Read what a header claims about the key.

    Raises:
        InvalidToken: not a JSON object with unique names, no kid or alg, or any critical extension.
    Spec: RFC 7515 §4, §4.1.11; RFC 8725 §3.11.
    """
    header = _object(part, _HEADER)
    kid, alg, typ = header.get("kid"), header.get("alg"), header.get("typ")
    if not (isinstance(kid, str) and isinstance(alg, str) and isinstance(typ, str)):
        raise InvalidToken("header without kid, alg or typ")
    if "crit" in header:  # we understand no extension, and RFC 7515 §4.1.11 says to refuse what is not understood
        raise InvalidToken("critical extension")
    return Header(kid, alg, typ.lower().removeprefix("application/"))


def read_claims(part: str) -> dict[str, Any]:
    """Read a payload whose signature is already proved. Raises InvalidToken when it is not a JSON object."""
    return _object(part, _CLAIMS)


def prove(key: Key, compact: Compact) -> None:
    """Prove that the holder of `key` signed this. Raises InvalidToken. Spec: RFC 7515 §5.2 step 8."""
    try:
        key.prove(compact.signing_input(), decode(compact.signature))
    except (InvalidSignature, ValueError) as error:
        raise InvalidToken("signature") from error


def decode(part: str) -> bytes:
    """base64url without padding → octets. Raises ValueError, also for other characters. Spec: RFC 7515 §2."""
    return binascii.a2b_base64(
        part.encode("ascii").translate(_TO_STANDARD) + _PADDING[-len(part) % 4], strict_mode=True
    )


def es256(key: ec.EllipticCurvePublicKey) -> Proof:
    """Spec: RFC 7518 §3.4: R and S as 32 octets each, big-endian; any other length is refused."""

    def prove(signed: bytes, signature: bytes) -> None:
        if len(signature) != 64:
            raise ValueError("length")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        key.verify(encode_dss_signature(r, s), signed, _ECDSA_SHA256)

    return prove


def eddsa(key: ed25519.Ed25519PublicKey) -> Proof:
    """Spec: RFC 8037 §3.1."""
    return lambda signed, signature: key.verify(signature, signed)


def rs256(key: rsa.RSAPublicKey) -> Proof:
    """Spec: RFC 7518 §3.3."""
    return lambda signed, signature: key.verify(signature, signed, _PKCS1, _SHA256)


def ps256(key: rsa.RSAPublicKey) -> Proof:
    """Spec: RFC 7518 §3.5: the salt is as long as the hash."""
    return lambda signed, signature: key.verify(signature, signed, _PSS, _SHA256)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name twice")
    return names


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_HEADER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
_CLAIMS = json.JSONDecoder(parse_constant=_no_constant)


def _object(part: str, decoder: json.JSONDecoder) -> dict[str, Any]:
    try:
        text = decode(part).decode("utf-8").strip(" \t\r\n")
        value, end = decoder.raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise InvalidToken("not JSON") from error
    if not isinstance(value, dict) or end != len(text):
        raise InvalidToken("not a JSON object")
    return value
