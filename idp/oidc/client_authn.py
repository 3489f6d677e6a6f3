"""Which application is calling, and the proof that it is. Spec: RFC 6749 §2.3, §3.2.1; OIDC Core §9.

A client authenticates in exactly the way that it is registered for, and in one way in one request. Secrets are random
and of at least 256 bits, so that SHA-256 is enough and a wrong one costs as little as a right one.
Deliberately not here: assertions and certificates.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from idp.errors import InvalidClient, InvalidRequest
from idp.model import AuthMethod, Client
from idp.oidc.authorization_request import Asked
from idp.secret import Secret

METHODS: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post", "none")
_FAILED = "client authentication failed"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows. `secret` is None for a public client."""

    client_id: str
    secret: Secret[str] | None
    method: AuthMethod


def read(authorization: str | None, asked: Asked) -> Credentials:
    """The one way in which this request authenticates.

    Args:
        authorization: the header's value.
    Raises:
        InvalidRequest: none, or more than one. InvalidClient: one that is not known here.
    Spec: RFC 6749 §2.3: not more than one method in each request.
    """
    if asked.get("client_assertion") or asked.get("client_assertion_type"):
        raise InvalidClient("client assertions are not supported")
    posted = asked.get("client_secret")
    if authorization is not None:
        if posted is not None:
            raise InvalidRequest("more than one way of client authentication")
        credentials = _basic(authorization)
        if (asked.get("client_id") or credentials.client_id) != credentials.client_id:
            raise InvalidRequest("client_id is not the authenticated one")
        return credentials
    client_id = asked.get("client_id")
    if client_id is None:
        raise InvalidClient("client authentication is missing")
    if posted is not None:
        return Credentials(client_id, Secret(posted), "client_secret_post")
    return Credentials(client_id, None, "none")


def verify(credentials: Credentials, clients: Mapping[str, Client]) -> Client:
    """The registered client behind these credentials. One sentence for every reason.

    Raises: InvalidClient.
    Spec: RFC 6749 §2.3.1; OIDC Core §9.
    """
    client = clients.get(credentials.client_id)
    right = _matches(credentials.secret, client.secret_hashes if client else ())
    if client is None:
        raise InvalidClient(_FAILED, f"unknown client {credentials.client_id[:80]!r}")
    if client.disabled:
        raise InvalidClient(_FAILED, f"{client.id} is disabled")
    if credentials.method != client.auth_method:
        raise InvalidClient(_FAILED, f"{client.id} used {credentials.method}, registered: {client.auth_method}")
    if not client.is_public and not right:
        raise InvalidClient(_FAILED, f"{client.id} sent a wrong secret")
    return client


def _basic(authorization: str) -> Credentials:
    """Name and secret are each form-urlencoded before they are joined. Spec: RFC 6749 §2.3.1, RFC 7617 §2."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("that way of client authentication is not supported")
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        name, separator, secret = decoded.partition(":")
        client_id, secret = (unquote_plus(part, errors="strict") for part in (name, secret))
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidClient(_FAILED, "Basic credentials are malformed") from error
    if not separator or not client_id or not secret:
        raise InvalidClient(_FAILED, "Basic credentials are incomplete")
    return Credentials(client_id, Secret(secret), "client_secret_basic")


def _matches(secret: Secret[str] | None, hashes: tuple[bytes, ...]) -> bool:
    """Every hash is compared, in constant time: how many there are is all that time could tell."""
    if secret is None:
        return False
    mine = hashlib.sha256(secret.reveal().encode("utf-8")).digest()
    found = False
    for one in hashes:
        found |= hmac.compare_digest(mine, one)
    return found
