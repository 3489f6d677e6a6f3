"""`POST /register`, and `GET`, `PUT`, `DELETE /register/<client_id>`: parse, call one flow, answer.

Spec: RFC 7591 §3.1, §3.2; RFC 7592 §2. The body is JSON: bounded, UTF-8, one object, no member twice.
"""

from typing import TYPE_CHECKING, Any

from idp.errors import InvalidClientMetadata
from idp.flows import registration as flow
from idp.flows.context import Idp
from idp.flows.registration import Asking, Registered
from idp.oidc import registration
from idp.oidc.jose import JoseError
from idp.oidc.jose.parse import object_of
from idp.web.machine import form
from idp.web.machine.answers import PRIVATE, Answer, as_json
from idp.web.machine.presented import presented

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

PATH = "/register"
BELOW = "/register/"


def at_registration(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 7591 §3.1."""
    return _told(idp, flow.register(idp, _asking(idp, environ), _metadata(environ)), 201)


def at_one_registration(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 7592 §2.1-2.3."""
    client_id = environ["PATH_INFO"].removeprefix(BELOW)
    asking = _asking(idp, environ)
    if environ["REQUEST_METHOD"] == "DELETE":
        flow.remove(idp, asking, client_id)
        return Answer(204, b"", PRIVATE[1:])
    if environ["REQUEST_METHOD"] == "PUT":
        return _told(idp, flow.update(idp, asking, client_id, _metadata(environ)), 200)
    return _told(idp, flow.read(idp, asking, client_id), 200)


def _asking(idp: Idp, environ: "WSGIEnvironment") -> Asking:
    scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    bearer = value.strip() if scheme.lower() == "bearer" and value.strip() else None
    return Asking(bearer, presented(idp, environ, []).network)


def _metadata(environ: "WSGIEnvironment") -> dict[str, Any]:
    try:
        return object_of(form.body(environ, "application/json"))
    except JoseError as error:
        raise InvalidClientMetadata("the body is not one JSON object", str(error)) from error


def _told(idp: Idp, found: Registered, status: int) -> Answer:
    said = registration.told(found.client) | {
        "registration_access_token": found.management,
        "registration_client_uri": f"{idp.issuer}{BELOW}{found.client.id}",
    }
    if found.secret is not None:
        said |= {"client_secret": found.secret, "client_secret_expires_at": 0}
    return as_json(said, status)
