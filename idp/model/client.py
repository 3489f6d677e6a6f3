"""A registered application. Field names are those of the registration standards, so that they can be looked up.

Spec: RFC 7591 §2, OIDC Registration §2, RFC 8705 §2.1.2 and §3.4, RFC 9126 §6, RFC 9449 §5.2, RFC 9101 §10.5, JARM §3.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from idp.model.assurance import AuthenticatorKind
from idp.model.people import Text
from idp.secret import Secret

AuthMethod = Literal[
    "none",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
]
Profile = Literal["fapi2", "standard", "compat"]
Jwk = dict[str, object]


@dataclass(frozen=True, slots=True)
class Client:
    """A registration. `secret_hashes` are SHA-256 of random secrets of at least 256 bits."""

    id: str
    name: Text
    department_id: str
    redirect_uris: tuple[str, ...]
    auth_method: AuthMethod = "client_secret_basic"
    secret_hashes: tuple[bytes, ...] = ()
    profile: Profile = "standard"
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    scopes: tuple[str, ...] = ("openid", "profile")
    audiences: tuple[str, ...] = ()
    home_url: str | None = None
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    frontchannel_logout_uri: str | None = None
    first_party: bool = False
    grade: int = 1
    networks: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    shared_with: frozenset[str] = frozenset()
    """Departments whose people may use it, itself and its branch apart; `*` is everybody."""
    roles: frozenset[str] = frozenset()
    """Roles of a machine client, for client_credentials."""
    disabled: bool = False
    ended_before: datetime | None = None

    # How it proves who it is.
    secrets: tuple[Secret[str], ...] = field(default=(), compare=False)
    """client_secret_jwt alone needs them back; sealed at rest."""
    jwks: tuple[Jwk, ...] = ()
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    tls_client_auth_subject_dn: str | None = None
    tls_client_auth_san_dns: str | None = None
    tls_client_auth_san_uri: str | None = None
    tls_client_auth_san_ip: str | None = None
    tls_client_auth_san_email: str | None = None
    lenient_assertion_audience: bool = False
    """The token endpoint's address is taken as audience too: for old clients, audited, never with `fapi2`."""

    # How it asks.
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    request_object_signing_alg: str | None = None
    request_uris: tuple[str, ...] = ()
    backchannel_authentication_request_signing_alg: str | None = None
    authorization_details_types: tuple[str, ...] = ()
    default_max_age: int | None = None
    """Seconds."""
    default_acr_values: tuple[str, ...] = ()
    always_consent: bool = False
    authenticators: AuthenticatorKind = "any"
    """Which passkeys open it; with another kind than `any` nothing else does."""

    # How it is answered.
    access_token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    id_token_signed_response_alg: str = "ES256"  # noqa: S105
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    authorization_signed_response_alg: str = "ES256"
    authorization_encrypted_response_alg: str | None = None
    authorization_encrypted_response_enc: str | None = None
    subject_type: Literal["public", "pairwise"] = "public"
    sector_identifier_uri: str | None = None

    # How it came to be registered.
    registered_by: Literal["administrator", "plan", "registration"] = "administrator"
    registration_token_hash: str | None = None
    """SHA-256, hex, of the registration access token. Spec: RFC 7592 §3."""
    contacts: tuple[str, ...] = ()
    policy_uri: str | None = None
    tos_uri: str | None = None

    @property
    def is_public(self) -> bool:
        return self.auth_method == "none"
