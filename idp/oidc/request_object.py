"""A request object: the parameters of an authorization request, signed by the client that asks.

The signature is proved by the client's own keys, in the one algorithm that it registered or in those of its profile;
never unsigned. What is inside wins over what stands beside it; where the profile or the registration says so, only what
is inside counts.
Spec: RFC 9101 §4, §5, §6, §10; OIDC Core §6; FAPI 2.0 Message Signing §5.3.1. Deliberately not here: fetching objects
and keys, encrypted objects, and what the parameters mean.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import orjson

from idp.errors import InvalidRequestObject, RequestNotSupported
from idp.model import Client
from idp.oidc.asked import Asked, read
from idp.oidc.jose import JoseError, jws
from idp.oidc.jose.jwk import PublicKey
from idp.oidc.profiles import inside_only, rules_of

TYPES = frozenset({"oauth-authz-req+jwt", "jwt", ""})
ALGS = ("ES256", "PS256", "EdDSA", "RS256")
"""What may sign one, as discovery says it; a profile may allow fewer."""
SKEW = timedelta(seconds=60)
LONGEST_LIFE = timedelta(minutes=60)
ABOUT_ITSELF = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})
"""Claims of the object that are no parameters."""
STRUCTURED: Mapping[str, type] = {"claims": dict, "authorization_details": list}
"""Parameters whose value is JSON, inside an object as it is. Spec: RFC 9101 §4, RFC 9396 §3."""


def peek(token: str, client: Client) -> jws.Unverified:
    """The object taken apart, to see which key should have signed it. Not believed.

    Raises: RequestNotSupported: unsigned, where nothing else was agreed. InvalidRequestObject.
    """
    try:
        seen = jws.peek(token)
    except JoseError as error:
        raise _invalid(str(error)) from error
    if seen.alg == "none" and client.request_object_signing_alg is None and not inside_only(client):
        raise RequestNotSupported("unsigned request objects are not supported")
    return seen


def opened(
    seen: jws.Unverified, client: Client, keys: Sequence[PublicKey], outside: Asked, issuer: str, now: datetime
) -> Asked:
    """The parameters that count.

    Args:
        keys: the client's.
        outside: what stood beside the object.
    Raises: InvalidRequestObject: not signed by the client, not for us, not for now, or not well said.
    Spec: RFC 9101 §6.2, §6.3; OIDC Core §6.3.
    """
    try:
        said = jws.verify(seen, keys, algs_of(client), TYPES)
    except JoseError as error:
        raise _invalid(str(error)) from error
    _whose(said, client, issuer, strict=rules_of(client).request_object_life)
    _when(said, now, strict=rules_of(client).request_object_life)
    if "request" in said or "request_uri" in said:
        raise _invalid("a request inside of a request")
    inside = _parameters(said)
    if inside_only(client):
        return read((*inside, *_if_absent("client_id", client.id, inside)))
    # An unsigned request of this client would be heard too, so that what stands outside is no worse than that.
    named = {name for name, _ in inside}
    beside = [pair for pair in outside.pairs() if pair[0] not in named | {"request", "request_uri"}]
    together = read((*beside, *inside))
    return Asked(together.values, outside.repeated - named, together.resources)


def algs_of(client: Client) -> frozenset[str]:
    """The one that is registered, else those of the profile; never a shared secret, never `none`."""
    allowed = rules_of(client).algs & frozenset(ALGS)
    registered = client.request_object_signing_alg
    return allowed if registered is None else allowed & {registered}


def _whose(said: Mapping[str, object], client: Client, issuer: str, *, strict: bool) -> None:
    """From this client, to us. Spec: RFC 9101 §4, §5.2, §10.8; FAPI 2.0 Message Signing §5.3.1."""
    audience = said.get("aud")
    heard = audience if isinstance(audience, list) else [audience]
    if (strict or audience is not None) and issuer not in heard:
        raise _invalid("aud is not this issuer")
    if (strict or "iss" in said) and said.get("iss") != client.id:
        raise _invalid("iss is not the client")
    if "client_id" in said and said["client_id"] != client.id:
        raise _invalid("client_id is another one than outside")


def _when(said: Mapping[str, object], now: datetime, *, strict: bool) -> None:
    """Spec: RFC 7519 §4.1.4, §4.1.5; FAPI 2.0 Message Signing §5.3.1: both, and within an hour."""
    seconds = now.timestamp()
    until, since = _moment(said, "exp"), _moment(said, "nbf")
    if until is not None and until <= seconds:
        raise _invalid("it is over")
    if since is not None and since > seconds + SKEW.total_seconds():
        raise _invalid("it is not yet good")
    if not strict:
        return
    if until is None or since is None:
        raise _invalid("exp and nbf are required")
    if until > seconds + LONGEST_LIFE.total_seconds() or since < seconds - LONGEST_LIFE.total_seconds():
        raise _invalid("exp and nbf must be within an hour")


def _moment(said: Mapping[str, object], name: str) -> float | None:
    value = said.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _invalid(f"{name} is not a number")
    return value


def _parameters(said: Mapping[str, object]) -> list[tuple[str, str]]:
    """The claims as the pairs of a form."""
    found: list[tuple[str, str]] = []
    for name, value in said.items():
        if name == "resource" and isinstance(value, list):
            found += [(name, _text(name, one)) for one in value]
        elif name not in ABOUT_ITSELF:
            found.append((name, _text(name, value)))
    return found


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in STRUCTURED and isinstance(value, STRUCTURED[name]):
        return orjson.dumps(value).decode()
    raise _invalid(f"{name[:40]!r} is not text")


def _if_absent(name: str, value: str, pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return () if any(one == name for one, _ in pairs) else ((name, value),)


def _invalid(detail: str) -> InvalidRequestObject:
    """One public sentence: whoever may sign for the client reads the reason in our log."""
    return InvalidRequestObject("the request object is not valid", detail)
