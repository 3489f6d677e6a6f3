"""A request object that an application keeps at a registered address, fetched when a request names it.

Only an address that is registered is ever called, letter by letter: a stranger cannot make us call another one. A
SHA-256 in the fragment, registered or only sent, must be the one of what is there.
Spec: OIDC Core §6.2, RFC 9101 §5.2, §10.4; OIDC Registration §2 (`request_uris`).
Deliberately not here: what the object says and who signed it, and addresses that we gave out ourselves (RFC 9126).
"""

import logging
import re
from hashlib import sha256

from idp.errors import InvalidRequestUri, Unavailable
from idp.flows.context import Idp, base64url
from idp.model import Client

LONGEST_OBJECT = 64 * 1024
LONGEST_URI = 512
"""Spec: OIDC Core §6.2."""
TYPES = frozenset({"application/oauth-authz-req+jwt", "application/jwt", "application/jose", "text/plain", ""})
ACCEPT = "application/oauth-authz-req+jwt, application/jwt;q=0.9, text/plain;q=0.5"
COMPACT = re.compile(rb"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}")

log = logging.getLogger("gerege.requests")


def fetched(idp: Idp, client: Client, request_uri: str) -> str:
    """The compact JWT at a registered address.

    Raises: InvalidRequestUri: it is not registered, does not answer, or what is there is not what was promised.
    """
    address, _, digest = request_uri.partition("#")
    if len(request_uri) > LONGEST_URI or not {request_uri, address} & set(client.request_uris):
        raise InvalidRequestUri("request_uri is not registered")
    try:
        answer = idp.ports.outgoing.get(address, accept=ACCEPT, most=LONGEST_OBJECT)
    except Unavailable as error:
        log.warning("request object of %s: %s", client.id, error.detail)
        raise InvalidRequestUri("request_uri could not be fetched", error.detail) from error
    if answer.status != 200 or answer.content_type not in TYPES:
        told = f"answered {answer.status} {answer.content_type}"
        raise InvalidRequestUri("request_uri does not hold a request object", told)
    if "#" in request_uri and base64url(sha256(answer.body).digest()) != digest:
        raise InvalidRequestUri("request_uri holds another request object than its fragment says")
    found = answer.body.strip()
    if not COMPACT.fullmatch(found):
        raise InvalidRequestUri("request_uri does not hold a request object", "not a compact JWT")
    return found.decode("ascii")
