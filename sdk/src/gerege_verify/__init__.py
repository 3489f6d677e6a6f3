"""gerege-verify: is this access token good, for us, for this, now?

    from gerege_verify import Verifier
    verifier = Verifier("https://id.example.gov")
    token = verifier.verify(text, audience="urn:example:payroll", scope="payroll.read")

Spec: RFC 9068 (JWT access tokens), RFC 6750 and RFC 9470 (challenges), RFC 8725 (JWT best practice).
"""

import os
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache

from .errors import (
    ExpiredToken,
    InsufficientScope,
    InsufficientUserAuthentication,
    InvalidToken,
    IssuerUnavailable,
    MissingToken,
    VerifyError,
)
from .logout import LogoutToken, verify_logout
from .revocations import RevocationFeed
from .token import ACR_ORDER, Token
from .verifier import Verifier

__all__ = [
    "ACR_ORDER",
    "ExpiredToken",
    "InsufficientScope",
    "InsufficientUserAuthentication",
    "InvalidToken",
    "IssuerUnavailable",
    "LogoutToken",
    "MissingToken",
    "RevocationFeed",
    "Token",
    "Verifier",
    "VerifyError",
    "verify",
    "verify_logout",
]


def verify(
    token: str,
    *,
    audience: str,
    scope: str | Iterable[str] = (),
    acr: str | None = None,
    max_age: timedelta | None = None,
    issuer: str | None = None,
) -> Token:
    """`Verifier(issuer).verify(…)` with one shared Verifier for each issuer.

    Args:
        issuer: when not given, the environment variable GEREGE_ISSUER.
    Raises:
        as `Verifier.verify`; KeyError when no issuer is known.
    """
    known = _verifier(issuer or os.environ["GEREGE_ISSUER"])
    return known.verify(token, audience=audience, scope=scope, acr=acr, max_age=max_age)


@lru_cache(maxsize=8)
def _verifier(issuer: str) -> Verifier:
    return Verifier(issuer)
