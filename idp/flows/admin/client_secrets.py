"""Secrets of applications: made here and shown once; two are good at a time, for changing over without a pause.

Only the hash is kept, but for `client_secret_jwt`, where the secret itself is the key and is sealed at rest.
Spec: RFC 6749 §2.3.1, OIDC Core §9, ASVS 5.0 V10.4 (client secrets).
"""

import hmac
from dataclasses import replace
from hashlib import sha256

from idp.flows.context import Idp
from idp.model import Client
from idp.oidc.profiles import SECRETS
from idp.secret import Secret

SECRETS_KEPT = 2
"""The newest and the one before it, so that an application can change over without a pause."""
KEY_METHOD = "client_secret_jwt"


def hash_secret(secret: str) -> bytes:
    """SHA-256: enough for a random value of 256 bits, there is nothing to guess."""
    return sha256(secret.encode()).digest()


def has_one(client: Client) -> bool:
    """Whether it proves itself by a secret."""
    return client.auth_method in SECRETS


def minted(idp: Idp, client: Client) -> tuple[Client, str | None]:
    """With a new secret when it needs one and has none; the secret is for showing once, None when none was made."""
    if not has_one(client) or held(client):
        return client, None
    secret = idp.token()
    return with_secret(client, secret), secret


def with_secret(client: Client, secret: str) -> Client:
    """This one first; the one before it stays good."""
    if client.auth_method == KEY_METHOD:
        return replace(client, secrets=(Secret(secret), *client.secrets)[:SECRETS_KEPT], secret_hashes=())
    return replace(client, secret_hashes=(hash_secret(secret), *client.secret_hashes)[:SECRETS_KEPT], secrets=())


def held(client: Client) -> int:
    """How many are good now."""
    return len(client.secrets if client.auth_method == KEY_METHOD else client.secret_hashes)


def newest_alone(client: Client) -> Client:
    """The newest; the one before it is good no more."""
    return replace(client, secret_hashes=client.secret_hashes[:1], secrets=client.secrets[:1])


def holds(client: Client, secret: str) -> bool:
    """Whether it is one of those that are good now."""
    if client.auth_method == KEY_METHOD:
        return any(one.equals(secret) for one in client.secrets)
    return any(hmac.compare_digest(hash_secret(secret), one) for one in client.secret_hashes)


def keep(client: Client, held: Client) -> Client:
    """The same registration with the secrets that are held already."""
    return replace(client, secret_hashes=held.secret_hashes, secrets=held.secrets)
