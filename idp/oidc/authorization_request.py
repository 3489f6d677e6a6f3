"""Is this a lawful question? The checks of an authorization request, in order.

Spec: RFC 6749 §4.1.1, OIDC Core §3.1.2.1-2, RFC 7636 §4.3, RFC 8707 §2, RFC 9207, RFC 9700 §2.1. Request objects are
refused by name (OIDC Core §6). Does not look at sessions or people.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from idp.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    ShownError,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from idp.model import ACR_ORDER, AuthorizationRequest, Client, Configuration
from idp.oidc import pkce
from idp.oidc.profiles import needs_pkce
from idp.oidc.redirects import is_registered

LONGEST = 2048
"""Characters of one value; `state` and `nonce` come back intact up to here or the request is refused."""
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
MODES = frozenset({"query", "form_post"})


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters as they came, each once."""

    values: Mapping[str, str]
    repeated: frozenset[str]
    resources: tuple[str, ...]

    def get(self, name: str) -> str | None:
        """The value; None when it is absent or empty (RFC 6749 §3.1: empty counts as omitted)."""
        return self.values.get(name) or None

    def words(self, name: str) -> tuple[str, ...]:
        """A space-separated list without repeats, in the order that was asked."""
        return tuple(dict.fromkeys((self.get(name) or "").split()))


def read(pairs: Sequence[tuple[str, str]]) -> Asked:
    """Sort the parameters out. `resource` may be repeated (RFC 8707), nothing else may."""
    values: dict[str, str] = {}
    repeated = set()
    for name, value in pairs:
        if name == "resource":
            continue
        if name in values:
            repeated.add(name)
        values[name] = value
    resources = tuple(dict.fromkeys(value for name, value in pairs if name == "resource" and value))
    return Asked(values, frozenset(repeated), resources)


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
    return asked.get("response_mode") if asked.get("response_mode") in MODES else "query"  # type: ignore[return-value]


def not_repeated(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: RFC 6749 §3.1."""
    if asked.repeated:
        raise InvalidRequest("a parameter was sent twice")


def not_oversize(asked: Asked, client: Client, configuration: Configuration) -> None:
    """A value that we could not carry back intact is refused, never cut."""
    if any(len(value) > LONGEST for value in asked.values.values()):
        raise InvalidRequest("a parameter is too long")


def no_request_object(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: OIDC Core §6, §3.1.2.6: process it or say that we do not."""
    if asked.get("request"):
        raise RequestNotSupported("request objects are not supported")
    if asked.get("request_uri"):
        raise RequestUriNotSupported("request_uri is not supported")
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
    """Something that this client may ask for must be left. Unknown scopes are ignored (OIDC Core §3.1.2.1)."""
    if not any(scope in client.scopes for scope in asked.words("scope")):
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


def lawful_max_age(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Whole seconds, not negative."""
    text = asked.get("max_age")
    if text is not None and not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidRequest("max_age must be a number of seconds")


def one_resource(asked: Asked, client: Client, configuration: Configuration) -> None:
    """Spec: RFC 8707 §2. One audience for one token; two must be asked for one after the other."""
    for resource in asked.resources:
        if resource not in client.audiences or resource not in configuration.resources:
            raise InvalidTarget("resource is not one that this client may ask for")
    if len(asked.resources) > 1:
        raise InvalidTarget("ask for one resource at a time")
    if not asked.resources and len(_audiences(asked.words("scope"), client, configuration)) > 1:
        raise InvalidScope("these scopes are of two resources: say which by the resource parameter")


CHECKS: tuple[Callable[[Asked, Client, Configuration], None], ...] = (
    not_repeated,
    not_oversize,
    no_request_object,
    code_flow_only,
    known_mode,
    lawful_scope,
    proof_key,
    known_prompt,
    lawful_max_age,
    one_resource,
)


def check(asked: Asked, client: Client, redirect_uri: str, configuration: Configuration) -> AuthorizationRequest:
    """The lawful question. Raises: the first OAuthError that a check finds."""
    for one in CHECKS:
        one(asked, client, configuration)
    scopes = tuple(scope for scope in asked.words("scope") if scope in client.scopes)
    audiences = asked.resources or tuple(_audiences(scopes, client, configuration))
    max_age = asked.get("max_age")
    return AuthorizationRequest(
        client_id=client.id,
        redirect_uri=redirect_uri,
        scopes=scopes,
        state=asked.get("state"),
        nonce=asked.get("nonce"),
        code_challenge=asked.get("code_challenge"),
        response_mode=mode_of(asked),
        prompt=asked.words("prompt"),
        max_age=int(max_age) if max_age else None,
        acr_values=tuple(value for value in asked.words("acr_values") if value in ACR_ORDER),
        login_hint=asked.get("login_hint"),
        ui_locales=asked.words("ui_locales"),
        audience=audiences[0] if audiences else None,
    )


def _audiences(scopes: Sequence[str], client: Client, configuration: Configuration) -> list[str]:
    permissions = configuration.permissions_of(client)
    return list(dict.fromkeys(permissions[scope][0].audience for scope in scopes if scope in permissions))
