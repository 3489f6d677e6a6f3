"""Is this a lawful question? The checks of an authorization request, in order.

The parameters are those that count: what was pushed or signed has been opened before (`idp.flows.asking`).
Spec: RFC 6749 §4.1.1, OIDC Core §3.1.2.1-2, RFC 7636 §4.3, RFC 8707 §2, RFC 9207, RFC 9700 §2.1, RFC 9449 §10. Does not
look at sessions or people.
"""

from collections.abc import Callable, Sequence

from idp.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    RegistrationNotSupported,
    ShownError,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from idp.model import ACR_ORDER, AuthorizationRequest, Client, Configuration
from idp.oidc import claims_request, details, pkce
from idp.oidc.asked import Asked as Asked
from idp.oidc.asked import read as read
from idp.oidc.authorization_answer import MODES
from idp.oidc.jose import jws
from idp.oidc.profiles import needs_pkce
from idp.oidc.redirects import is_registered

LONGEST = 2048
"""Characters of one value; `state` and `nonce` come back intact up to here or the request is refused."""
LONGER = {
    "claims": claims_request.LONGEST,
    details.PARAMETER: details.LONGEST,
    "id_token_hint": 8192,
    "request": jws.LONGEST,
}
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
DISPLAYS = frozenset({"page", "popup", "touch", "wap"})


def client_of(asked: Asked, configuration: Configuration) -> Client:
    """The application that asks. Raises ShownError: nobody may be redirected on the word of an unknown client."""
    client_id = asked.get("client_id")
    client = configuration.clients.get(client_id or "")
    if "client_id" in asked.repeated or client is None or client.disabled:
        raise ShownError("unknown_application", f"client_id {client_id!r} is not registered")
    return client


def redirect_of(asked: Asked, client: Client) -> str:
    """The registered address to answer at. Raises ShownError. Spec: RFC 6749 §3.1.2.3-4."""
    uri = asked.get("redirect_uri")
    if "redirect_uri" in asked.repeated:
        raise ShownError("bad_return_address", "redirect_uri was sent twice")
    if uri is None:
        if len(client.redirect_uris) == 1 and "openid" not in asked.words("scope"):
            return client.redirect_uris[0]
        raise ShownError("bad_return_address", f"{client.id} sent no redirect_uri")
    if not is_registered(uri, client.redirect_uris):
        raise ShownError(
            "bad_return_address", f"{client.id} sent {uri!r}, registered: {', '.join(client.redirect_uris)}"
        )
    return uri


# ---- From here on an error may be sent to the redirect URI (RFC 6749 §4.1.2.1). ---------------------------------


def mode_of(asked: Asked) -> str:
    """Where the answer goes in the redirect; an unknown mode is answered by `query`, as an error."""
    mode = asked.get("response_mode")
    return mode if mode in MODES else "query"


def not_repeated(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: RFC 6749 §3.1."""
    if asked.repeated:
        raise InvalidRequest("a parameter was sent twice")


def not_oversize(asked: Asked, client: Client, configuration: Configuration) -> None:
    """A value that we could not carry back intact is refused, never cut."""
    if any(len(value) > LONGER.get(name, LONGEST) for name, value in asked.values.items()):
        raise InvalidRequest("a parameter is too long")


def no_registration(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: OIDC Core §7.2.1, §3.1.2.6: process it or say that we do not."""
    if asked.get("registration"):
        raise RegistrationNotSupported("the registration parameter is not supported")


def code_flow_only(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: RFC 9700 §2.1.2: no implicit, no hybrid."""
    if asked.get("response_type") is None:
        raise InvalidRequest("response_type is missing")
    if asked.get("response_type") != "code":
        raise UnsupportedResponseType("only response_type=code is supported")
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClient("this client may not use the authorization code grant")


def known_mode(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode."""
    if (asked.get("response_mode") or "query") not in MODES:
        raise InvalidRequest("response_mode is not supported")


def lawful_scope(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Something that this client may ask for must be left. Unknown scopes are ignored (OIDC Core §3.1.2.1).

    Without `openid` it is plain OAuth; authorization details may stand alone (RFC 9396 §3.1).
    """
    if not any(scope in client.scopes for scope in asked.words("scope")) and not asked.get(details.PARAMETER):
        raise InvalidScope("nothing that this client may ask for")


def proof_key(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: RFC 7636 §4.4.1; S256 only (RFC 9700 §2.1.1). `compat` clients may leave it out."""
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if challenge is None:
        if needs_pkce(client):
            raise InvalidRequest("code_challenge is required")
        return
    if method != "S256":
        raise InvalidRequest("code_challenge_method must be S256")
    if not pkce.is_challenge(challenge):
        raise InvalidRequest("code_challenge must be 43 base64url characters")


def known_prompt(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: OIDC Core §3.1.2.1: `none` stands alone."""
    prompts = asked.words("prompt")
    if not PROMPTS.issuperset(prompts) or ("none" in prompts and len(prompts) > 1):
        raise InvalidRequest("prompt is not one of none, login, consent, select_account")


def key_of_proof(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: RFC 9449 §10: a JWK thumbprint by SHA-256, which looks as an S256 challenge does."""
    jkt = asked.get("dpop_jkt")
    if jkt is not None and not pkce.is_challenge(jkt):
        raise InvalidRequest("dpop_jkt must be 43 base64url characters")


def lawful_max_age(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Whole seconds, not negative."""
    text = asked.get("max_age")
    if text is not None and not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidRequest("max_age must be a number of seconds")


def known_resource(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: RFC 8707 §2. One audience for one token; two must be asked for one after the other."""
    for resource in asked.resources:
        if resource not in client.audiences or resource not in configuration.resources:
            raise InvalidTarget("resource is not one that this client may ask for")
    if len(asked.resources) > 1:
        raise InvalidTarget("ask for one resource at a time")


CHECKS: tuple[Callable[[Asked, Client, Configuration], None], ...] = (
    not_repeated,
    not_oversize,
    no_registration,
    code_flow_only,
    known_mode,
    lawful_scope,
    proof_key,
    key_of_proof,
    known_prompt,
    lawful_max_age,
    known_resource,
)


def check(asked: Asked, client: Client, redirect_uri: str, configuration: Configuration) -> AuthorizationRequest:
    """The lawful question. Raises: the first OAuthError that a check finds."""
    for one in CHECKS:
        one(asked, client, configuration)
    scopes = tuple(scope for scope in asked.words("scope") if scope in client.scopes)
    types = details.types_of(configuration, client)
    wanted = details.read(asked.get(details.PARAMETER), types)
    claims = claims_request.read(asked.get("claims"), client)
    return AuthorizationRequest(
        client_id=client.id,
        redirect_uri=redirect_uri,
        scopes=scopes,
        state=asked.get("state"),
        nonce=asked.get("nonce"),
        code_challenge=asked.get("code_challenge"),
        response_mode=mode_of(asked),
        prompt=asked.words("prompt"),
        max_age=_max_age(asked, client),
        acr_values=_acr_values(asked, client, claims),
        login_hint=asked.get("login_hint"),
        id_token_hint_sub=claims.subject,
        ui_locales=asked.words("ui_locales"),
        audience=_audience(asked, scopes, details.audiences(wanted, types), client, configuration),
        details=wanted,
        claims={**claims.named},
        essential_acr=claims.essential_acr,
        dpop_jkt=asked.get("dpop_jkt"),
        display=asked.get("display") if asked.get("display") in DISPLAYS else None,
    )


def _max_age(asked: Asked, client: Client) -> int | None:
    """Spec: OIDC Registration §2 (default_max_age)."""
    text = asked.get("max_age")
    return int(text) if text is not None else client.default_max_age


def _acr_values(asked: Asked, client: Client, claims: claims_request.ClaimsRequest) -> tuple[str, ...]:
    """The welcome ones that exist here: asked, asked by `claims`, or the client's own. Spec: OIDC Registration §2."""
    wanted = (*asked.words("acr_values"), *claims.acr) or client.default_acr_values
    return tuple(dict.fromkeys(value for value in wanted if value in ACR_ORDER))


def _audience(
    asked: Asked, scopes: Sequence[str], of_details: Sequence[str], client: Client, configuration: Configuration
) -> str | None:
    """The one API that all of it is for; None is userinfo alone. Raises InvalidScope, InvalidTarget.

    Spec: RFC 8707 §2, RFC 9068 §3, RFC 9396 §3.2.
    """
    permissions = configuration.permissions_of(client)
    found = {*asked.resources, *of_details}
    if not asked.resources:
        found |= {permissions[scope][0].audience for scope in scopes if scope in permissions}
    if len(found) > 1 and (asked.resources or of_details):
        raise InvalidTarget("these details are for another resource")
    if len(found) > 1:
        raise InvalidScope("these scopes are of two resources: say which by the resource parameter")
    return next(iter(found), None)
