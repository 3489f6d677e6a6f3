"""The machine endpoints as OpenAPI 3.1, for those who generate clients and for tests that try everything.

One row for each endpoint; what its standard says is not said again, only where it stands. `python -m tools.docs` writes
it to docs/openapi.json, a test holds its paths to those that are served. Deliberately not here: pages, and /authorize.
"""

import json
from typing import Any

TEXT = {"type": "string", "maxLength": 4096}
JSON_ERROR = {"$ref": "#/components/schemas/Error"}
CLIENT = {"client_id": TEXT, "client_secret": TEXT, "client_assertion": TEXT, "client_assertion_type": TEXT}


def _texts(*lines: str) -> dict[str, Any]:
    return {name: TEXT for line in lines for name in line.split()}


REQUEST = _texts(
    "response_type redirect_uri scope state nonce code_challenge code_challenge_method response_mode prompt max_age",
    "acr_values login_hint id_token_hint ui_locales display claims authorization_details resource request dpop_jkt",
)
TOKEN = _texts(
    "grant_type code redirect_uri code_verifier refresh_token scope resource audience device_code auth_req_id",
    "assertion subject_token subject_token_type actor_token requested_token_type authorization_details",
)
FORMS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "/token": ("A token for a grant", "RFC 6749 §3.2", TOKEN, 200),
    "/par": ("Push an authorization request", "RFC 9126 §2", REQUEST, 201),
    "/introspect": ("What a token is good for now", "RFC 7662 §2", {"token": TEXT, "token_type_hint": TEXT}, 200),
    "/revoke": ("Give a token back", "RFC 7009 §2", {"token": TEXT, "token_type_hint": TEXT}, 200),
    "/revocations": ("What was taken away since a moment", "docs/howto/verify-tokens", {"since": TEXT}, 200),
    "/device_authorization": (
        "Begin on a device without a browser",
        "RFC 8628 §3.1",
        {"scope": TEXT, "resource": TEXT},
        200,
    ),
    "/bc-authorize": (
        "Ask a person through the back channel",
        "CIBA Core §7.1",
        {"scope": TEXT, "login_hint": TEXT, "id_token_hint": TEXT, "binding_message": TEXT, "acr_values": TEXT}
        | {"requested_expiry": TEXT, "request": TEXT},
        200,
    ),
}
DOCUMENTS = {
    "/jwks": "The keys that tokens are signed with",
    "/.well-known/openid-configuration": "What this provider can do",
    "/.well-known/oauth-authorization-server": "What this provider can do",
    "/.well-known/oauth-protected-resource": "What our own API takes (RFC 9728)",
    "/.well-known/webauthn": "Whose pages may use our passkeys (WebAuthn Level 3 §5.11.1)",
}


def document() -> str:
    """The whole document as JSON text."""
    paths: dict[str, Any] = {path: {"post": _form(*row)} for path, row in FORMS.items()}
    paths |= {path: {"get": _read(summary)} for path, summary in DOCUMENTS.items()}
    paths["/userinfo"] = {"get": _read("What the granted scopes say of the person", bearer=True, spec="OIDC Core §5.3")}
    paths["/register"] = {"post": _register()}
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Gerege: the endpoints of machines",
            "version": "1",
            "description": "Errors have registered codes; nothing else of why.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Error": {"type": "object", "required": ["error"], "properties": {"error": TEXT}}},
            "securitySchemes": {
                "client": {"type": "http", "scheme": "basic"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }
    return json.dumps(whole, indent=2) + "\n"


def _form(summary: str, spec: str, fields: dict[str, Any], good: int) -> dict[str, Any]:
    body = {"schema": {"type": "object", "properties": fields | CLIENT}}
    return {
        "summary": summary,
        "description": f"Spec: {spec}.",
        "security": [{"client": []}, {}],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": body}},
        "responses": {str(good): {"description": "As the standard says."}, **_refusals()},
    }


def _read(summary: str, *, bearer: bool = False, spec: str = "OIDC Discovery 1.0") -> dict[str, Any]:
    return {
        "summary": summary,
        "description": f"Spec: {spec}.",
        "security": [{"token": []}] if bearer else [],
        "responses": {"200": {"description": "As the standard says."}, **(_refusals() if bearer else {})},
    }


def _register() -> dict[str, Any]:
    metadata = {"type": "object", "properties": {"redirect_uris": {"type": "array", "items": TEXT}}}
    return {
        "summary": "Register an application",
        "description": "Spec: RFC 7591 §3.",
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": metadata}}},
        "responses": {"201": {"description": "The registration."}, **_refusals()},
    }


def _refusals() -> dict[str, Any]:
    content = {"application/json": {"schema": JSON_ERROR}}
    words = {"400": "Not a lawful request.", "401": "Not proved.", "403": "Not allowed.", "429": "Too many."}
    return {status: {"description": text, "content": content} for status, text in words.items()}
