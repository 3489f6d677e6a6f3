"""A logout token: the issuer says that a session, or all of a person's sessions, ended.

Spec: OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6. Deliberately not here: ending the sessions, which only the
application can do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import jws
from .errors import ExpiredToken, InvalidToken
from .token import read_audience, read_text, read_times, require_times
from .verifier import Verifier

LOGOUT_TOKEN_TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"

Spend = Callable[[str, float], bool]  # (jti, its end in seconds since the epoch) -> False when it was spent before


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """Whom to sign out: the session `sid`, or every session of `subject` when `sid` is None."""

    subject: str | None
    sid: str | None


def verify_logout(verifier: Verifier, token: str, *, client_id: str, spend: Spend) -> LogoutToken:
    """Prove a logout token.

    Args:
        client_id: ours; the token's `aud` must hold it.
        spend: remembers each `jti` until its end and says whether this is its first use.
    Raises:
        InvalidToken, ExpiredToken, IssuerUnavailable.
    Spec: OpenID Connect Back-Channel Logout 1.0 §2.6.
    """
    now = verifier.clock().timestamp()
    claims = jws.read_claims(verifier.proved(token, LOGOUT_TOKEN_TYPE, now).payload)
    if claims.get("iss") != verifier.issuer:
        raise InvalidToken("iss")
    if client_id not in read_audience(claims):
        raise InvalidToken("aud")
    read_times(claims)
    require_times(claims, now, verifier.leeway.total_seconds())
    _require_event(claims)
    if "nonce" in claims:  # so that an ID token can never be used as a logout token. §2.4
        raise InvalidToken("nonce")
    ended = LogoutToken(_optional(claims, "sub"), _optional(claims, "sid"))
    if ended.subject is None and ended.sid is None:
        raise InvalidToken("neither sub nor sid")
    # Last, so that a token which is refused for another reason spends nothing.
    if not spend(read_text(claims, "jti"), claims["exp"] + verifier.leeway.total_seconds()):
        raise InvalidToken("jti was used before")
    return ended


def _require_event(claims: dict[str, Any]) -> None:
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise InvalidToken("events")


def _optional(claims: dict[str, Any], name: str) -> str | None:
    return read_text(claims, name) if name in claims else None


__all__ = ["EVENT", "ExpiredToken", "LogoutToken", "Spend", "verify_logout"]
