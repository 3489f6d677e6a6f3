"""Keycloak's addresses of one realm, as other names of ours, for applications that were moved.

The same endpoints by another path, and nothing else: what they answer, whom they believe and who issues is the same.
The metadata that is served there names our issuer, not the realm's: tokens have one issuer, and a client that compares
(OpenID Connect Discovery 1.0 §4.3, RFC 8414 §3.3) is told ours. A second issuer with the same keys would let a token
made for one be shown as one of the other (RFC 9207, RFC 9700 §4.4: mix-up).
Deliberately off until a setting names the realm. Not here: pages of Keycloak's own (account, admin, registrations).
"""

from collections.abc import Mapping

BELOW: Mapping[str, str] = {
    "/.well-known/openid-configuration": "/.well-known/openid-configuration",
    "/protocol/openid-connect/auth": "/authorize",
    "/protocol/openid-connect/token": "/token",
    "/protocol/openid-connect/certs": "/jwks",
    "/protocol/openid-connect/userinfo": "/userinfo",
    "/protocol/openid-connect/logout": "/logout",
    "/protocol/openid-connect/token/introspect": "/introspect",
    "/protocol/openid-connect/revoke": "/revoke",
}


def moved_paths(realm: str) -> dict[str, str]:
    """Whole path there → path here; empty where no realm is named."""
    return {f"/realms/{realm}{there}": here for there, here in BELOW.items()} if realm else {}
