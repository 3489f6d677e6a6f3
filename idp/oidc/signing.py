"""Signing what we say, and proving that we said it: compact JWS with ES256.

The framing is ours, because it is on every token's way: the protected header of a key and a type is fixed text, so a
token is that text, its claims and one signature. Proving goes the same way back: only a header that equals, byte for
byte, one that we make finds a key, so an algorithm, a key or an extension named by a stranger is never even read.

Spec: RFC 7515 §5, RFC 7518 §3.4, RFC 7638 (kid), RFC 8725 §3.1, §3.11. Deliberately not here: what tokens say, which
keys are in force, algorithms other than ES256.
"""

import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from idp.errors import InvalidToken
from idp.model import SigningKey
from idp.secret import Secret

ALG = "ES256"
ENTROPY = 48
"""Octets of randomness for a new key: 128 bits more than the order has, so that the remainder is not skewed."""
LONGEST = 8192
"""Characters of a token that we could have made; longer ones are not looked at."""

REMEMBERED = 8192
"""Proved tokens of one key, some 600 octets each."""

_ES256 = ec.ECDSA(hashes.SHA256())
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")  # what base64url does not know becomes what no alphabet knows
_PADDING = (b"", b"=", b"==", b"===")


@dataclass(frozen=True, slots=True, eq=False)
class Signer:
    """A key in hand: parsed once."""

    kid: str
    private: ec.EllipticCurvePrivateKey
    public: ec.EllipticCurvePublicKey
    headers: dict[str, bytes] = field(default_factory=dict)
    """The encoded protected header of each type, with its dot."""
    proved: dict[bytes, bytes] = field(default_factory=dict)
    """Payloads of tokens that were proved lately, by the SHA-256 of the whole. Strangers cannot fill it."""

    def header(self, typ: str) -> bytes:
        made = self.headers.get(typ)
        if made is None:
            made = encode(orjson.dumps({"alg": ALG, "kid": self.kid, "typ": typ})) + b"."
            self.headers[typ] = made
        return made


_signers: dict[tuple[str, str], Signer] = {}


def sign(key: SigningKey, typ: str, claims: Mapping[str, object]) -> str:
    """A compact JWS of these claims. Spec: RFC 7515 §7.1."""
    signer = _signer(key)
    signed = signer.header(typ) + encode(orjson.dumps(claims))
    return (signed + b"." + encode(_fixed(signer.private.sign(signed, _ES256)))).decode("ascii")


def prove(token: str, typ: str, keys: Iterable[SigningKey]) -> dict[str, object]:
    """The claims of a token of this type that one of these keys signed. Nothing about time or content is checked.

    Raises: InvalidToken.
    Spec: RFC 7515 §5.2; RFC 8725 §3.11: a token of another type is not found.
    """
    if len(token) > LONGEST or not token.isascii() or token.count(".") != 2:
        raise InvalidToken("the token is not valid", "not a compact JWS of ours")
    header, payload, signature = token.encode("ascii").split(b".")
    for key in keys:
        signer = _signer(key)
        if signer.header(typ)[:-1] == header:
            claims: dict[str, object] = orjson.loads(_payload(signer, token, header + b"." + payload, signature))
            return claims
    raise InvalidToken("the token is not valid", f"no key of ours signs {typ} with that header")


def new_key(entropy: bytes, now: datetime, active_from: datetime) -> SigningKey:
    """A new ES256 key of 48 random octets. Spec: FIPS 186-5 A.2.1 (extra random bits), RFC 7638 (kid)."""
    if len(entropy) != ENTROPY:
        raise ValueError(f"{ENTROPY} octets")
    private = ec.derive_private_key(int.from_bytes(entropy, "big") % (_ORDER - 1) + 1, ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    point = {name: encode(value.to_bytes(32, "big")).decode() for name, value in (("x", numbers.x), ("y", numbers.y))}
    kid = encode(hashlib.sha256(orjson.dumps({"crv": "P-256", "kty": "EC", **point})).digest()).decode()
    jwk = {"kty": "EC", "crv": "P-256", **point, "kid": kid, "alg": ALG, "use": "sig"}
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey(kid, ALG, Secret(der), jwk, now, active_from)


def signing_key(keys: Iterable[SigningKey], now: datetime) -> SigningKey | None:
    """The newest key that is in force; None before the first is made."""
    live = [key for key in keys if key.alg == ALG and key.active_from <= now and not _retired(key, now)]
    return max(live, key=lambda key: (key.active_from, key.kid), default=None)


def published(keys: Iterable[SigningKey], now: datetime, overlap: timedelta) -> tuple[SigningKey, ...]:
    """Keys that verifiers must know: those to come, in force, and retired for less than `overlap`. Newest first."""
    shown = [key for key in keys if key.retired_at is None or now < key.retired_at + overlap]
    return tuple(sorted(shown, key=lambda key: (key.active_from, key.kid), reverse=True))


def encode(octets: bytes) -> bytes:
    """base64url without padding. Spec: RFC 7515 §2."""
    return binascii.b2a_base64(octets, newline=False).rstrip(b"=").translate(_TO_URL)


def decode(part: bytes) -> bytes:
    """The octets of base64url without padding; only the one right way to write them. Raises ValueError."""
    octets = binascii.a2b_base64(part.translate(_FROM_URL) + _PADDING[-len(part) % 4], strict_mode=True)
    if encode(octets) != part:  # unused bits that are set: a second spelling of the same token
        raise ValueError("not canonical")
    return octets


def _payload(signer: Signer, token: str, signed: bytes, signature: bytes) -> bytes:
    """The octets of a proved payload. The same token is looked at once: APIs ask about it again and again."""
    known_as = hashlib.sha256(token.encode("ascii")).digest()
    payload = signer.proved.get(known_as)
    if payload is not None:
        return payload
    try:
        signer.public.verify(_dss(decode(signature)), signed, _ES256)
    except (InvalidSignature, ValueError) as error:
        raise InvalidToken("the token is not valid", "signature") from error
    payload = decode(signed.partition(b".")[2])
    if len(signer.proved) >= REMEMBERED:
        signer.proved.clear()  # rarer and simpler than order; what is still in use is proved again
    signer.proved[known_as] = payload
    return payload


def _retired(key: SigningKey, now: datetime) -> bool:
    return key.retired_at is not None and key.retired_at <= now


def _signer(key: SigningKey) -> Signer:
    known_as = key.kid, key.public_jwk["x"]
    signer = _signers.get(known_as)
    if signer is None:
        private = load_der_private_key(key.private.reveal(), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            raise TypeError(f"key {key.kid} is not a P-256 key")
        signer = _signers[known_as] = Signer(key.kid, private, private.public_key())
    return signer


def _fixed(der: bytes) -> bytes:
    """DER → R ‖ S of 32 octets each: such small numbers have lengths of one octet. Spec: RFC 7518 §3.4."""
    end = 4 + der[3]
    return der[4:end].lstrip(b"\0").rjust(32, b"\0") + der[end + 2 :].lstrip(b"\0").rjust(32, b"\0")


def _dss(raw: bytes) -> bytes:
    if len(raw) != 64:
        raise ValueError("length")
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
