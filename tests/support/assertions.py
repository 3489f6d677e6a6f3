"""Assertions of another issuer, good and forged, made by a JOSE library that is not ours."""

import secrets
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from idp.model import TrustedIssuer

ISSUER = "https://sts.partner.example"
KEY = ECKey.generate_key("P-256", {"kid": "partner-1"})
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def trusted(**changes: Any) -> TrustedIssuer:
    """The partner, who knows Alice as `a-1`."""
    said: dict[str, Any] = {
        "issuer": ISSUER,
        "department_id": "mof",
        "jwks": ({**KEY.as_dict(private=False)},),
        "clients": frozenset({"docs"}),
        "subjects": {"a-1": "alice@mof.example"},
        "scopes": frozenset({"docs.read"}),
    }
    return TrustedIssuer(**said | changes)


def assertion(audience: Any, now: datetime, key: ECKey = KEY, alg: str = "ES256", **changes: Any) -> str:
    """Signed claims; a change of None leaves a claim out."""
    at = int(now.timestamp())
    said = {"iss": ISSUER, "sub": "a-1", "aud": audience, "iat": at, "exp": at + 60, "jti": secrets.token_hex(8)}
    claims = {name: value for name, value in (said | changes).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": "partner-1"}, claims, key)
