"""Logout tokens: that a session ended, said to one application. Spec: OIDC Back-Channel Logout 1.0 §2.4."""

from datetime import datetime, timedelta

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFE = timedelta(minutes=2)
"""Each try carries a new token, so that a short life costs nothing (§2.4: at most two minutes is advised)."""


def claims(issuer: str, client_id: str, subject_id: str, sid: str, jti: str, now: datetime) -> dict[str, object]:
    """No nonce: so that it can never be taken for an ID token."""
    return {
        "iss": issuer,
        "aud": client_id,
        "sub": subject_id,
        "sid": sid,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFE).timestamp()),
        "jti": jti,
        "events": {EVENT: {}},
    }
