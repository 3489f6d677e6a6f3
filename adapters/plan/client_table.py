"""`[clients.payroll]`: a registration in the names of the registration standards, each with the default of `Client`.

Spec: RFC 7591 §2, OIDC Registration §2. Deliberately not here: whether the values go together (`idp.oidc`).
"""

from typing import Any, get_args

from adapters.connectors.toml_table import Table
from adapters.plan.references import LEAST_SECRET, References
from idp.flows.admin.client_secrets import has_one
from idp.flows.admin.plan import PlannedClient
from idp.model import AuthenticatorKind, AuthMethod, Client, Profile, Text

PLAIN = Client("", Text("", ""), "", ())
TEXTS = (
    "home_url",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "jwks_uri",
    "token_endpoint_auth_signing_alg",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "request_object_signing_alg",
    "backchannel_authentication_request_signing_alg",
    "id_token_signed_response_alg",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "sector_identifier_uri",
    "policy_uri",
    "tos_uri",
)
LISTS = (
    "redirect_uris",
    "grant_types",
    "scopes",
    "audiences",
    "post_logout_redirect_uris",
    "request_uris",
    "authorization_details_types",
    "default_acr_values",
    "contacts",
)
SETS = ("networks", "countries", "labels", "shared_with", "roles")
FLAGS = (
    "first_party",
    "lenient_assertion_audience",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "always_consent",
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
)
CHOICES: dict[str, tuple[str, ...]] = {
    "profile": get_args(Profile),
    "subject_type": ("public", "pairwise"),
    "access_token_format": ("jwt", "opaque"),
    "authenticators": get_args(AuthenticatorKind),
}
LONGEST_AGE = 10 * 365 * 24 * 3600


def read_client(client_id: str, table: Table, references: References) -> PlannedClient:
    """One client's table; what is wrong is noted with its reader."""
    name = table.text("name", client_id)
    method: AuthMethod = table.choice("token_endpoint_auth_method", PLAIN.auth_method, get_args(AuthMethod))
    found: dict[str, Any] = {one: table.text(one, getattr(PLAIN, one) or "") or None for one in TEXTS}
    found |= {one: table.texts(one, getattr(PLAIN, one)) for one in LISTS}
    found |= {one: frozenset(table.texts(one, ())) for one in SETS}
    found |= {one: table.flag(one, getattr(PLAIN, one)) for one in FLAGS}
    found |= {one: table.choice(one, getattr(PLAIN, one), known) for one, known in CHOICES.items()}
    client = Client(
        id=client_id,
        name=Text(name, table.text("name_zh", name)),
        department_id=table.text("department"),
        auth_method=method,
        grade=table.number("grade", PLAIN.grade, 1, 4),
        default_max_age=table.number("default_max_age", 0, 0, LONGEST_AGE) if "default_max_age" in table else None,
        jwks=references.keys(table),
        registered_by="plan",
        **found,
    )
    secret = references.secret(table, "secret", least=LEAST_SECRET, needed=has_one(client))
    table.close()
    return PlannedClient(client, secret)
