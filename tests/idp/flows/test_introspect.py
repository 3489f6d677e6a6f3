"""Introspection, userinfo and revocation: what has ended, or was taken, is seen at the next request."""

from typing import Any

import pytest

from tests.idp.flows.test_token_code import ENDINGS, outlive_session
from tests.support.tokens import ISSUER, SECRET, Reply, World, basic, world

INACTIVE = {"active": False}


def userinfo_token(w: World) -> str:
    return str(w.tokens(scopes="openid profile email")["access_token"])


def test_a_live_token_is_told_to_its_api() -> None:
    w = world()
    token = w.tokens()["access_token"]
    told = w.introspect(token)
    assert told["active"] is True
    assert (told["scope"], told["client_id"], told["sub"]) == ("payroll.read", "payroll", w.subject.id)


@pytest.mark.parametrize("ending", [*ENDINGS, outlive_session])
def test_what_has_ended_is_inactive(ending: Any) -> None:
    w = world()
    token, mine = w.tokens()["access_token"], userinfo_token(w)
    assert w.userinfo(mine).status == 200
    ending(w)
    assert w.introspect(token) == INACTIVE
    assert w.userinfo(mine).status == 401


def test_a_role_that_was_taken_is_missing_at_the_next_request() -> None:
    w = world()
    token = w.tokens()["access_token"]
    assert w.introspect(token)["scope"] == "payroll.read"
    w.take_role()
    assert w.introspect(token)["scope"] == ""


def test_a_machine_token_follows_its_client() -> None:
    w = world()
    token = w.token("robot", {"grant_type": "client_credentials", "scope": "docs.read docs.write"}).json["access_token"]
    assert w.introspect(token, "docs")["scope"] == "docs.read docs.write"
    w.change_client("robot", roles=frozenset())
    assert w.introspect(token, "docs")["scope"] == "docs.read"
    w.change_client("robot", ended_before=w.clock())
    assert w.introspect(token, "docs") == INACTIVE


def test_a_post_that_ended_is_inactive_not_an_error() -> None:
    w = world()
    token = w.tokens()["access_token"]
    w.clock.move(minutes=1)
    w.end_post()
    assert w.introspect(token) == INACTIVE


def test_only_the_audience_may_ask() -> None:
    w = world()
    token = w.tokens()["access_token"]
    assert w.introspect(token, "docs") == INACTIVE
    mine = userinfo_token(w)
    assert w.introspect(mine)["active"] is True
    assert w.introspect(mine, "docs") == INACTIVE


def test_a_public_client_may_not_ask() -> None:
    w = world()
    token = w.tokens("app", "openid docs.read")["access_token"]
    assert w.call("/introspect", {"token": token}, "app").status == 401
    assert w.call("/introspect", {"token": token}, None).status == 401


def test_other_things_are_not_access_tokens() -> None:
    w = world()
    tokens = w.tokens()
    for other in (tokens["refresh_token"], tokens["id_token"], "x", "a.b.c", tokens["access_token"] + "A"):
        assert w.introspect(other) == INACTIVE
    assert w.call("/introspect", {}).json["error"] == "invalid_request"


# --- userinfo ---------------------------------------------------------------------------------------------------------


def test_userinfo_says_what_the_scopes_say() -> None:
    w = world()
    told = w.userinfo(userinfo_token(w)).json
    assert (told["sub"], told["name"], told["email"]) == (w.subject.id, "Alice Chen", "alice@mof.example")
    assert w.userinfo(w.tokens(scopes="openid")["access_token"]).json == {"sub": w.subject.id}


def test_an_api_token_is_not_for_userinfo() -> None:
    w = world()
    tokens = w.tokens()
    reply = w.userinfo(tokens["access_token"])
    assert reply.status == 401
    assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    mine = w.refresh(tokens["refresh_token"], resource=ISSUER).json["access_token"]
    assert w.userinfo(mine).json["name"] == "Alice Chen"


def test_without_openid_nothing_is_said() -> None:
    w = world()
    reply = w.userinfo(w.tokens(scopes="profile")["access_token"])
    assert reply.status == 403
    assert reply.headers["WWW-Authenticate"].startswith('Bearer error="insufficient_scope"')


def test_a_token_in_a_posts_body_or_header_and_never_in_the_query() -> None:
    w = world()
    token = userinfo_token(w)
    body = f"access_token={token}".encode()
    header = {"Authorization": f"bearer {token}"}

    def ask(method: str, path: str = "/userinfo", **more: Any) -> Reply:
        return w.http(method, path, **more)

    assert ask("POST", body=body).status == 200
    assert ask("POST", headers=header).status == 200
    assert ask("GET", headers=header).status == 200
    assert ask("POST", body=body, headers=header).status == 400
    assert ask("POST", body=body + b"&" + body).status == 400
    for nothing in (ask("GET", f"/userinfo?access_token={token}"), ask("GET", body=body), ask("GET")):
        assert nothing.status == 401
        assert nothing.headers["WWW-Authenticate"].startswith("Bearer, DPoP algs=")
    assert ask("GET", headers={"Authorization": basic("payroll", SECRET)}).status == 401
    assert ask("GET", headers={"Authorization": f"Bearer {token}, Bearer {token}"}).status == 401


# --- revocation -------------------------------------------------------------------------------------------------------


def test_an_access_token_given_back_is_dead_and_its_family_lives() -> None:
    w = world()
    tokens = w.tokens()
    assert w.call("/revoke", {"token": tokens["access_token"]}).status == 200
    assert w.introspect(tokens["access_token"]) == INACTIVE
    assert w.refresh(tokens["refresh_token"]).status == 200
    assert w.events("token.revoked")[0]["client_id"] == "payroll"


@pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "nonsense"])
def test_a_refresh_token_given_back_takes_its_grant_with_it(hint: str) -> None:
    w = world()
    tokens = w.tokens()
    form = {"token": tokens["refresh_token"]} | ({"token_type_hint": hint} if hint else {})
    for _ in range(2):  # the second time there is nothing left, and the answer is the same
        assert w.call("/revoke", form).status == 200
    assert w.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert w.introspect(tokens["access_token"]) == INACTIVE
    assert len(w.events("grant.revoked")) == 1


def test_unknown_tokens_are_answered_alike() -> None:
    w = world()
    for token in ("x", "family_x.y", "a.b.c"):
        reply = w.call("/revoke", {"token": token})
        assert (reply.status, reply.body) == (200, b"")
    assert w.call("/revoke", {}).json["error"] == "invalid_request"
    assert w.call("/revoke", {"token": "x"}, None).status == 401
