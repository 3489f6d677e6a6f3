"""What an application asks, wherever it stands: in the address, in an object that it signed, or pushed before.

Out of it comes one set of parameters that count, and out of these one lawful question; /authorize and /par share both.
Spec: RFC 9101 §5, §6; RFC 9126 §2, §4; OIDC Core §6. Deliberately not here: sessions, people, and the way back.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from idp.errors import (
    Expired,
    InvalidRequest,
    InvalidRequestObject,
    RequestNotSupported,
    RequestUriNotSupported,
    ShownError,
)
from idp.flows import client_keys, request_objects
from idp.flows.context import Idp, hash_of
from idp.model import AuthorizationRequest, Client, PushedRequest
from idp.oidc import authorization_request as requests
from idp.oidc import request_object
from idp.oidc.asked import Asked, read
from idp.oidc.jose import JoseError
from idp.oidc.logout_request import hint_of

PUSHED = "urn:ietf:params:oauth:request_uri:"
"""What an address that we gave out ourselves begins with. Spec: RFC 9126 §2.2."""


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters that count, and how they came.

    pushed_hash: of the request_uri that we gave out. dpop_jkt: of the key that was proved when it was pushed.
    """

    asked: Asked
    signed: bool = False
    pushed_hash: str | None = None
    dpop_jkt: str | None = None


def of_browser(idp: Idp, client: Client, outside: Asked, now: datetime) -> Question:
    """What a browser brings.

    Raises: Expired: nothing of that name was pushed by this client, or it is over or used. As `opened` else.
    Spec: RFC 9126 §4: beside a pushed request nothing else counts.
    """
    uri = outside.get("request_uri")
    if uri is None or not uri.startswith(PUSHED):
        return opened(idp, client, outside, now)
    if "request_uri" in outside.repeated:
        raise ShownError("bad_request", "request_uri was sent twice")
    kept = idp.ports.brief.kept(PushedRequest, hash_of(uri))
    if kept is None or kept.client_id != client.id or now >= kept.expires_at:
        raise Expired(f"{client.id}: no such pushed request")
    if kept.by_browser:  # long, but as anybody could have asked it
        return opened(idp, client, read(kept.parameters), now)
    return Question(read(kept.parameters), signed=True, pushed_hash=hash_of(uri), dpop_jkt=kept.dpop_jkt)


def opened(idp: Idp, client: Client, outside: Asked, now: datetime) -> Question:
    """With the request object opened, if there is one.

    Raises: InvalidRequestObject, InvalidRequestUri, RequestNotSupported, RequestUriNotSupported, InvalidRequest: both.
        Unavailable: the client's keys are out of reach.
    Spec: RFC 9101 §5, §6.
    """
    value, uri = outside.get("request"), outside.get("request_uri")
    if value is None and uri is None:
        return Question(outside)
    if (value is not None and uri is not None) or {"request", "request_uri"} & outside.repeated:
        raise InvalidRequest("one request or one request_uri")
    if uri is not None:
        if not client.request_uris:
            raise RequestUriNotSupported("this client has no request_uris registered")
        value = request_objects.fetched(idp, client, uri)
    seen = request_object.peek(value or "", client)
    if not client.jwks and client.jwks_uri is None:
        raise RequestNotSupported("this client has no keys registered to sign a request with")
    try:
        keys = client_keys.of(idp, client, kid=seen.kid)
    except JoseError as error:
        raise InvalidRequestObject("the request object is not valid", f"{client.id}: {error}") from error
    return Question(request_object.opened(seen, client, keys, outside, idp.issuer, now), signed=True)


def lawful(idp: Idp, client: Client, question: Question, redirect_uri: str) -> AuthorizationRequest:
    """The question after all checks. `redirect_uri` is a registered one. Raises: the first OAuthError that is found."""
    if client.require_signed_request_object and not question.signed:
        raise InvalidRequest("this client must sign its requests")
    found = requests.check(question.asked, client, redirect_uri, idp.ports.truth.configuration())
    if question.dpop_jkt is not None and found.dpop_jkt not in (None, question.dpop_jkt):
        raise InvalidRequest("dpop_jkt is not of the key that was proved")
    return replace(
        found,
        id_token_hint_sub=_meant(idp, question.asked, found),
        pushed_hash=question.pushed_hash,
        dpop_jkt=question.dpop_jkt or found.dpop_jkt,
    )


def _meant(idp: Idp, asked: Asked, request: AuthorizationRequest) -> str | None:
    """Whom the application means, by a hint or by the claims parameter; as it is named to it.

    Raises InvalidRequest: that is no ID token of ours, or the two mean different people.
    Spec: OIDC Core §3.1.2.1, §5.5.1.
    """
    if asked.get("id_token_hint") is None:
        return request.id_token_hint_sub
    hint = hint_of(asked, idp.issuer, idp.ports.truth.configuration())
    if hint is None:
        raise InvalidRequest("id_token_hint is not an ID token of ours for this client")
    if request.id_token_hint_sub not in (None, hint.sub):
        raise InvalidRequest("id_token_hint and claims mean different people")
    return hint.sub
