"""What a program says of itself when it registers, read strictly and answered whole. Pure.

Members that are not known, or that are not ours to follow, are left out of the answer: so is learnt what was taken.
Nothing here opens anything: no API, no role, no department's people, never our own; people are always asked.
Spec: RFC 7591 §2, §2.1, §3.2; RFC 7592 §2; OIDC Registration §2, §3.2; RFC 9126 §6; RFC 9449 §5.2;
RFC 8705 §2.1.2, §3.4.
Deliberately not here: software statements (RFC 7591 §2.3 lets them be ignored), and who may register at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from idp.errors import InvalidClientMetadata, InvalidRedirectUri
from idp.model import ACR_ORDER, AuthMethod, Client, Text
from idp.oidc.client_metadata import CERTIFICATE_NAMES, CODE, DEVICE, ENVELOPES, REFRESH, problems_of
from idp.oidc.jose.jwe import DEFAULT_ENC
from idp.oidc.profiles import STRONG

SCOPES: Final = ("openid", "profile", "email", "phone", "address", "offline_access")
"""All that a program that registers itself may ask people for."""
USUAL_SCOPES: Final = SCOPES[:3]
GRANT_TYPES: Final = (CODE, REFRESH, DEVICE)
LONGEST_NAME, MOST_OF_A_LIST, LONGEST_TEXT = 100, 50, 2000

TEXTS: Final = (
    "jwks_uri",
    "token_endpoint_auth_signing_alg",
    *CERTIFICATE_NAMES,
    "request_object_signing_alg",
    "userinfo_signed_response_alg",
    "authorization_signed_response_alg",
    *(f"{name}_encrypted_response_{part}" for name in ENVELOPES for part in ("alg", "enc")),
    "sector_identifier_uri",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "policy_uri",
    "tos_uri",
)
LISTS: Final = ("redirect_uris", "post_logout_redirect_uris", "request_uris", "contacts")
FLAGS: Final = (
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
)
OURS: Final = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
"""What an update must not name. Spec: RFC 7592 §2.2."""


def read(said: Mapping[str, Any], client_id: str, department_id: str) -> Client:
    """The registration that these metadata ask for, with everything that it does not say at its default.

    Raises: InvalidRedirectUri, InvalidClientMetadata: the first thing that cannot be.
    """
    method = _method(said)
    strong = method in STRONG and any(
        said.get(name) is True for name in ("dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens")
    )
    grant_types = _grant_types(said)
    _require_code(said, grant_types)
    client = Client(
        id=client_id,
        name=_name(said, client_id),
        department_id=department_id,
        auth_method=method,
        grant_types=grant_types,
        scopes=_scopes(said),
        home_url=_text(said, "client_uri"),
        jwks=_keys(said),
        id_token_signed_response_alg=_text(said, "id_token_signed_response_alg") or ("ES256" if strong else "RS256"),
        default_max_age=_seconds(said, "default_max_age"),
        default_acr_values=tuple(one for one in _texts(said, "default_acr_values", ()) if one in ACR_ORDER),
        subject_type="pairwise" if _text(said, "subject_type") == "pairwise" else "public",
        always_consent=True,
        first_party=False,
        registered_by="registration",
        **_rest(said),
    )
    client = replace(client, **_usual_encs(client))
    if strong and client.require_pushed_authorization_requests:
        client = _as_bank(client)
    _require_well(problems_of(client))
    return client


def told(client: Client) -> dict[str, object]:
    """All that is registered, as the answer says it; without secrets. Spec: RFC 7591 §3.2.1."""
    said: dict[str, object] = {
        "client_id": client.id,
        "client_name": client.name.en,
        "redirect_uris": list(client.redirect_uris),
        "response_types": ["code"] if CODE in client.grant_types else [],
        "grant_types": list(client.grant_types),
        "scope": " ".join(client.scopes),
        "token_endpoint_auth_method": client.auth_method,
        "subject_type": client.subject_type,
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
    }
    if client.name.zh != client.name.en:
        said["client_name#zh-Hans"] = client.name.zh
    if client.jwks:
        said["jwks"] = {"keys": list(client.jwks)}
    if client.home_url:
        said["client_uri"] = client.home_url
    if client.default_max_age is not None:
        said["default_max_age"] = client.default_max_age
    if client.default_acr_values:
        said["default_acr_values"] = list(client.default_acr_values)
    said |= {name: getattr(client, name) for name in TEXTS if getattr(client, name) is not None}
    said |= {name: list(getattr(client, name)) for name in LISTS if getattr(client, name)}
    said |= {name: getattr(client, name) for name in FLAGS}
    return said


def _rest(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is taken as it stands."""
    found: dict[str, Any] = {name: value for name in TEXTS if (value := _text(said, name)) is not None}
    found |= {name: _texts(said, name, ()) for name in LISTS}
    return found | {name: _flag(said, name) for name in FLAGS}


def _usual_encs(client: Client) -> dict[str, Any]:
    """Spec: OIDC Registration §2: A128CBC-HS256 where an algorithm stands alone."""
    bare = [f"{name}_encrypted_response_" for name in ENVELOPES]
    return {
        f"{one}enc": DEFAULT_ENC for one in bare if getattr(client, f"{one}alg") and not getattr(client, f"{one}enc")
    }


def _as_bank(client: Client) -> Client:
    """Whoever asks for all that `fapi2` demands gets its rules too, unless something of theirs stands against it."""
    candidate = replace(client, profile="fapi2")
    return client if any(problems_of(candidate)) else candidate


def _require_well(problems: Iterable[str]) -> None:
    for problem in problems:
        kind = InvalidRedirectUri if problem.startswith("redirect_uris:") else InvalidClientMetadata
        raise kind(plain(problem))


def plain(text: str) -> str:
    """As an error may say it. Spec: RFC 6749 §5.2 (error_description)."""
    signs = ("'" if sign == '"' else sign if " " <= sign <= "~" and sign != "\\" else "?" for sign in text[:500])
    return "".join(signs)


def _method(said: Mapping[str, Any]) -> AuthMethod:
    found = _text(said, "token_endpoint_auth_method") or "client_secret_basic"
    for known in get_args(AuthMethod):
        if found == known:
            return known  # type: ignore[no-any-return]
    raise InvalidClientMetadata(plain(f"token_endpoint_auth_method: {found} is not offered"))


def _grant_types(said: Mapping[str, Any]) -> tuple[str, ...]:
    """What is asked for and offered; the answer says which. Spec: RFC 7591 §2 (the server may replace)."""
    asked = _texts(said, "grant_types", (CODE,))
    found = tuple(dict.fromkeys(one for one in asked if one in GRANT_TYPES))
    if not found:
        raise InvalidClientMetadata(f"grant_types: there are {', '.join(GRANT_TYPES)}")
    return found


def _require_code(said: Mapping[str, Any], grant_types: tuple[str, ...]) -> None:
    """The only response type, needed where there is a redirect to answer by: a device names none.

    Others beside it are left out of the answer. Spec: RFC 7591 §2.1, §3.2.1.
    """
    if "code" not in _texts(said, "response_types", ("code",)) and CODE in grant_types:
        raise InvalidClientMetadata("response_types: only code is offered")


def _scopes(said: Mapping[str, Any]) -> tuple[str, ...]:
    asked = (_text(said, "scope") or " ".join(USUAL_SCOPES)).split()
    found = tuple(scope for scope in SCOPES if scope in asked)
    if "openid" not in found:
        raise InvalidClientMetadata("scope: openid is needed; APIs are opened by an administrator")
    return found


def _name(said: Mapping[str, Any], otherwise: str) -> Text:
    """What people read: printable, short. Spec: RFC 7591 §2.2 (language tags)."""
    name = _text(said, "client_name") or otherwise
    tagged = (_text(said, f"client_name#{tag}") for tag in ("zh-Hans", "zh-CN", "zh"))
    chinese = next((one for one in tagged if one is not None), None)
    for one in (name, chinese or name):
        if not one.isprintable() or not one.strip() or len(one) > LONGEST_NAME:
            raise InvalidClientMetadata(f"client_name: printable, and at most {LONGEST_NAME} characters")
    return Text(name, chinese or name)


def _keys(said: Mapping[str, Any]) -> tuple[dict[str, object], ...]:
    found = said.get("jwks")
    if found is None:
        return ()
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_OF_A_LIST or not all(isinstance(one, dict) for one in listed):
        raise InvalidClientMetadata("jwks: is not a key set")
    return tuple(listed)


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value or len(value) > LONGEST_TEXT:
        raise InvalidClientMetadata(plain(f"{name}: is a text of at most {LONGEST_TEXT} characters"))
    return value


def _texts(said: Mapping[str, Any], name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    value = said.get(name)
    if value is None:
        return otherwise
    well = (
        isinstance(value, list) and len(value) <= MOST_OF_A_LIST and all(isinstance(one, str) and one for one in value)
    )
    if not well:
        kind = InvalidRedirectUri if name == "redirect_uris" else InvalidClientMetadata
        raise kind(f"{name}: is a list of at most {MOST_OF_A_LIST} texts")
    return tuple(dict.fromkeys(value))


def _flag(said: Mapping[str, Any], name: str) -> bool:
    value = said.get(name, False)
    if not isinstance(value, bool):
        raise InvalidClientMetadata(f"{name}: is true or false")
    return value


def _seconds(said: Mapping[str, Any], name: str) -> int | None:
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidClientMetadata(f"{name}: is a whole number of seconds")
    return value
