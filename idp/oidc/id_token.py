"""ID tokens: that this person signed in, when and how, said to one application.

Spec: OIDC Core §2, §3.1.3.6 (at_hash), §12.2 (refreshed ID tokens), Back-Channel Logout 1.0 §2.1 (sid).
Deliberately not here: names and mail, which would then live in every log that a token passes, unless an application
asks for them by name, here, and the person agreed.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from idp.errors import InvalidToken
from idp.model import Grant, SigningKey
from idp.oidc.claims_request import acr_told
from idp.oidc.signing import ALG, encode, prove

TYPE = "JWT"


def claims(
    issuer: str,
    grant: Grant,
    access_token: str,
    now: datetime,
    life: timedelta,
    nonce: str | None,
    alg: str = ALG,
    asked: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, object]:
    """Claims of a new ID token.

    nonce: that of the authorization request; None at a refresh, where it must not come back (OIDC Core §12.2).
    alg: what it is going to be signed with.
    asked: claims about the person that the application asked for by name (OIDC Core §5.5); none of them is taken for
        one of ours.
    """
    said: dict[str, object] = {
        **asked,
        "iss": issuer,
        "sub": grant.subject_id,
        "aud": grant.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
        "auth_time": int(grant.authenticated_at.timestamp()),
        "acr": acr_told(grant),
        "amr": list(grant.amr),
        "sid": grant.sid,
        "at_hash": at_hash(access_token, alg),
    }
    if nonce is not None:
        said["nonce"] = nonce
    return said


def at_hash(access_token: str, alg: str = ALG) -> str:
    """The left half of the token's hash, by that of the algorithm. Spec: OIDC Core §3.1.3.6, RFC 8032 §5.1."""
    digest = hashlib.new("sha512" if alg == "EdDSA" else "sha256", access_token.encode("ascii")).digest()
    return encode(digest[: len(digest) // 2]).decode("ascii")


def read_hint(token: str, issuer: str, keys: Iterable[SigningKey]) -> Mapping[str, object]:
    """Claims of an ID token that we once gave, be it over or signed with a retired key.

    Raises: InvalidToken. An unsigned or foreign one is no hint.
    Spec: RP-Initiated Logout 1.0 §2, §4.
    """
    said = prove(token, TYPE, keys)
    if said.get("iss") != issuer or not all(isinstance(said.get(name), str) for name in ("sub", "aud", "sid")):
        raise InvalidToken("the token is not valid", "not an ID token of this issuer")
    return said
