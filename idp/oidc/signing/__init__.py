"""Signing what we say, and proving that we said it: compact JWS, one key for each algorithm.

    signer.py    a key in hand: parsed once, with the headers that it writes
    new_key.py   a private key as we keep it and as verifiers read it
    schedule.py  which key signs, which are published, which is due

The framing is ours, because it is on every token's way: the protected header of a key and a type is fixed text, so a
token is that text, its claims and one signature. Proving goes the same way back: only a header that equals, byte for
byte, one that we make finds a key, so an algorithm, a key or an extension named by a stranger is never even read.

Spec: RFC 7515 §5, RFC 7518 §3, RFC 8037 §3.1, RFC 8725 §3.1, §3.11. Deliberately not here: what tokens say, tokens of
others (`idp.oidc.jose`), where private keys are made and kept.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from idp.errors import InvalidToken
from idp.model import SigningKey
from idp.oidc.jose.base64url import decode, encode
from idp.oidc.signing.new_key import ENTROPY, new_key
from idp.oidc.signing.schedule import due, in_force, offered, published
from idp.oidc.signing.signer import Outside, Signer, signer_of

__all__ = [
    "ALG",
    "ALGS",
    "ENTROPY",
    "decode",
    "due",
    "encode",
    "in_force",
    "new_key",
    "offered",
    "prove",
    "published",
    "sign",
]

ALG: Final = "ES256"
"""What we sign with when nobody asked for something else: smallest, and twenty times faster than RSA."""
ALGS: Final = ("ES256", "PS256", "EdDSA", "RS256")
"""All that we sign with, as discovery lists them."""
LONGEST = 8192
"""Characters of a token that we could have made; longer ones are not looked at."""
REMEMBERED = 8192
"""Proved tokens of one key, some 600 octets each."""


def sign(key: SigningKey, typ: str, claims: Mapping[str, object], outside: Outside | None = None) -> str:
    """A compact JWS of these claims.

    outside: signs with a key whose private part is kept elsewhere (PKCS#11).
    Raises: Unavailable: it is kept elsewhere, and cannot be reached.
    Spec: RFC 7515 §7.1.
    """
    signer = signer_of(key)
    signed = signer.header(typ) + encode(orjson.dumps(claims))
    return (signed + b"." + encode(signer.sign(signed, outside))).decode("ascii")


def prove(token: str, typ: str, keys: Iterable[SigningKey]) -> dict[str, Any]:
    """The claims of a token of this type that one of these keys signed. Nothing about time or content is checked.

    A revoked key proves nothing, whoever hands it in.
    Raises: InvalidToken.
    Spec: RFC 7515 §5.2; RFC 8725 §3.11: a token of another type is not found.
    """
    if len(token) > LONGEST or not token.isascii() or token.count(".") != 2:
        raise InvalidToken("the token is not valid", "not a compact JWS of ours")
    header, payload, signature = token.encode("ascii").split(b".")
    for key in keys:
        signer = signer_of(key)
        if signer.header(typ)[:-1] == header and not key.revoked:
            claims: dict[str, Any] = orjson.loads(_payload(signer, token, header + b"." + payload, signature))
            return claims
    raise InvalidToken("the token is not valid", f"no key of ours signs {typ} with that header")


def _payload(signer: Signer, token: str, signed: bytes, signature: bytes) -> bytes:
    """The octets of a proved payload. The same token is looked at once: APIs ask about it again and again."""
    known_as = hashlib.sha256(token.encode("ascii")).digest()
    payload = signer.proved.get(known_as)
    if payload is not None:
        return payload
    try:
        signer.verify(decode(signature), signed)
        payload = decode(signed.partition(b".")[2])
    except ValueError as error:
        raise InvalidToken("the token is not valid", "signature") from error
    if len(signer.proved) >= REMEMBERED:
        signer.proved.clear()  # rarer and simpler than order; what is still in use is proved again
    signer.proved[known_as] = payload
    return payload
