"""Which application is calling, and its secret. Spec: RFC 6749 §2.3, §3.2.1; RFC 7521 §4.2; OIDC Core §9.

A client authenticates in exactly the way that it is registered for, and in one way in one request. Secrets are random
and of at least 256 bits, so that SHA-256 is enough and a wrong one costs as little as a right one.
Deliberately not here: what an assertion must say (`idp.oidc.assertions`), and certificates (`idp.oidc.certificates`).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from idp.errors import InvalidClient, InvalidRequest
from idp.model import AuthMethod, Client
from idp.oidc import assertions
from idp.oidc.authorization_request import Asked
from idp.oidc.jose import JoseError, jws
from idp.oidc.jose.jws import Unverified
from idp.oidc.profiles import rules_of
from idp.secret import Secret

METHODS: tuple[AuthMethod, ...] = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
)
BY_CERTIFICATE: frozenset[AuthMethod] = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})
BY_SECRET: frozenset[AuthMethod] = frozenset({"client_secret_basic", "client_secret_post"})
FAILED = "client authentication failed"
"""The one sentence for every reason."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows. `methods`: the ways that it may be: a bare name is a public client's or goes with a
    certificate, and which of these is the registration's to say."""

    client_id: str
    methods: frozenset[AuthMethod]
    secret: Secret[str] | None = None
    assertion: Unverified | None = None


def read(authorization: str | None, asked: Asked) -> Credentials:
    """The one way in which this request authenticates.

    Args:
        authorization: the header's value.
    Raises:
        InvalidRequest: none, or more than one. InvalidClient: one that is not known here.
    Spec: RFC 6749 §2.3: not more than one method in each request.
    """
    assertion, posted = asked.get("client_assertion"), asked.get("client_secret")
    if (authorization is not None) + (assertion is not None) + (posted is not None) > 1:
        raise InvalidRequest("more than one way of client authentication")
    if authorization is not None:
        return _agreed(_basic(authorization), asked)
    if assertion is not None or asked.get("client_assertion_type") is not None:
        return _agreed(_asserted(assertion, asked.get("client_assertion_type")), asked)
    client_id = asked.get("client_id")
    if client_id is None:
        raise InvalidClient("client authentication is missing")
    if posted is not None:
        return Credentials(client_id, frozenset({"client_secret_post"}), Secret(posted))
    return Credentials(client_id, BY_CERTIFICATE | {"none"})


def verify(credentials: Credentials, clients: Mapping[str, Client]) -> Client:
    """The registered client, in its registered way and with its secret right. One sentence for every reason.

    An assertion or a certificate is not proved by this: `idp.flows.client_proof` does that with the client in hand.
    Raises: InvalidClient.
    Spec: RFC 6749 §2.3.1; OIDC Core §9.
    """
    client = clients.get(credentials.client_id)
    right = _matches(credentials.secret, client.secret_hashes if client else ())
    if client is None:
        raise InvalidClient(FAILED, f"unknown client {credentials.client_id[:80]!r}")
    if client.disabled:
        raise InvalidClient(FAILED, f"{client.id} is disabled")
    if client.auth_method not in credentials.methods:
        raise InvalidClient(FAILED, f"{client.id} did not come by {client.auth_method}")
    if client.auth_method not in rules_of(client).auth_methods:
        raise InvalidClient(FAILED, f"{client.id}: {client.profile} does not allow {client.auth_method}")
    if client.auth_method in BY_SECRET and not right:
        raise InvalidClient(FAILED, f"{client.id} sent a wrong secret")
    return client


def _agreed(credentials: Credentials, asked: Asked) -> Credentials:
    """A client_id that is sent too must be the authenticated one. Spec: RFC 7521 §4.2."""
    if (asked.get("client_id") or credentials.client_id) != credentials.client_id:
        raise InvalidRequest("client_id is not the authenticated one")
    return credentials


def _asserted(assertion: str | None, kind: str | None) -> Credentials:
    """Spec: RFC 7521 §4.2, RFC 7523 §2.2, §3."""
    if assertion is None or kind != assertions.TYPE:
        raise InvalidClient(FAILED, "client_assertion or its type is missing or unknown")
    try:
        seen = jws.peek(assertion)
        way: AuthMethod = "client_secret_jwt" if assertions.is_symmetric(seen) else "private_key_jwt"
        return Credentials(assertions.client_of(seen), frozenset({way}), assertion=seen)
    except JoseError as error:
        raise InvalidClient(FAILED, str(error)) from error


def _basic(authorization: str) -> Credentials:
    """Name and secret are each form-urlencoded before they are joined. Spec: RFC 6749 §2.3.1, RFC 7617 §2."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("that way of client authentication is not supported")
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        name, separator, secret = decoded.partition(":")
        client_id, secret = (unquote_plus(part, errors="strict") for part in (name, secret))
    except ValueError as error:  # not ASCII, not base64, not UTF-8
        raise InvalidClient(FAILED, "Basic credentials are malformed") from error
    if not separator or not client_id:
        raise InvalidClient(FAILED, "Basic credentials are incomplete")
    if not secret:  # who has none may leave it empty (§2.3.1), as oidc-agent does: a name, which proves nothing
        return Credentials(client_id, frozenset({"none"}))
    return Credentials(client_id, frozenset({"client_secret_basic"}), Secret(secret))


def _matches(secret: Secret[str] | None, hashes: tuple[bytes, ...]) -> bool:
    """Every hash is compared, in constant time: how many there are is all that time could tell."""
    if secret is None:
        return False
    mine = hashlib.sha256(secret.reveal().encode("utf-8")).digest()
    found = False
    for one in hashes:
        found |= hmac.compare_digest(mine, one)
    return found
