"""What an accepted access token says, and the questions that an API asks of it.

Spec: RFC 9068 §2.2, §4; RFC 9470 §4, §5. Deliberately not here: signatures (`jws`), where keys come from (`keys`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from .errors import ExpiredToken, InsufficientScope, InsufficientUserAuthentication, InvalidToken

_T = TypeVar("_T", str, None)

# Weakest first: each value is worth all those before it.
ACR_ORDER = ("urn:gerege:aal1", "urn:gerege:aal2", "urn:gerege:aal2-phr", "urn:gerege:aal3")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token whose signature and claims were accepted. `claims` holds all of them, read-only."""

    subject: str
    client_id: str
    token_id: str
    audience: tuple[str, ...]
    scope: frozenset[str]
    acr: str | None
    claims: Mapping[str, Any]

    @property
    def expires_at(self) -> datetime:
        return _moment(self.claims["exp"])

    @property
    def auth_time(self) -> datetime | None:
        """When the person last proved who they are; None when the issuer does not say."""
        return _moment(self.claims["auth_time"]) if "auth_time" in self.claims else None

    def require_audience(self, audience: str) -> None:
        """Raises InvalidToken unless the token was made for this API, to the letter. Spec: RFC 9068 §4."""
        if audience not in self.audience:
            raise InvalidToken("audience")

    def require_scope(self, needed: frozenset[str]) -> None:
        """Raises InsufficientScope unless every needed permission is carried. Spec: RFC 6750 §3.1."""
        if not needed <= self.scope:
            raise InsufficientScope(needed)

    def require_authentication(
        self, acr: str | None, max_age: timedelta | None, *, now: datetime, leeway: timedelta, order: tuple[str, ...]
    ) -> None:
        """Raises InsufficientUserAuthentication unless the sign-in was strong and recent enough. Spec: RFC 9470 §5."""
        acr_values = (acr,) if acr is not None else ()
        if acr is not None and (self.acr not in order or order.index(self.acr) < order.index(acr)):
            raise InsufficientUserAuthentication(acr_values, max_age, reason=f"acr {self.acr}")
        if max_age is not None and (self.auth_time is None or now - self.auth_time > max_age + leeway):
            raise InsufficientUserAuthentication(acr_values, max_age, reason=f"auth_time {self.auth_time}")


def read_token(claims: dict[str, Any], issuer: str) -> Token:
    """Read proved claims into a Token; every claim that RFC 9068 requires must be there and of its type.

    Raises:
        InvalidToken: another issuer, a claim missing or of a wrong type, or bound to a key that nobody here checks.
    Spec: RFC 9068 §2.2, §4.
    """
    if claims.get("iss") != issuer:
        raise InvalidToken("iss")
    if "cnf" in claims:  # sender-constrained: as a bearer token it is in the wrong hands. RFC 9449 §7.2, RFC 8705 §3
        raise InvalidToken("cnf")
    read_times(claims)
    return Token(
        read_text(claims, "sub"),
        read_text(claims, "client_id"),
        read_text(claims, "jti"),
        read_audience(claims),
        _split(read_optional(claims, "scope", "")),
        read_optional(claims, "acr", None),
        MappingProxyType(claims),
    )


def require_times(claims: Mapping[str, Any], now: float, leeway: float) -> None:
    """Prove that the token lives now (seconds since the epoch); `read_times` has seen the claims.

    Raises:
        ExpiredToken: its end is past.
        InvalidToken: it is not good yet, or says that it, or its sign-in, comes from the future.
    Spec: RFC 7519 §4.1.4 to §4.1.6.
    """
    if now >= claims["exp"] + leeway:
        raise ExpiredToken("exp")
    for name in ("iat", "nbf", "auth_time"):
        if name in claims and claims[name] > now + leeway:
            raise InvalidToken(name)


def read_times(claims: Mapping[str, Any]) -> None:
    """Raises InvalidToken unless every time is a number, and `exp` and `iat` are there. Spec: RFC 9068 §2.2."""
    for name in ("exp", "iat"):
        read_number(claims, name)
    for name in ("nbf", "auth_time"):
        if name in claims:
            read_number(claims, name)


def read_scope(scope: str | Iterable[str]) -> frozenset[str]:
    """Permissions as an application writes them: one string with spaces between, or several strings."""
    return _split(scope) if isinstance(scope, str) else frozenset(scope)


@lru_cache(maxsize=256)
def _split(scope: str) -> frozenset[str]:
    return frozenset(scope.split())


def read_text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidToken(name)
    return value


def read_optional(claims: Mapping[str, Any], name: str, otherwise: _T) -> str | _T:
    return read_text(claims, name) if claims.get(name, "") != "" else otherwise


def read_number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    # bool is an int in Python; a date beyond year 9999 has no datetime.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 253_402_300_800:
        raise InvalidToken(name)
    return value


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def read_audience(claims: Mapping[str, Any]) -> tuple[str, ...]:
    value = claims.get("aud")
    if isinstance(value, str) and value:
        return (value,)
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise InvalidToken("aud")
    return tuple(value)
