"""The endpoints that clients and APIs call: parse, call one flow, answer.

Spec: RFC 6749 §3.2, RFC 6750 §2, RFC 7009, RFC 7662, OIDC Core §5.3. Deliberately not here: rules of any kind.
"""

from typing import TYPE_CHECKING

from idp.flows import possession, revocations
from idp.flows.context import Idp
from idp.flows.introspect import SIGNED_TYPE, introspect, introspect_signed
from idp.flows.presented import Presented
from idp.flows.revoke import revoke
from idp.flows.token import token
from idp.flows.userinfo import userinfo
from idp.web.machine.answers import NONCE, PRIVATE, Answer, Headers, as_json, as_jwt
from idp.web.machine.presented import presented

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def at_token(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 6749 §3.2, §5.1."""
    request = presented(idp, environ)
    answer = token(idp, request)
    said: dict[str, object] = {
        "access_token": answer.access_token,
        "token_type": answer.token_type,
        "expires_in": answer.expires_in,
        "scope": answer.scope,
    }
    if answer.id_token is not None:
        said["id_token"] = answer.id_token
    if answer.refresh_token is not None:
        said["refresh_token"] = answer.refresh_token
    if answer.issued_token_type is not None:
        said["issued_token_type"] = answer.issued_token_type
    if answer.details:
        said["authorization_details"] = list(answer.details)
    return as_json(said, more=_nonce(idp, request))


def at_introspection(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 7662 §2, RFC 9701 §4 (signed for who asks for that alone)."""
    request = presented(idp, environ)
    if environ.get("HTTP_ACCEPT", "").strip().lower() == f"application/{SIGNED_TYPE}":
        return as_jwt(introspect_signed(idp, request), kind=SIGNED_TYPE)
    return as_json(introspect(idp, request))


def at_revocation(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 7009 §2.2."""
    revoke(idp, presented(idp, environ))
    return Answer(200, b"", PRIVATE)


def at_revocations(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Our own: what verifiers far away must no longer accept."""
    return as_json(revocations.told(idp, presented(idp, environ)))


def at_userinfo(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: OIDC Core §5.3.1, §5.3.2."""
    posted = environ["REQUEST_METHOD"] == "POST" and environ.get("CONTENT_TYPE")
    request = presented(idp, environ, None if posted else [])
    said, nonce = userinfo(idp, request), _nonce(idp, request)
    return as_jwt(said, nonce) if isinstance(said, str) else as_json(said, more=nonce)


def _nonce(idp: Idp, request: Presented) -> Headers:
    """Who sends proofs is given the nonce of now, well before the last one ends. Spec: RFC 9449 §8.2."""
    return ((NONCE, possession.current_nonce(idp, idp.ports.now())),) if request.proofs else ()
