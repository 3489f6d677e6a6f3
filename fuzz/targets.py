"""What is fed with garbage: one function for each parser, and the machine endpoints as a whole.

A target takes bytes and returns; an error that it may answer with is caught here, anything else is a finding. Where
there is a promise besides "no crash" the target checks it.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from fuzz.more_targets import MORE
from idp.errors import InvalidToken, OAuthError, ShownError
from idp.flows import bearer
from idp.oidc import authorization_request, client_authn, tokens
from idp.oidc.jose import JoseError, jwk, jws, parse
from idp.oidc.logout_request import hint_of, way_back
from idp.oidc.redirects import is_registered, problem_of
from idp.web.arrival import Trust, address_of
from idp.web.machine import form
from tests.support.tokens import ISSUER, World, world

Target = Callable[[bytes], None]
REGISTERED = ("https://payroll.example/callback", "http://127.0.0.1/cb", "com.example.app:/cb")
ENDPOINTS = (
    "/token",
    "/introspect",
    "/revoke",
    "/userinfo",
    "/revocations",
    "/par",
    "/device_authorization",
    "/bc-authorize",
)


@cache
def _world() -> World:
    return world()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _pairs(data: bytes) -> list[tuple[str, str]]:
    return parse_qsl(data.decode("latin-1"), keep_blank_values=True, max_num_fields=None)


def jose_json(data: bytes) -> None:
    with suppress(JoseError):
        found = parse.object_of(data)
        json.dumps(found)


def jose_key(data: bytes) -> None:
    with suppress(JoseError, ValueError):
        document = json.loads(data)
        if isinstance(document, dict):
            jwk.read(document)
            jwk.read_set({"keys": [document]})


def jose_token(data: bytes) -> None:
    keys = jwk.read_set({"keys": [dict(key.public_jwk) for key in _world().truth.configuration().keys]})
    with suppress(JoseError):
        jws.peek(_text(data))
    with suppress(JoseError):
        jws.verify(_text(data), keys, frozenset({"ES256", "RS256", "PS256", "EdDSA"}))
        raise AssertionError("a token that we did not sign was proved")


def access_token(data: bytes) -> None:
    w = _world()
    with suppress(InvalidToken):
        tokens.read(_claims(data), ISSUER, w.clock())
    with suppress(InvalidToken):
        bearer.read(w.idp, _text(data), w.clock())
        raise AssertionError("garbage was taken for a token")


def _claims(data: bytes) -> dict[str, object]:
    with suppress(ValueError):
        found = json.loads(data)
        if isinstance(found, dict):
            return {"iss": ISSUER} | found
    return {}


def machine_form(data: bytes) -> None:
    kind, _, body = data.partition(b"\n")
    environ: Any = {
        "CONTENT_TYPE": kind.decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    with suppress(OAuthError):
        form.read(environ)


def authorization(data: bytes) -> None:
    configuration = _world().truth.configuration()
    asked = authorization_request.read([("client_id", "payroll"), *_pairs(data)])
    with suppress(OAuthError, ShownError):
        client = authorization_request.client_of(asked, configuration)
        uri = authorization_request.redirect_of(asked, client)
        assert is_registered(uri, client.redirect_uris), "an address that is not registered"
        authorization_request.check(asked, client, uri, configuration)


def redirect_address(data: bytes) -> None:
    uri = _text(data)
    problem_of(uri)
    if is_registered(uri, REGISTERED) and uri not in REGISTERED:
        assert uri.startswith("http://127.0.0.1") and uri.endswith("/cb"), uri


def client_credentials(data: bytes) -> None:
    header, _, body = data.partition(b"\n")
    asked = authorization_request.read(_pairs(body))
    with suppress(OAuthError):
        client_authn.read(header.decode("latin-1") or None, asked)


def sign_out(data: bytes) -> None:
    configuration = _world().truth.configuration()
    asked = authorization_request.read(_pairs(data))
    assert way_back(asked, hint_of(asked, ISSUER, configuration)) is None, "sent somewhere without a hint"


def forwarded_address(data: bytes) -> None:
    peer, _, header = _text(data).partition("\n")
    address_of(peer, header, Trust(socket=True, networks=()))


def endpoints(data: bytes) -> None:
    """Every machine endpoint, over its WSGI callable: an answer in the words of its standard, never a 500."""
    path, _, rest = data.partition(b"\n")
    header, _, body = rest.partition(b"\n")
    w = _world()
    where = ENDPOINTS[len(path) % len(ENDPOINTS)]
    headers = {"Authorization": header.decode("latin-1")} if header else {}
    reply = w.http("POST", where, body, headers)
    assert reply.status in (200, 400, 401, 403, 405, 413, 415), reply
    if reply.status == 200 and where not in ("/revoke",):
        assert b'"active":false' in reply.body, f"garbage opened {where}"


TARGETS: dict[str, Target] = {
    "jose-json": jose_json,
    "jose-key": jose_key,
    "jose-token": jose_token,
    "access-token": access_token,
    "machine-form": machine_form,
    "authorization": authorization,
    "redirect-address": redirect_address,
    "client-credentials": client_credentials,
    "sign-out": sign_out,
    "forwarded-address": forwarded_address,
    "endpoints": endpoints,
    **MORE,
}
