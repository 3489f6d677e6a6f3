"""Self-registration: with a token that is good, for what opens nothing, and managed by its owner."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from idp.flows.admin import initial_tokens
from idp.flows.admin.scope import OPERATOR
from idp.ports import Fetched
from tests.support.tokens import START, Reply, World, world

EC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}
WELL = {"client_name": "Notes", "redirect_uris": ["https://notes.example/callback"]}


@pytest.fixture
def there() -> World:
    return world()


def token(there: World, uses: int = 5, hours: float = 1) -> str:
    return initial_tokens.make(there.idp, OPERATOR, "mof", uses, timedelta(hours=hours), "test", there.clock())[0]


def ask(there: World, method: str, path: str, bearer: str | None, said: object = None, **more: Any) -> Reply:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer is not None else {}
    body = None if said is None else said if isinstance(said, bytes) else json.dumps(said).encode()
    return there.http(method, path, body, headers, kind=more.pop("kind", "application/json"), **more)


def register(there: World, bearer: str | None, said: object) -> Reply:
    return ask(there, "POST", "/register", bearer, said)


def count(there: World) -> int:
    return len(there.truth.configuration().clients)


def test_what_registers_itself_opens_nothing(there: World) -> None:
    asked = WELL | {
        "scope": "openid email payroll.read admin.people.write roles",
        "grant_types": ["authorization_code", "client_credentials", "urn:openid:params:grant-type:ciba", "password"],
        "first_party": True,
        "department": "moe",
        "audiences": ["urn:example:payroll"],
        "roles": ["payroll-clerk"],
        "shared_with": ["*"],
        "labels": ["all-employees"],
        "profile": "compat",
        "client_id": "payroll",
        "client_secret": "mine",
        "lenient_assertion_audience": True,
        "software_statement": "eyJhbGciOiJub25lIn0.e30.",
    }
    reply = register(there, token(there), asked)
    assert reply.status == 201
    assert reply.headers["Cache-Control"] == "no-store"
    said = reply.json
    assert said["client_id"] != "payroll"
    assert said["client_secret"] != "mine"
    assert len(said["client_secret"]) >= 43
    assert said["scope"] == "openid email"
    assert said["grant_types"] == ["authorization_code"]
    assert {"first_party", "department", "roles", "audiences", "profile"} & said.keys() == set()
    kept = there.client(said["client_id"])
    assert (kept.department_id, kept.profile, kept.first_party, kept.always_consent) == ("mof", "standard", False, True)
    assert (kept.audiences, kept.roles, kept.shared_with, kept.labels) == ((), frozenset(), frozenset(), frozenset())
    assert not kept.lenient_assertion_audience
    assert kept.registered_by == "registration"
    [event] = there.events("client.changed")
    assert (event["client_id"], event["what"]) == (said["client_id"], "registered itself")


def test_no_token_an_unknown_one_one_that_is_over_and_one_of_another_kind(there: World) -> None:
    good, before = token(there, hours=1), count(there)
    access = there.tokens()["access_token"]
    for bearer in (None, "", "x" * 43, access, good[:-1]):
        reply = register(there, bearer, WELL)
        assert reply.status == 401, bearer
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert ask(there, "POST", "/register", None, WELL, QUERY_STRING=f"access_token={good}").status == 401
    there.clock.move(hours=1)
    assert register(there, good, WELL).status == 401
    assert count(there) == before


def test_a_token_is_good_so_often_and_a_mistake_costs_nothing(there: World) -> None:
    twice = token(there, uses=2)
    assert register(there, twice, WELL | {"redirect_uris": ["https://a.example/#x"]}).status == 400
    first, second = register(there, twice, WELL), register(there, twice, WELL)
    assert (first.status, second.status) == (201, 201)
    assert first.json["client_id"] != second.json["client_id"]
    assert register(there, twice, WELL).status == 401


@pytest.mark.parametrize(
    "uri",
    [
        "https://a.example/#fragment",
        "https://a.example/#",
        "http://a.example/callback",
        "https://user@a.example/",
        "https://*.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://a.example/\\evil",
        "https://а.example/",
        "https://a.example/ x",
        "//a.example/",
        "app:/x",
        "",
        "https:///x",
        17,
    ],
)
def test_an_address_that_cannot_be_is_refused(there: World, uri: object) -> None:
    before = count(there)
    reply = register(there, token(there), WELL | {"redirect_uris": ["https://a.example/ok", uri]})
    assert (reply.status, reply.json["error"]) == (400, "invalid_redirect_uri")
    assert reply.headers["Content-Type"] == "application/json"
    assert all(" " <= sign <= "~" and sign not in '"\\' for sign in reply.json["error_description"])
    assert count(there) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"jwks_uri": "http://a.example/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks": {"keys": [EC | {"d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
        {"jwks": [EC]},
        {"jwks": {"keys": [EC]}, "jwks_uri": "https://a.example/jwks"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "mine"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"response_types": ["token"]},
        {"response_types": "code"},
        {"grant_types": ["implicit", "password"]},
        {"scope": "payroll.read"},
        {"scope": ["openid"]},
        {"id_token_signed_response_alg": "none"},
        {"request_object_signing_alg": "none", "jwks": {"keys": [EC]}},
        {"userinfo_encrypted_response_alg": "RSA1_5", "jwks": {"keys": [EC]}},
        {"backchannel_logout_uri": "http://169.254.169.254/latest"},
        {"backchannel_logout_uri": "https://a.example/#x"},
        {"post_logout_redirect_uris": ["javascript:alert(1)"]},
        {"request_uris": ["gopher://a.example/"]},
        {"client_uri": "javascript:alert(1)"},
        {"policy_uri": "http://a.example/"},
        {"client_name": "x" * 200},
        {"client_name": "a\u202eb\n"},
        {"contacts": ["<script>"]},
        {"default_max_age": -1},
        {"default_max_age": True},
        {"dpop_bound_access_tokens": "yes"},
        {"subject_type": "pairwise", "redirect_uris": ["https://a.example/", "https://b.example/"]},
    ],
    ids=range(30),
)
def test_metadata_that_cannot_be_are_refused(there: World, changes: dict[str, Any]) -> None:
    before = count(there)
    reply = register(there, token(there), WELL | changes)
    assert (reply.status, reply.json["error"]) == (400, "invalid_client_metadata"), reply.body
    assert all(" " <= sign <= "~" and sign not in '"\\' for sign in reply.json["error_description"])
    assert count(there) == before
    assert there.wire.asked == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"a":1,"a":2}', b"\xff{}", b'{"a":' * 100, b'{"a":NaN}', b'{"a":1e999}'],
    ids=range(9),
)
def test_a_body_that_is_not_one_object(there: World, body: bytes) -> None:
    assert register(there, token(there), body).status == 400


def test_another_kind_of_body_no_length_and_too_much(there: World) -> None:
    good = token(there)
    assert ask(there, "POST", "/register", good, WELL, kind="text/plain").status == 400
    assert ask(there, "POST", "/register", good, WELL, kind="application/x-www-form-urlencoded").status == 400
    assert ask(there, "POST", "/register", good, WELL, CONTENT_LENGTH="").status == 400
    assert register(there, good, WELL | {"x": "y" * 70_000}).status == 400


def test_a_sector_file_must_list_every_address(there: World) -> None:
    sector = "https://notes.example/sector.json"
    asked = WELL | {
        "subject_type": "pairwise",
        "sector_identifier_uri": sector,
        "redirect_uris": ["https://notes.example/a", "https://other.example/b"],
    }
    for body in (b"[]", b'["https://notes.example/a"]', b"{}", b"<html>"):
        there.wire.pages[sector] = Fetched(200, body, "application/json", None)
        assert register(there, token(there), asked).json["error"] == "invalid_client_metadata"
    there.wire.pages[sector] = Fetched(200, json.dumps(asked["redirect_uris"]).encode(), "application/json", None)
    assert register(there, token(there), asked).status == 201


def test_a_stranger_makes_us_fetch_nothing(there: World) -> None:
    asked = WELL | {"subject_type": "pairwise", "sector_identifier_uri": "https://victim.example/"}
    assert register(there, "stranger", asked).status == 401
    assert there.wire.asked == []


def test_the_registration_is_its_owner_s_and_the_token_changes_each_time(there: World) -> None:
    mine, other = (register(there, token(there), WELL).json for _ in range(2))
    path = mine["registration_client_uri"].removeprefix("https://id.example")
    first = mine["registration_access_token"]
    theirs = other["registration_access_token"], there.tokens()["access_token"], mine["client_secret"]
    for bearer in (None, "x" * 43, *theirs):
        for method, body in (("GET", None), ("PUT", WELL | {"client_id": mine["client_id"]}), ("DELETE", None)):
            assert ask(there, method, path, bearer, body).status == 401
    assert ask(there, "GET", "/register/payroll", first).status == 401
    assert ask(there, "GET", "/register/nobody", first).status == 401
    seen = ask(there, "GET", path, first)
    assert seen.status == 200
    assert "client_secret" not in seen.json
    assert ask(there, "GET", path, first).status == 401  # an old one has nothing
    assert ask(there, "GET", path, seen.json["registration_access_token"]).status == 200


def test_an_update_is_whole_and_cannot_take_what_is_not_given(there: World) -> None:
    mine = register(there, token(there), WELL | {"contacts": ["a@notes.example"]}).json
    path, bearer = f"/register/{mine['client_id']}", mine["registration_access_token"]
    for wrong in (
        WELL,
        WELL | {"client_id": "payroll"},
        WELL | {"client_id": mine["client_id"], "client_secret": "other"},
        WELL | {"client_id": mine["client_id"], "registration_access_token": bearer},
        WELL | {"client_id": mine["client_id"], "client_id_issued_at": 1},
        WELL | {"client_id": mine["client_id"], "redirect_uris": ["https://evil.example/#x"]},
    ):
        assert ask(there, "PUT", path, bearer, wrong).status == 400
    there.change_client(mine["client_id"], audiences=("urn:example:docs",), scopes=("openid", "docs.read"), grade=2)
    said = WELL | {"client_id": mine["client_id"], "scope": "openid profile payroll.read", "client_name": "Notebook"}
    reply = ask(there, "PUT", path, bearer, said | {"client_secret": mine["client_secret"]})
    assert reply.status == 200
    assert "contacts" not in reply.json
    assert "client_secret" not in reply.json  # the one that it has stays
    kept = there.client(mine["client_id"])
    assert (kept.name.en, kept.scopes, kept.grade) == ("Notebook", ("openid", "profile", "docs.read"), 2)


def test_who_is_removed_is_over(there: World) -> None:
    mine = register(there, token(there), WELL).json
    path, bearer = f"/register/{mine['client_id']}", mine["registration_access_token"]
    gone = ask(there, "DELETE", path, bearer)
    assert (gone.status, gone.body) == (204, b"")
    kept = there.client(mine["client_id"])
    assert (kept.disabled, kept.ended_before) == (True, START)
    assert ask(there, "GET", path, bearer).status == 401


def test_a_registration_of_an_administrator_cannot_be_managed(there: World) -> None:
    kept = there.client("payroll")
    assert kept.registration_token_hash is None
    for bearer in ("", "0", "0" * 64):
        assert ask(there, "DELETE", "/register/payroll", bearer).status == 401
    assert not there.client("payroll").disabled


def test_one_network_is_slowed_down(there: World) -> None:
    answers = [register(there, "x" * 43, WELL).status for _ in range(40)]
    assert answers[0] == 401
    assert answers[-1] == 429


def test_who_asks_for_all_that_a_bank_needs_gets_its_rules(there: World) -> None:
    asked = WELL | {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [EC]},
        "dpop_bound_access_tokens": True,
        "require_pushed_authorization_requests": True,
    }
    said = register(there, token(there), asked).json
    kept = there.client(said["client_id"])
    assert (kept.profile, kept.id_token_signed_response_alg) == ("fapi2", "ES256")
    assert "client_secret" not in said
    weaker = register(there, token(there), asked | {"id_token_signed_response_alg": "RS256"}).json
    assert replace(there.client(weaker["client_id"])).profile == "standard"
