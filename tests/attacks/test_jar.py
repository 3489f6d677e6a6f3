"""A signed request is believed when its client signed it, for us, for now; and never less than that. Spec: RFC 9101."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.app import create_app
from idp.errors import OAuthError
from idp.flows.context import base64url
from idp.model import Client, Text
from idp.oidc import request_object
from idp.oidc.asked import read
from idp.oidc.jose.jwk import read_set
from idp.ports import Fetched
from tests.support.applications import CALLBACK, Application, application, bank
from tests.support.browser import ISSUER, Browser
from tests.support.house import House
from tests.support.proofs import Key, b64
from tests.support.tokens import START, Wire

RSA, OTHER = Key("RS256", "k2"), Key("ES256", "k1")
EVIL = "https://evil.example/"


def error(house: House, url: str) -> str:
    browser = Browser(house).get(url)
    assert browser.url.startswith(CALLBACK), (browser.status, browser.page[:500])
    assert browser.query["iss"] == ISSUER and "code" not in browser.query
    return browser.query["error"]


def test_what_is_inside_wins(house: House) -> None:
    app = application(house, redirect_uris=(CALLBACK, CALLBACK + "2"))
    token = app.signed(redirect_uri=CALLBACK + "2", state="inside", prompt="none", nonce=None)
    outside = {"redirect_uri": EVIL, "state": "outside", "prompt": "login", "scope": "openid email"}
    browser = Browser(house).get(app.by_object(token, **outside))
    assert browser.url.startswith(CALLBACK + "2?") and browser.query["state"] == "inside"
    assert browser.query["error"] == "login_required"
    browser = Browser(house).get(app.by_object(app.signed(redirect_uri=EVIL), redirect_uri=CALLBACK))
    assert browser.status == 400 and browser.last is not None and "Location" not in browser.last.headers


def test_what_stands_outside_counts_only_where_an_unsigned_request_would(house: House) -> None:
    app = application(house)
    token = app.signed(prompt=None, scope=None)
    assert error(house, app.by_object(token, prompt="none", scope="openid")) == "login_required"
    app.change(require_signed_request_object=True)
    assert error(house, app.by_object(token, prompt="none", scope="openid")) == "invalid_scope"
    assert error(house, app.url(prompt="none")) == "invalid_request"
    assert error(house, app.by_object(app.signed(prompt="none"))) == "login_required"


@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA", "RS256"])
def test_each_way_to_sign(house: House, alg: str) -> None:
    key = Key(alg, "k9")
    app = application(house, key=key)
    assert error(house, app.by_object(app.signed(prompt="none"))) == "login_required"
    app.change(request_object_signing_alg="ES256" if alg != "ES256" else "PS256")
    assert error(house, app.by_object(app.signed(prompt="none"), redirect_uri=CALLBACK)) == "invalid_request_object"


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("another key", {"key": OTHER}),
    ("another kid", {"header": {"kid": "k7"}}),
    ("typ of an assertion", {"header": {"typ": "client-authentication+jwt"}}),
    ("typ of an access token", {"header": {"typ": "at+jwt"}}),
    ("crit", {"header": {"crit": ["exp"]}}),
    ("hmac", {"header": {"alg": "HS256"}}),
    ("another issuer", {"iss": "docs"}),
    ("another audience", {"aud": "https://other.example"}),
    ("the audience is the endpoint", {"aud": f"{ISSUER}/authorize"}),
    ("another client inside", {"client_id": "docs"}),
    ("over", {"exp": 1}),
    ("not yet", {"nbf": int((START + timedelta(days=900)).timestamp())}),
    ("time as text", {"exp": "soon"}),
    ("a request inside", {"request": "x"}),
    ("a request_uri inside", {"request_uri": "https://x.example/"}),
    ("a truth for a text", {"state": True}),
    ("a list for a text", {"scope": ["openid"]}),
    ("an object for a text", {"redirect_uri": {"x": 1}}),
]


@pytest.mark.parametrize("changes", [one for _, one in BROKEN], ids=[name for name, _ in BROKEN])
def test_anything_less_is_refused(house: House, changes: dict[str, Any]) -> None:
    app = application(house)
    token = app.signed(**({"prompt": "none"} | changes))
    assert error(house, app.by_object(token, redirect_uri=CALLBACK)) == "invalid_request_object"
    browser = Browser(house).get(app.by_object(token, redirect_uri=EVIL, scope="openid"))
    assert browser.status == 400 and browser.last is not None and "Location" not in browser.last.headers
    reply = app.push(request=token)
    assert (reply.status_code, reply.json["error"]) == (400, "invalid_request_object")  # type: ignore[index]


def test_unsigned_is_never_heard(house: House) -> None:
    app = application(house)
    for alg in ("none", "None", "NONE"):
        text = f"{b64(json.dumps({'alg': alg}).encode())}.{b64(json.dumps(app.parameters()).encode())}."
        told = "request_not_supported" if alg == "none" else "invalid_request_object"
        assert error(house, app.by_object(text, redirect_uri=CALLBACK)) == told
    app.change(request_object_signing_alg="ES256")
    head = b64(json.dumps({"alg": "none"}).encode())
    text = f"{head}.{b64(json.dumps(app.parameters()).encode())}."
    assert error(house, app.by_object(text, redirect_uri=CALLBACK)) == "invalid_request_object"
    app.change(jwks=(), request_object_signing_alg=None)
    assert error(house, app.by_object(app.signed(), redirect_uri=CALLBACK)) == "request_not_supported"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 201),
        ({"aud": [ISSUER, "https://other.example"]}, 201),
        ({"nbf": 8}, 201),
        ({"nbf": -3500}, 201),
        ({"exp": 3500}, 201),
        ({"exp": None}, 400),
        ({"nbf": None}, 400),
        ({"exp": 3700}, 400),
        ({"nbf": -3700}, 400),
        ({"nbf": 90}, 400),
        ({"iss": None}, 400),
        ({"aud": None}, 400),
        ({"aud": ["https://other.example"]}, 400),
        ({"client_id": None}, 201),
    ],
)
def test_times_and_names_of_the_strict_profile(house: House, changes: dict[str, Any], status: int) -> None:
    app, now = bank(house), int(house.clock().timestamp())
    for name in ("exp", "nbf"):
        if isinstance(changes.get(name), int):
            changes = changes | {name: now + changes[name]}
    alone = {"request": app.signed(**changes), "client_id": app.client_id}
    assert app.call("/par", alone).status_code == status


def test_the_strict_profile_takes_no_rs256_and_nothing_from_outside(house: House) -> None:
    app = bank(house, "bank3", key=RSA, auth_method="client_secret_basic", profile="standard")
    app.change(profile="fapi2", auth_method="none")
    assert request_object.algs_of(app.client) == {"ES256", "PS256", "EdDSA"}
    strict = bank(house)
    reply = strict.call("/par", {"request": strict.signed(scope=None), "client_id": "bank", "scope": "openid"})
    assert (reply.status_code, reply.json["error"]) == (400, "invalid_scope")  # type: ignore[index]


def test_one_by_value_or_one_by_reference(house: House) -> None:
    app = application(house)
    token = app.signed(prompt="none")
    both = app.by_object(token, request_uri="https://partner.example/r", redirect_uri=CALLBACK)
    assert error(house, both) == "invalid_request"
    assert error(house, app.by_object(token, redirect_uri=CALLBACK) + f"&request={token}") == "invalid_request"


def with_pages(house: House) -> tuple[House, Wire]:
    """The same house, whose outgoing calls are answered from pages."""
    wire = Wire()
    idp = replace(house.idp, ports=replace(house.idp.ports, outgoing=wire))
    return House(idp, create_app(idp), house.clock), wire


def page(body: str, status: int = 200) -> Fetched:
    return Fetched(status, body.encode(), "application/oauth-authz-req+jwt", None)


def by_uri(app: Application, uri: str) -> str:
    return "/authorize?" + urlencode({"client_id": app.client_id, "request_uri": uri, "redirect_uri": CALLBACK})


def test_only_a_registered_address_is_asked(house: House) -> None:
    house, wire = with_pages(house)
    app = application(house)
    uri = "https://partner.example/request.jwt"
    assert error(house, by_uri(app, uri)) == "request_uri_not_supported"
    app.change(request_uris=(uri,))
    wire.pages[uri] = page(app.signed(prompt="none"))
    assert error(house, by_uri(app, uri)) == "login_required"
    for other in (
        uri + "?x",
        "https://partner.example:443/request.jwt",
        "http://169.254.169.254/",
        "file:///etc/passwd",
    ):
        assert error(house, by_uri(app, other)) == "invalid_request_uri"
    assert wire.asked == [uri]
    right = base64url(sha256(wire.pages[uri].body).digest())  # type: ignore[union-attr]
    assert error(house, by_uri(app, f"{uri}#{right}")) == "login_required"
    assert error(house, by_uri(app, f"{uri}#{'x' * 43}")) == "invalid_request_uri"
    wire.pages[uri] = page("<html>", 404)
    assert error(house, by_uri(app, uri)) == "invalid_request_uri"


CLIENT = Client("c", Text("C", "C"), "d", (CALLBACK,), jwks=(OTHER.jwk,))
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one), max_leaves=5)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["aud", "iss", "exp", "nbf", "scope", "resource", "claims", "max_age", "x"]), JSON)
)
def test_whatever_is_signed_is_read_or_refused(claims: dict[str, Any]) -> None:
    token = OTHER.sign({"alg": "ES256", "kid": "k1"}, claims)
    try:
        seen = request_object.peek(token, CLIENT)
        found = request_object.opened(seen, CLIENT, read_set({"keys": [OTHER.jwk]}), read([]), ISSUER, START)
    except OAuthError as error:
        assert error.code == "invalid_request_object"
    else:
        assert all(isinstance(value, str) for value in found.values.values())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: f"{b64(raw)}.{b64(raw)}.{b64(raw)}"))
def test_garbage_is_no_request(text: str) -> None:
    with pytest.raises(OAuthError):
        request_object.peek(text, CLIENT)
