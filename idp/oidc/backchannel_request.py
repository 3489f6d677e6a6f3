"""Is this a lawful question to a person who is not there? Parameters and signed requests of a back channel.

Spec: CIBA Core §7.1, §7.1.1, §7.2, §13; FAPI-CIBA §5.2.2. Deliberately not here: who is meant, signatures, people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.errors import InvalidBindingMessage, InvalidRequest, InvalidScope
from idp.model import ACR_ORDER, Client, Configuration
from idp.oidc.authorization_request import Asked, read
from idp.oidc.profiles import rules_of
from idp.oidc.wished import wished

HINTS = ("login_hint", "id_token_hint", "login_hint_token")
PARAMETERS = frozenset(
    {*HINTS, "scope", "acr_values", "binding_message", "requested_expiry", "user_code", "resource"}
    | {"client_notification_token", "authorization_details"}
)
"""What belongs to the question; beside a signed one none of it may stand in the form (§7.1.1)."""
TYPES = frozenset({"", "jwt", "oauth-authz-req+jwt"})
ALGS = ("ES256", "PS256", "EdDSA")
SKEW = timedelta(seconds=60)
LONGEST_LIFE = timedelta(minutes=60)
"""From `nbf` to `exp`, and how long ago `nbf` may be."""
LONGEST_MESSAGE = 100
LONGEST_JTI = 256
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Question:
    """A lawful question. hint: its name and value."""

    scopes: tuple[str, ...]
    audience: str | None
    hint: tuple[str, str]
    acr_values: tuple[str, ...] = ()
    binding_message: str | None = None
    wait: timedelta | None = None


def must_be_signed(client: Client) -> bool:
    """Whoever registered an algorithm signs always: else a thief of its secret would leave the signature out."""
    return client.backchannel_authentication_request_signing_alg is not None or rules_of(client).request_object_life


def alone(asked: Asked) -> None:
    """Raises InvalidRequest: something of the question stands beside its signed form. Spec: CIBA Core §7.1.1."""
    if PARAMETERS & asked.values.keys() or asked.resources:
        raise InvalidRequest("parameters beside the signed request")


def told_in(claims: Mapping[str, object]) -> Asked:
    """The question of a signed request. `requested_expiry` may be a number (§7.1.1); nothing else may."""
    pairs: list[tuple[str, str]] = []
    for name in PARAMETERS & claims.keys():
        value = claims[name]
        if name == "resource" and isinstance(value, list):
            pairs += [(name, str(one)) for one in value]
            continue
        if name == "requested_expiry" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise InvalidRequest(f"{name} must be text")
        pairs.append((name, value))
    return read(pairs)


def verify_object(claims: Mapping[str, object], client: Client, issuer: str, now: datetime) -> tuple[str, datetime]:
    """(jti, until when it could come again) of a signed request whose signature was proved.

    Raises: InvalidRequest: a claim is missing, of somebody else, for somebody else, or out of time.
    Spec: CIBA Core §7.1.1; FAPI-CIBA §5.2.2.
    """
    audience = claims.get("aud")
    if claims.get("iss") != client.id:
        raise InvalidRequest("iss of the request is not the client")
    if issuer not in (audience if isinstance(audience, list) else [audience]):
        raise InvalidRequest("aud of the request is not this issuer")
    if claims.get("sub") == client.id:
        raise InvalidRequest("that is a client assertion")
    exp, iat, nbf = (_instant(claims, name, now) for name in ("exp", "iat", "nbf"))
    if exp <= now - SKEW or nbf > now + SKEW or iat > now + SKEW:
        raise InvalidRequest("the request is out of time")
    if exp - nbf > LONGEST_LIFE or now - nbf > LONGEST_LIFE + SKEW:
        raise InvalidRequest("the request lives for more than an hour")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        raise InvalidRequest("jti of the request is missing")
    return jti, exp + SKEW


def check(asked: Asked, client: Client, configuration: Configuration, issuer: str) -> Question:
    """The lawful question.

    Raises: InvalidRequest, InvalidScope, InvalidTarget, InvalidBindingMessage. Spec: CIBA Core §7.1, §13.
    """
    if "openid" not in asked.words("scope"):
        raise InvalidScope("scope must have openid")
    scopes, audience = wished(asked, client, configuration, issuer)
    return Question(
        scopes,
        audience,
        _hint(asked),
        tuple(value for value in asked.words("acr_values") if value in ACR_ORDER),
        _message(asked, client),
        _wait(asked),
    )


def _hint(asked: Asked) -> tuple[str, str]:
    """Exactly one. Spec: CIBA Core §7.1, §7.2 step 3."""
    found = [(name, value) for name in HINTS if (value := asked.get(name)) is not None]
    if len(found) != 1:
        raise InvalidRequest("exactly one hint must say who is meant")
    if found[0][0] == "login_hint_token":
        raise InvalidRequest("login_hint_token is not supported")
    return found[0]


def _message(asked: Asked, client: Client) -> str | None:
    """Plain words on one line: it is shown to the person, between our own sentences. Spec: CIBA Core §7.1, §13."""
    text = asked.get("binding_message")
    if text is None:
        if rules_of(client).request_object_life:  # FAPI-CIBA §5.2.2: nobody approves what they cannot tell apart
            raise InvalidRequest("binding_message is required")
        return None
    if len(text) > LONGEST_MESSAGE or not text.isprintable() or not text.strip():
        raise InvalidBindingMessage(f"at most {LONGEST_MESSAGE} printable characters")
    return text


def _wait(asked: Asked) -> timedelta | None:
    """Spec: CIBA Core §7.1: a positive number of seconds."""
    text = asked.get("requested_expiry")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise InvalidRequest("requested_expiry must be a positive number of seconds")
    return min(timedelta(seconds=int(text)), LONGEST_WAIT)


def _instant(claims: Mapping[str, object], name: str, now: datetime) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**33:
        raise InvalidRequest(f"{name} of the request is missing")
    return datetime.fromtimestamp(value, now.tzinfo)
