"""What machines are answered: JSON that nobody keeps, and errors with their registered codes.

Spec: RFC 6749 §5.1, §5.2; RFC 6750 §3; RFC 9110 §11.6.1, §15.5.6. An unexpected exception is `server_error` with an
incident id; its text goes to the log and to nobody else.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from idp.errors import (
    IdpError,
    InsufficientScope,
    InvalidClient,
    MissingToken,
    OAuthError,
    Throttled,
    Unavailable,
    UseDpopNonce,
)
from idp.oidc import challenges

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("gerege.machine")

STATUS = {
    200: "200 OK",
    201: "201 Created",
    204: "204 No Content",
    304: "304 Not Modified",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    403: "403 Forbidden",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
    503: "503 Service Unavailable",
}
JSON = ("Content-Type", "application/json")
PRIVATE = (JSON, ("Cache-Control", "no-store"), ("Pragma", "no-cache"), ("X-Content-Type-Options", "nosniff"))
NONCE = "DPoP-Nonce"
CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce, X-FAPI-Interaction-ID"),
)
"""Any page may read the answer, none with cookies: these endpoints know none. Spec: Fetch §3.2."""
RETRY_AFTER_SECONDS = 2

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Headers = field(default=PRIVATE)


Respond = Callable[["WSGIEnvironment"], Answer]


def as_json(value: Mapping[str, object], status: int = 200, more: Headers = ()) -> Answer:
    return Answer(status, orjson.dumps(value), (*PRIVATE, *more))


def as_jwt(compact: str, more: Headers = (), kind: str = "jwt") -> Answer:
    """An answer that is signed or encrypted. Spec: OIDC Core §5.3.2, RFC 9701 §5."""
    return Answer(200, compact.encode("ascii"), (("Content-Type", f"application/{kind}"), *PRIVATE[1:], *more))


def endpoint(respond: Respond, methods: tuple[str, ...], *, cors: bool) -> "WSGIApplication":
    """A WSGI callable that answers these methods, HEAD where GET is, and a browser's preflight where `cors`."""
    allowed = (*methods, *(("HEAD",) if "GET" in methods else ()), *(("OPTIONS",) if cors else ()))
    shared = CORS if cors else ()

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        method = environ.get("REQUEST_METHOD", "")
        if method == "OPTIONS" and cors:
            found = Answer(204, headers=_preflight(methods))
        elif method in allowed and method != "OPTIONS":
            found = _safely(respond, environ)
        else:
            found = as_json({"error": "invalid_request"}, 405, (("Allow", ", ".join(allowed)),))
        length = () if found.status in (204, 304) else (("Content-Length", str(len(found.body))),)
        start(STATUS[found.status], [*found.headers, *shared, *length])
        return [b"" if method == "HEAD" else found.body]

    return answer


def _safely(respond: Respond, environ: "WSGIEnvironment") -> Answer:
    try:
        return respond(environ)
    except IdpError as error:
        return of_error(error, environ)
    except Exception:
        incident = secrets.token_hex(4)
        log.exception("incident %s at %s", incident, environ.get("PATH_INFO"))
        return as_json({"error": "server_error", "error_description": f"incident {incident}"}, 500)


def of_error(error: IdpError, environ: "WSGIEnvironment") -> Answer:
    """The error as its specification says it; what is for the log goes there."""
    log.info("%s at %s: %s", error.code, environ.get("PATH_INFO"), error.detail)
    if isinstance(error, Unavailable):
        log.warning("%s is away: %s", error.what, error.detail)
        more = (("Retry-After", str(RETRY_AFTER_SECONDS)),)
        return as_json({"error": "temporarily_unavailable"}, 503, more)
    if isinstance(error, Throttled):
        more = (("Retry-After", str(max(1, int(error.retry_after.total_seconds())))),)
        return as_json({"error": error.code}, 429, more)
    if isinstance(error, MissingToken):
        return Answer(error.status, b"", (*PRIVATE, *_challenge(error, environ)))
    if isinstance(error, OAuthError):
        body = {"error": error.code} | ({"error_description": error.description} if error.description else {})
        return as_json(body, error.status, _challenge(error, environ))
    return as_json({"error": "server_error"}, 500)


def _challenge(error: OAuthError, environ: "WSGIEnvironment") -> Headers:
    """401 always says how to do better (RFC 9110 §11.6.1); a nonce goes out with the error that asks for it."""
    nonce = ((NONCE, error.nonce),) if isinstance(error, UseDpopNonce) else ()
    if isinstance(error, InvalidClient):
        return (("WWW-Authenticate", challenges.BASIC),)
    if error.status == 401 or isinstance(error, InsufficientScope):
        scheme = environ.get("HTTP_AUTHORIZATION", "").partition(" ")[0]
        said = None if isinstance(error, MissingToken) else error
        return (("WWW-Authenticate", challenges.resource(said, scheme, "openid")), *nonce)
    return nonce


def _preflight(methods: tuple[str, ...]) -> Headers:
    return (
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP, X-FAPI-Interaction-ID"),
        ("Access-Control-Max-Age", "3600"),
    )
