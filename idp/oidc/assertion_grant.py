"""Assertions of other issuers that are presented as grants. Spec: RFC 7523 §3; RFC 8725 §3.1, §3.11.

Pure: which issuers are trusted, and that each assertion counts once, is the flow's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from idp.model import TrustedIssuer
from idp.oidc.jose import JoseError, jws
from idp.oidc.jose.jwk import PublicKey

SKEW = timedelta(seconds=30)
LONGEST = timedelta(minutes=60)
"""From now to `exp`, at most: what is presented is made for this."""
LONGEST_JTI = 256


@dataclass(frozen=True, slots=True)
class Said:
    """What a proved assertion says."""

    subject: str
    jti: str
    ends: datetime


def issuer_of(token: str) -> str:
    """Who it claims to come from; only good to look up whose keys must prove it. Raises JoseError."""
    named = jws.peek(token).claims.get("iss")
    if not isinstance(named, str):
        raise JoseError("iss is missing")
    return named


def kid_of(token: str) -> str | None:
    """Which key it claims; only good to know whether the issuer's keys must be read anew."""
    kid = jws.peek(token).header.get("kid")
    return kid if isinstance(kid, str) else None


def verify(token: str, keys: Sequence[PublicKey], issuer: TrustedIssuer, audience: str, now: datetime) -> Said:
    """Prove it by the issuer's keys and algorithms, and that it is for us and now.

    Raises: JoseError with what is wrong, for the log.
    """
    said = jws.verify(token, keys, issuer.algs)
    if said.get("iss") != issuer.issuer:
        raise JoseError("iss")
    if said.get("aud") not in (audience, [audience]):
        raise JoseError("aud is not this issuer alone")
    subject, jti = said.get("sub"), said.get("jti")
    if not isinstance(subject, str) or not subject:
        raise JoseError("sub is missing")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        raise JoseError("jti is missing or too long")
    return Said(subject, jti, _lives(said, now))


def _lives(said: dict[str, object], now: datetime) -> datetime:
    """When it ends."""
    ends = _moment(said, "exp")
    if ends is None or now >= ends or ends - now > LONGEST:
        raise JoseError("exp is missing, over, or too far ahead")
    for name in ("nbf", "iat"):
        begins = _moment(said, name)
        if begins is not None and begins > now + SKEW:
            raise JoseError(f"{name} is ahead")
    return ends


def _moment(said: dict[str, object], name: str) -> datetime | None:
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 40:
        raise JoseError(f"{name} is not a time")
    return datetime.fromtimestamp(value, UTC)
