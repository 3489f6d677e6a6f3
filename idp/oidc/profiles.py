"""What each security profile demands, as one table. A client carries one; nothing in the flow asks for its name.

    fapi2      FAPI 2.0 Security Profile §5.3: pushed requests, sender-constrained tokens, no shared secrets
    standard   OAuth 2.1: PKCE S256 for all, exact redirect addresses
    compat     for old applications, only where an administrator says so, and shown as a finding

Spec: FAPI 2.0 SP §5.3.2 and §5.4, RFC 9700 §2.1, OIDC Core §3.1.2.
"""

from dataclasses import dataclass

from idp.model import AuthMethod, Client, Profile

SECRETS: frozenset[AuthMethod] = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})
STRONG: frozenset[AuthMethod] = frozenset({"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"})
EVERYBODY: frozenset[AuthMethod] = frozenset({"none"})


@dataclass(frozen=True, slots=True)
class Rules:
    """One row of the table.

    auth_methods: how a client may prove itself. algs: signatures taken from it, and put on what it is given.
    pkce: a code challenge is required. pushed: requests come by PAR alone. bound: tokens are sender-constrained.
    request_object_life: a request object needs `nbf` and `exp`, at most an hour apart from now.
    dpop_nonce: a DPoP proof must carry our nonce.
    lenient_audience: an administrator may let its assertions name the token endpoint.
    """

    auth_methods: frozenset[AuthMethod]
    algs: frozenset[str]
    pkce: bool
    pushed: bool
    bound: bool
    request_object_life: bool
    dpop_nonce: bool
    lenient_audience: bool


TABLE: dict[Profile, Rules] = {
    "fapi2": Rules(
        auth_methods=STRONG,
        algs=frozenset({"ES256", "PS256", "EdDSA"}),
        pkce=True,
        pushed=True,
        bound=True,
        request_object_life=True,
        dpop_nonce=True,
        lenient_audience=False,
    ),
    "standard": Rules(
        auth_methods=EVERYBODY | SECRETS | STRONG,
        algs=frozenset({"ES256", "PS256", "EdDSA", "RS256", "HS256"}),
        pkce=True,
        pushed=False,
        bound=False,
        request_object_life=False,
        dpop_nonce=False,
        lenient_audience=True,
    ),
    "compat": Rules(
        auth_methods=EVERYBODY | SECRETS | STRONG,
        algs=frozenset({"ES256", "PS256", "EdDSA", "RS256", "HS256"}),
        pkce=False,
        pushed=False,
        bound=False,
        request_object_life=False,
        dpop_nonce=False,
        lenient_audience=True,
    ),
}


def rules_of(client: Client) -> Rules:
    """The row of this client."""
    return TABLE[client.profile]


def needs_pkce(client: Client) -> bool:
    """A public client always does, whatever its profile. Spec: RFC 9700 §2.1.1."""
    return rules_of(client).pkce or client.is_public


def needs_pushed(client: Client) -> bool:
    """By its profile, or by its own registration. Spec: RFC 9126 §6."""
    return rules_of(client).pushed or client.require_pushed_authorization_requests


def inside_only(client: Client) -> bool:
    """Whether a request object stands alone: what stands beside it does not count. Spec: RFC 9101 §6.3, §10.5."""
    return rules_of(client).request_object_life or client.require_signed_request_object


def needs_binding(client: Client) -> bool:
    """Whether its access tokens are bound to a key or a certificate. Spec: RFC 9449 §5.2, RFC 8705 §3.4."""
    return (
        rules_of(client).bound or client.dpop_bound_access_tokens or client.tls_client_certificate_bound_access_tokens
    )
