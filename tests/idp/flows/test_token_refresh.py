"""Refresh: decided again each time; confidential clients keep their token, public clients rotate theirs."""

from datetime import timedelta
from typing import Any

import pytest

from tests.idp.flows.test_token_code import ENDINGS
from tests.support.tokens import DOCS, ISSUER, PAYROLL, claims_of, world


def test_a_confidential_client_keeps_its_token() -> None:
    w = world()
    first = w.tokens()
    w.clock.move(minutes=2)
    for _ in range(3):
        again = w.refresh(first["refresh_token"]).json
        assert again["refresh_token"] == first["refresh_token"]
        assert again["access_token"] != first["access_token"]


def test_a_refreshed_id_token_is_of_the_same_sign_in() -> None:
    w = world()
    first = w.tokens()
    w.clock.move(minutes=5)
    old, new = claims_of(first["id_token"]), claims_of(w.refresh(first["refresh_token"]).json["id_token"])
    same = ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid")
    assert {name: old[name] for name in same} == {name: new[name] for name in same}
    assert new["iat"] == old["iat"] + 300
    assert "nonce" not in new


def test_a_public_client_rotates() -> None:
    w = world()
    token = w.tokens("app", "openid docs.read")["refresh_token"]
    for _ in range(3):
        reply = w.refresh(token, "app")
        assert reply.status == 200
        assert reply.json["refresh_token"] != token
        token = reply.json["refresh_token"]


def test_one_family_for_several_audiences() -> None:
    w = world()
    token = w.redeem(w.code(scopes="openid profile payroll.read docs.read", audience=PAYROLL)).json["refresh_token"]
    for resource, audience, scope in (
        (None, PAYROLL, "payroll.read"),
        (DOCS, DOCS, "docs.read"),
        (ISSUER, ISSUER, "openid profile"),
    ):
        reply = w.refresh(token, **({"resource": resource} if resource else {}))
        claims = claims_of(reply.json["access_token"])
        assert (claims["aud"], claims["scope"]) == (audience, scope)
    assert w.refresh(token, resource="urn:example:other").json["error"] == "invalid_target"


def test_offline_access_is_ignored_as_it_was_when_it_was_first_asked_for() -> None:
    """oidc-agent and many others name it in every request; whoever may refresh may do so without it."""
    w = world()
    issued = w.tokens("app", "openid profile docs.read")
    again = w.refresh(issued["refresh_token"], "app", scope="openid docs.read offline_access")
    assert (again.status, again.json["scope"]) == (200, "openid docs.read")
    refused = w.refresh(again.json["refresh_token"], "app", scope="openid email offline_access")
    assert (refused.status, refused.json["error"]) == (400, "invalid_scope")


def test_scope_may_narrow_and_never_widen() -> None:
    w = world()
    token = w.tokens(scopes="openid profile payroll.read")["refresh_token"]
    assert w.refresh(token, scope="payroll.read").json["scope"] == "payroll.read"
    assert "id_token" not in w.refresh(token, scope="payroll.read").json
    assert w.refresh(token, scope="payroll.read payroll.approve").json["error"] == "invalid_scope"
    assert w.refresh(token).json["scope"] == "openid profile payroll.read"


def test_a_role_that_was_taken_is_missing_at_the_next_refresh() -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    w.take_role()
    reply = w.refresh(token)
    assert reply.status == 200
    assert reply.json["scope"] == "openid profile"
    assert "scope" not in claims_of(reply.json["access_token"])
    assert w.events("token.issued")[0]["dropped"] == ["payroll.read"]


def test_clearance_that_was_lowered_is_felt_at_the_next_refresh() -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    w.change_subject(clearance=2)
    assert w.refresh(token).json["scope"] == "openid profile"


def test_a_scope_taken_from_the_client_is_missing() -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    w.change_client("payroll", scopes=("openid", "payroll.read"))
    assert w.refresh(token).json["scope"] == "openid payroll.read"


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_has_ended_is_not_refreshed(ending: Any) -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    ending(w)
    reply = w.refresh(token)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")


def test_network_and_country_of_the_last_contact_are_asked_again() -> None:
    w = world()
    token = w.tokens("docs", "openid docs.read")["refresh_token"]
    assert w.refresh(token, "docs").status == 200
    for country, zones in (("CN", ()), ("DE", ("office",)), ("DE", ())):
        with w.truth.begin() as tx:
            tx.sessions.touch(w.session.sid, w.clock(), "net-2", country, None, zones)
        reply = w.refresh(token, "docs")
        assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
        w.clock.move(minutes=1)
    with w.truth.begin() as tx:
        tx.sessions.touch(w.session.sid, w.clock(), "net", "CN", None, ("office",))
    assert w.refresh(token, "docs").status == 200  # a refusal spends nothing


def test_a_browser_not_seen_for_a_day_must_come_by() -> None:
    w = world()
    object.__setattr__(w.session, "expires_at", w.clock() + timedelta(days=5))
    token = w.tokens()["refresh_token"]
    w.clock.move(hours=24)
    assert w.refresh(token).status == 200
    w.clock.move(seconds=1)
    assert w.refresh(token).json["error"] == "invalid_grant"
    with w.truth.begin() as tx:
        tx.sessions.touch(w.session.sid, w.clock(), "net", "CN", None, ("office",))
    assert w.refresh(token).status == 200


def test_a_session_past_its_limit_is_not_refreshed_an_idle_one_is() -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    w.clock.move(hours=2)
    assert w.refresh(token).status == 200
    w.clock.at = w.session.expires_at
    assert w.refresh(token).json["error"] == "invalid_grant"


def test_a_family_has_an_idle_and_an_absolute_end() -> None:
    w = world()
    object.__setattr__(w.session, "expires_at", w.clock() + timedelta(days=100))

    def seen() -> None:
        with w.truth.begin() as tx:
            tx.sessions.touch(w.session.sid, w.clock(), "net", "CN", None, ("office",))

    object.__setattr__(w.session, "idle_limit", timedelta(days=100))
    used, unused = w.tokens()["refresh_token"], w.tokens()["refresh_token"]
    for _ in range(5):
        w.clock.move(days=6)
        seen()
        last = w.refresh(used).status
        if w.clock() < w.session.created_at + timedelta(days=30):
            assert last == 200
    assert last == 400  # thirty days
    assert w.refresh(unused).json["error"] == "invalid_grant"


def test_most_refreshes_of_confidential_clients_write_no_row() -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    before = w.truth.grants.family(token.partition(".")[0])
    w.clock.move(minutes=1)
    w.refresh(token)
    assert w.truth.grants.family(token.partition(".")[0]) == before
    w.clock.move(minutes=10)
    w.refresh(token)
    after = w.truth.grants.family(token.partition(".")[0])
    assert before is not None
    assert after is not None
    assert after[0].idle_expires_at == before[0].idle_expires_at + timedelta(minutes=11)
