"""What we can do, as clients read it: only what works.

Spec: OIDC Discovery 1.0 §3, RFC 8414 §2, RFC 9207 §3, RFC 9728 §2, §4, Back-Channel Logout 1.0 §2.1,
RP-Initiated Logout 1.0 §2.1. Deliberately not here: what single clients may do.
"""

from collections.abc import Iterable, Mapping

from idp.model import ACR_ORDER, Configuration, SigningKey
from idp.oidc.authorization_answer import MODES
from idp.oidc.backchannel_request import ALGS as BACKCHANNEL_ALGS
from idp.oidc.claims import CLAIMS, IDENTITY_SCOPES
from idp.oidc.client_authn import BY_CERTIFICATE, METHODS
from idp.oidc.dpop import ALGS as DPOP_ALGS
from idp.oidc.jose import jwe
from idp.oidc.profiles import TABLE
from idp.oidc.request_object import ALGS as REQUEST_OBJECT_ALGS
from idp.oidc.signing import ALGS, offered

WELL_KNOWN_RESOURCE = "/.well-known/oauth-protected-resource"


def of_userinfo(issuer: str) -> dict[str, object]:
    """Userinfo as a protected resource; its audience is the issuer itself. Spec: RFC 9728 §2."""
    return {
        "resource": issuer,
        "authorization_servers": [issuer],
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": list(IDENTITY_SCOPES),
        "bearer_methods_supported": ["header", "body"],
        "resource_signing_alg_values_supported": list(ALGS),
        "dpop_signing_alg_values_supported": list(DPOP_ALGS),
        "dpop_bound_access_tokens_required": False,
        "resource_name": "UserInfo",
    }


def metadata(issuer: str, grant_types: Iterable[str], configuration: Configuration) -> dict[str, object]:
    """The document, the same at both well-known addresses."""
    methods = [method for method in METHODS if method not in BY_CERTIFICATE]
    proved = [method for method in methods if method != "none"]
    algs = sorted(set().union(*(rules.algs for rules in TABLE.values())))
    permissions = {
        permission.name for resource in configuration.resources.values() for permission in resource.permissions
    }
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "revocation_feed_endpoint": f"{issuer}/revocations",
        "end_session_endpoint": f"{issuer}/logout",
        "registration_endpoint": f"{issuer}/register",
        "protected_resources": [issuer],
        "response_types_supported": ["code"],
        "response_modes_supported": list(MODES),
        "grant_types_supported": list(grant_types),
        "scopes_supported": [*IDENTITY_SCOPES, *sorted(permissions)],
        "claims_supported": list(CLAIMS),
        "claim_types_supported": ["normal"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": list(offered(configuration.keys, ALGS)),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
        "introspection_endpoint_auth_methods_supported": proved,
        "introspection_endpoint_auth_signing_alg_values_supported": algs,
        "dpop_signing_alg_values_supported": list(DPOP_ALGS),
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": list(ACR_ORDER),
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": ["en", "zh-CN"],
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "require_pushed_authorization_requests": False,
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "request_object_signing_alg_values_supported": list(REQUEST_OBJECT_ALGS),
        **_detail_types(configuration),
        "authorization_signing_alg_values_supported": list(offered(configuration.keys, ALGS)),
        "authorization_encryption_alg_values_supported": list(jwe.ALGS),
        "authorization_encryption_enc_values_supported": list(jwe.ENCS),
        "authorization_response_iss_parameter_supported": True,
        "device_authorization_endpoint": f"{issuer}/device_authorization",
        "backchannel_authentication_endpoint": f"{issuer}/bc-authorize",
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_authentication_request_signing_alg_values_supported": list(BACKCHANNEL_ALGS),
        "backchannel_user_code_parameter_supported": False,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


def _detail_types(configuration: Configuration) -> dict[str, object]:
    """Left out where no API has any. Spec: RFC 9396 §10, RFC 8414 §3.2."""
    types = {one.type for resource in configuration.resources.values() for one in resource.detail_types}
    return {"authorization_details_types_supported": sorted(types)} if types else {}


def by_certificate(
    said: Mapping[str, object], issuer: str, mtls_endpoint: str | None, *, verified: bool
) -> dict[str, object]:
    """The document where the proxy in front of us hands over certificates. Spec: RFC 8705 §3.3, §5.

    verified: it also says whether it verified them. mtls_endpoint: where it asks for them, if at another address.
    """
    more = [way for way in METHODS if way in BY_CERTIFICATE and (verified or way != "tls_client_auth")]
    ways = {name: [*value, *more] for name, value in said.items() if name.endswith(_WAYS) and isinstance(value, list)}
    found: dict[str, object] = {**said, **ways, "tls_client_certificate_bound_access_tokens": True}
    if mtls_endpoint is not None:
        asked = {name: str(said[name]) for name in ALIASED if name in said}
        found["mtls_endpoint_aliases"] = {name: mtls_endpoint + url.removeprefix(issuer) for name, url in asked.items()}
    return found


_WAYS = "_endpoint_auth_methods_supported"
ALIASED = (
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "userinfo_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "backchannel_authentication_endpoint",
)
"""What applications call themselves."""


def key_set(keys: Iterable[SigningKey]) -> dict[str, object]:
    """Spec: RFC 7517 §5."""
    return {"keys": [key.public_jwk for key in keys]}
