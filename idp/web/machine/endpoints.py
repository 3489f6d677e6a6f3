"""The endpoints that clients and APIs call: parse, call one flow, answer.

Spec: RFC 6749 §3.2, RFC 6750 §2, RFC 7009, RFC 7662, OIDC Core §5.3. Deliberately not here: rules of any kind.
"""

from typing import TYPE_CHECKING

from idp.errors import InvalidRequest
from idp.flows.context import Idp
from idp.flows.introspect import introspect
from idp.flows.revoke import revoke
from idp.flows.token import token
from idp.flows.userinfo import userinfo
from idp.oidc import challenges
from idp.web.machine import form
from idp.web.machine.answers import PRIVATE, Answer, as_json, as_jwt
from idp.web.machine.presented import presented

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def at_token(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 6749 §3.2, §5.1."""
    answer = token(idp, presented(idp, environ))
    said: dict[str, object] = {
        "access_token": answer.access_token,
        "token_type": "Bearer",
        "expires_in": answer.expires_in,
        "scope": answer.scope,
    }
    if answer.id_token is not None:
        said["id_token"] = answer.id_token
    if answer.refresh_token is not None:
        said["refresh_token"] = answer.refresh_token
    if answer.issued_token_type is not None:
        said["issued_token_type"] = answer.issued_token_type
    return as_json(said)


def at_introspection(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 7662 §2."""
    return as_json(introspect(idp, presented(idp, environ)))


def at_revocation(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 7009 §2.2."""
    revoke(idp, presented(idp, environ))
    return Answer(200, b"", PRIVATE)


def at_userinfo(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: OIDC Core §5.3.1, §5.3.2."""
    value = _bearer(environ)
    if value is None:
        return Answer(401, b"", (*PRIVATE, ("WWW-Authenticate", challenges.bearer())))
    said = userinfo(idp, value)
    return as_jwt(said) if isinstance(said, str) else as_json(said)


def _bearer(environ: "WSGIEnvironment") -> str | None:
    """The token of the header, or of a POST's body; never of the query. Raises InvalidRequest: of both.

    Spec: RFC 6750 §2.1, §2.2.
    """
    scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    in_header = value.strip() if scheme.lower() == "bearer" else None
    in_body = None
    if environ["REQUEST_METHOD"] == "POST" and environ.get("CONTENT_TYPE"):
        found = [text for name, text in form.read(environ) if name == "access_token"]
        if len(found) > 1:
            raise InvalidRequest("a parameter was sent twice")
        in_body = found[0] if found else None
    if in_header is not None and in_body is not None:
        raise InvalidRequest("the token was sent in two ways")
    return in_header if in_header is not None else in_body
