"""Proof Key for Code Exchange: whoever calls /token is who called /authorize. S256 only. Spec: RFC 7636."""

import base64
import hashlib
import hmac
import re

from idp.errors import InvalidGrant

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_challenge(text: str) -> bool:
    """43 base64url characters: the SHA-256 of something. Spec: RFC 7636 §4.2."""
    return _CHALLENGE.fullmatch(text) is not None


def challenge_of(verifier: str) -> str:
    """Spec: RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def verify(challenge: str | None, verifier: str | None) -> None:
    """Prove that whoever calls /token is who called /authorize.

    Args:
        challenge: stored with the code; None when the request had none.
        verifier: 43 to 128 unreserved characters, from the token request.
    Raises:
        InvalidGrant: they do not belong together, or one is there without the other (downgrade, RFC 9700 §4.8).
    Spec: RFC 7636 §4.6.
    """
    if challenge is None and verifier is None:
        return
    if challenge is None or verifier is None or _VERIFIER.fullmatch(verifier) is None:
        raise InvalidGrant("code_verifier does not match", "verifier missing, malformed or unasked")
    if not hmac.compare_digest(challenge, challenge_of(verifier)):
        raise InvalidGrant("code_verifier does not match", "wrong verifier")
