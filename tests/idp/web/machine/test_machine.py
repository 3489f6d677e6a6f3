"""The machine endpoints as WSGI: statuses, headers, documents, and what happens when something is away or broken."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from idp.errors import Throttled, Unavailable
from idp.flows.grants import GRANTS
from idp.model import Permission, Resource, Text
from idp.oidc.signing import decode
from tests.support.tokens import ISSUER, SECRET, basic, claims_of, world

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache", "Content-Type": "application/json"}


def test_answers_are_not_kept() -> None:
    w = world()
    good, bad = w.redeem(w.code()), w.redeem("x")
    for reply in (good, bad, w.call("/introspect", {"token": "x"}), w.userinfo("x")):
        assert NO_STORE.items() <= reply.headers.items()
        assert int(reply.headers["Content-Length"]) == len(reply.body)


def test_401_says_how_to_do_better() -> None:
    w = world()
    for reply in (
        w.http("POST", "/token", b"grant_type=x", {"Authorization": basic("payroll", "wrong")}),
        w.http("POST", "/token", b"grant_type=x&client_id=payroll&client_secret=" + SECRET.encode()),
    ):
        assert (reply.status, reply.json["error"]) == (401, "invalid_client")
        assert reply.headers["WWW-Authenticate"].startswith("Basic ")
    assert w.userinfo("x").headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')


@pytest.mark.parametrize(
    ("path", "wrong", "allow"),
    [
        ("/token", "GET", "POST, OPTIONS"),
        ("/introspect", "OPTIONS", "POST"),
        ("/introspect", "GET", "POST"),
        ("/revoke", "PUT", "POST, OPTIONS"),
        ("/userinfo", "DELETE", "GET, POST, HEAD, OPTIONS"),
        ("/jwks", "POST", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_methods(path: str, wrong: str, allow: str) -> None:
    reply = world().http(wrong, path, b"")
    assert (reply.status, reply.headers["Allow"]) == (405, allow)


def test_browser_applications_may_read_what_is_for_them() -> None:
    w = world()
    for path in ("/token", "/revoke", "/userinfo", "/jwks", "/.well-known/openid-configuration"):
        reply = w.http("OPTIONS", path, headers={"Origin": "https://page.example"})
        assert (reply.status, reply.body) == (204, b"")
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in reply.headers
        assert "Authorization" in reply.headers["Access-Control-Allow-Headers"]
    assert w.redeem("x").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in w.call("/introspect", {"token": "x"}).headers


# --- documents --------------------------------------------------------------------------------------------------------


def test_discovery_says_only_what_works() -> None:
    w = world()
    document = w.http("GET", "/.well-known/openid-configuration")
    said = document.json
    assert document.body == w.http("GET", "/.well-known/oauth-authorization-server").body
    assert said["issuer"] == ISSUER
    assert said["grant_types_supported"] == list(GRANTS)
    assert said["response_types_supported"] == ["code"]
    assert {"openid", "profile", "email", "payroll.read"} <= set(said["scopes_supported"])
    served = {name: url.removeprefix(ISSUER) for name, url in said.items() if name.endswith(("_endpoint", "_uri"))}
    assert {
        served[name] for name in served if name not in ("authorization_endpoint", "end_session_endpoint")
    } <= w.apps.keys()
    for name in ("request_parameter_supported", "request_uri_parameter_supported", "claims_parameter_supported"):
        assert said[name] is True
    assert said["require_pushed_authorization_requests"] is False
    assert said["require_request_uri_registration"] is True
    assert "none" not in said["request_object_signing_alg_values_supported"]
    assert said["response_modes_supported"] == ["query", "form_post", "jwt", "query.jwt", "form_post.jwt"]
    assert all(value != [] for value in said.values())
    algorithms = {claims_header(token) for token in (w.tokens()["id_token"], w.tokens()["access_token"])}
    assert algorithms == set(said["id_token_signing_alg_values_supported"])


def claims_header(token: str) -> str:
    return str(json.loads(decode(token.split(".")[0].encode()))["alg"])


def test_documents_are_kept_until_they_change() -> None:
    w = world()
    for path in ("/jwks", "/.well-known/openid-configuration"):
        first = w.http("GET", path)
        etag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "public, max-age=300"
        for header in (etag, f'"x", {etag}'):
            again = w.http("GET", path, headers={"If-None-Match": header})
            assert (again.status, again.body) == (304, b"")
        assert w.http("GET", path, headers={"If-None-Match": '"x"'}).status == 200
        head = w.http("HEAD", path)
        assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(first.body)))


def test_discovery_follows_the_configuration() -> None:
    w = world()
    before = w.http("GET", "/.well-known/openid-configuration")
    with w.truth.begin() as tx:
        permission = Permission("new.read", 1, frozenset(), Text("New", "新"))
        tx.registry.put_resource(Resource("urn:new", Text("New", "新"), (permission,)))
    after = w.http("GET", "/.well-known/openid-configuration")
    assert "new.read" in after.json["scopes_supported"]
    assert after.headers["ETag"] != before.headers["ETag"]


def test_no_private_part_is_published() -> None:
    for key in world().http("GET", "/jwks").json["keys"]:
        assert key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}


# --- when something is away or broken ---------------------------------------------------------------------------------


class Away:
    """A store that does not answer, or is broken."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        raise self.error


def broken(error: Exception) -> Any:
    w = world()
    token, code = w.tokens()["access_token"], w.code()
    object.__setattr__(w.idp.ports, "truth", Away(error))
    return w, token, code


def test_a_store_that_is_away_is_503_and_never_a_yes() -> None:
    w, token, code = broken(Unavailable("store", "connection refused to 10.0.0.5"))
    body = f"token={token}&code={code}&grant_type=authorization_code".encode()
    for path in ("/token", "/introspect", "/revoke"):
        reply = w.http("POST", path, body, {"Authorization": basic("payroll", SECRET)})
        assert (reply.status, reply.json) == (503, {"error": "temporarily_unavailable"})
        assert reply.headers["Retry-After"] == "2"
        assert b"10.0.0.5" not in reply.body
    assert w.userinfo(token).status == 503


def test_codes_away_are_503() -> None:
    w = world()
    code = w.code()
    object.__setattr__(w.idp.ports, "brief", Away(Unavailable("brief")))
    assert w.redeem(code).status == 503


def test_a_broken_store_is_an_incident_not_a_text(caplog: pytest.LogCaptureFixture) -> None:
    w, token, _ = broken(RuntimeError("secret inner text"))
    with caplog.at_level(logging.ERROR):
        reply = w.userinfo(token)
    assert (reply.status, reply.json["error"]) == (500, "server_error")
    assert b"secret" not in reply.body
    assert reply.json["error_description"].rpartition(" ")[2] in caplog.text
    assert "secret inner text" in caplog.text


def test_throttled_says_when() -> None:
    w, token, _ = broken(Throttled(timedelta(seconds=7)))
    reply = w.userinfo(token)
    assert (reply.status, reply.headers["Retry-After"]) == (429, "7")


def test_no_secret_or_token_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    w = world()
    with caplog.at_level(logging.DEBUG):
        tokens = w.tokens()
        w.call("/token", {"client_id": "docs", "client_secret": "wrong-secret-value"}, None)
        w.refresh(tokens["refresh_token"] + "x")
        w.introspect(tokens["access_token"] + "x")
    for secret in (SECRET, "wrong-secret-value", tokens["access_token"], tokens["refresh_token"]):
        assert secret not in caplog.text
    assert claims_of(tokens["access_token"])["jti"] not in caplog.text
