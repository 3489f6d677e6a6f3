"""A proof that whoever sends a request holds a key: made for this one request, just now, and good once.

Spec: RFC 9449 §4.2, §4.3, §7, §11.1. Deliberately not here: nonces, and what was spent (`idp.flows.possession`).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from idp.errors import InvalidDpopProof
from idp.oidc.jose import JoseError, jwk, jws
from idp.oidc.jose.base64url import encode

ALGS: Final = ("ES256", "PS256", "EdDSA", "Ed25519")
TYPE = "dpop+jwt"
WINDOW = timedelta(seconds=60)
"""How far `iat` may be from our clock, either way."""
LONGEST_JTI = 256
_ALGS, _TYPS = frozenset(ALGS), frozenset({TYPE})
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds. jkt: thumbprint of its key. life: for how long it could come again."""

    jkt: str
    jti: str
    nonce: str | None
    life: timedelta


def verify(proofs: tuple[str, ...], method: str, url: str, now: datetime, access_token: str | None = None) -> Proof:
    """The one proof of a request.

    Args:
        proofs: every `DPoP` header of it.
        url: the address that was called, as clients know it.
        access_token: the token that came with it, where one is shown.
    Raises: InvalidDpopProof.
    Spec: RFC 9449 §4.3.
    """
    if len(proofs) != 1:
        raise _bad("there must be one DPoP header")
    try:
        seen = jws.peek(proofs[0])
        key = jwk.read(seen.header.get("jwk", {}))
        claims = jws.verify_with(seen, key, _ALGS, _TYPS)
    except JoseError as error:
        raise _bad(str(error)) from error
    if claims.get("htm") != method or not _same_place(claims.get("htu"), url):
        raise _bad("htm or htu is of another request")
    if access_token is not None:
        _bound_to(claims, access_token)
    return Proof(key.thumbprint, _text(claims, "jti"), _nonce(claims), _life(claims, now))


def same_key(jkt: str | None, bound: str) -> bool:
    """Whether that thumbprint was proved."""
    return jkt is not None and hmac.compare_digest(jkt, bound)


def _life(claims: Mapping[str, Any], now: datetime) -> timedelta:
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        raise _bad("iat is missing or not a number")
    off = issued - now.timestamp()
    if abs(off) > WINDOW.total_seconds():
        raise _bad(f"iat is {off:.0f} s off")
    return timedelta(seconds=off + 1) + WINDOW


def _bound_to(claims: Mapping[str, Any], access_token: str) -> None:
    """Spec: RFC 9449 §4.3 step 12."""
    expected = encode(hashlib.sha256(access_token.encode("utf-8", "replace")).digest())
    found = claims.get("ath")
    if not isinstance(found, str) or not hmac.compare_digest(found.encode("utf-8", "replace"), expected):
        raise _bad("ath is not of this token")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_JTI:
        raise _bad(f"{name} is missing or too long")
    return value


def _nonce(claims: Mapping[str, Any]) -> str | None:
    return _text(claims, "nonce") if "nonce" in claims else None


def _same_place(htu: object, url: str) -> bool:
    return isinstance(htu, str) and (place := _place(htu)) is not None and place == _place(url)


@lru_cache(maxsize=1024)
def _place(url: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host and port without case and default, and the path; query and fragment do not count.

    Spec: RFC 9449 §4.3 step 9, RFC 3986 §6.2.2, §6.2.3.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or not url.isprintable():
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme], parts.path or "/"


def _bad(detail: str) -> InvalidDpopProof:
    """One sentence for every reason; the reason is for the log."""
    return InvalidDpopProof("the DPoP proof is not valid", detail)
