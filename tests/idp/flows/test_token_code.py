"""Code → tokens: what is in them, and what must be true for them to be issued."""

from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.model import AAL1, AAL2
from tests.support.tokens import DOCS, ISSUER, PAYROLL, World, claims_of, world


def test_tokens_are_what_they_should_be() -> None:
    w = world()
    tokens = w.tokens(scopes="openid profile payroll.read payroll.approve")
    keys = KeySet.import_key_set({"keys": w.http("GET", "/jwks").json["keys"]})
    access = jwt.decode(tokens["access_token"], keys, algorithms=["ES256"])
    identity = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"])
    assert access.header["typ"] == "at+jwt"
    assert access.claims | {"jti": ""} == {
        "iss": ISSUER, "sub": w.subject.id, "aud": PAYROLL, "client_id": "payroll", "iat": 1795399200,
        "exp": 1795399200 + 900, "jti": "", "dept": "mof", "grade": 3, "scope": "payroll.read", "acr": AAL2,
        "amr": ["mfa", "otp", "pwd"], "auth_time": 1795399140, "post": w.post.id, "sid": w.session.sid,
        "grant": access.claims["grant"],
    }  # fmt: skip
    assert (identity.claims["aud"], identity.claims["nonce"], identity.claims["sid"]) == (
        "payroll",
        "n-1",
        w.session.sid,
    )
    assert not {"name", "email", "locale"} & identity.claims.keys() | access.claims.keys() & {"name", "email"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    assert tokens["scope"] == "openid profile payroll.read"
    assert tokens["refresh_token"].startswith("family_")


def test_event_tells_asked_granted_dropped_and_why() -> None:
    w = world()
    w.tokens(scopes="openid payroll.read payroll.approve")
    (event,) = w.events("token.issued")
    assert event["asked"] == ["openid", "payroll.read", "payroll.approve"]
    assert event["granted"] == ["openid", "payroll.read"]
    assert event["dropped"] == ["payroll.approve"]
    assert "payroll-approvers-approve" in event["policies"]
    assert "life-grade-3" in event["policies"]
    assert event["audience"] == PAYROLL


def test_life_shrinks_with_the_grade_of_what_is_in_the_token() -> None:
    w = world()
    assert w.tokens(scopes="openid profile")["expires_in"] == 3600
    assert w.tokens(scopes="openid docs.read")["expires_in"] == 3600
    assert w.tokens(scopes="openid payroll.read")["expires_in"] == 900


def test_a_token_never_outlives_its_session() -> None:
    w = world()
    w.clock.move(hours=23, minutes=50)
    assert w.tokens(scopes="openid profile")["expires_in"] == 600


def test_without_openid_no_id_token_without_the_grant_no_refresh_token() -> None:
    w = world()
    assert "id_token" not in w.tokens(scopes="payroll.read")
    w.change_client("payroll", grant_types=("authorization_code",))
    assert "refresh_token" not in w.tokens()


def test_assurance_that_is_missing_drops_the_permission_not_the_person() -> None:
    w = world()
    code = w.code(scopes="openid docs.read payroll.read", audience=PAYROLL)
    with w.truth.begin() as tx:
        tx.sessions.end(w.session.sid, w.clock())
    assert w.redeem(code).status == 400  # first of all: its session lives
    low = world()
    object.__setattr__(low.session, "acr", AAL1)
    tokens = low.tokens(scopes="openid payroll.read")
    assert tokens["scope"] == "openid"
    assert "scope" not in claims_of(tokens["access_token"])


def test_resource_picks_the_audience() -> None:
    w = world()
    both = "openid payroll.read docs.read"
    for resource, audience, scope in (
        (PAYROLL, PAYROLL, "payroll.read"),
        (DOCS, DOCS, "docs.read"),
        (ISSUER, ISSUER, "openid"),
    ):
        reply = w.redeem(w.code(scopes=both, audience=PAYROLL), resource=resource)
        claims = claims_of(reply.json["access_token"])
        assert (claims["aud"], claims["scope"]) == (audience, scope)
    reply = w.redeem(w.code(scopes="openid payroll.read"), resource=DOCS)
    assert (reply.status, reply.json["error"]) == (400, "invalid_target")


def disable_person(w: World) -> None:
    w.change_subject(disabled=True, ended_before=w.clock())


def sign_out_everywhere(w: World) -> None:
    w.change_subject(ended_before=w.clock())


def end_session(w: World) -> None:
    with w.truth.begin() as tx:
        tx.sessions.end(w.session.sid, w.clock())


def end_client(w: World) -> None:
    w.change_client("payroll", ended_before=w.clock())


def revoke_grant(w: World) -> None:
    with w.truth.begin() as tx:
        for grant in tx.grants.of_session(w.session.sid):
            tx.grants.revoke(grant.id, w.clock())


def outlive_session(w: World) -> None:
    w.clock.at = w.session.expires_at


ENDINGS = (disable_person, sign_out_everywhere, end_session, end_client, revoke_grant)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_has_ended_gives_no_tokens(ending: Any) -> None:
    w = world()
    code = w.code()
    ending(w)
    reply = w.redeem(code)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert w.events("token.refused")[0]["grant_id"]


def test_a_disabled_client_cannot_even_authenticate() -> None:
    w = world()
    code = w.code()
    w.change_client("payroll", disabled=True)
    assert (w.redeem(code).status, w.redeem(code).json["error"]) == (401, "invalid_client")


def test_a_post_that_ended_gives_no_tokens() -> None:
    w = world()
    code = w.code()
    w.end_post()
    assert w.redeem(code).json["error"] == "invalid_grant"


def test_policy_denies_entry_with_a_reference() -> None:
    """Docs is for the office alone; the session's last contact came from elsewhere."""
    w = world()
    code = w.code("docs", "openid docs.read")
    with w.truth.begin() as tx:
        tx.sessions.touch(w.session.sid, w.clock(), "elsewhere", "CN", None, ())
    reply = w.redeem(code, "docs")
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    reference = reply.json["error_description"].rpartition(" ")[2]
    kept = w.truth.history.decision(reference)
    assert kept is not None
    assert (kept.outcome, kept.client_id, kept.subject_id) == ("refused", "docs", w.subject.id)
    (event,) = w.events("token.refused")
    assert (event["reference"], event["why"]) == (reference, "outside-network")


def test_a_code_is_over_after_its_minute() -> None:
    w = world()
    code = w.code()
    w.clock.move(seconds=61)
    assert w.redeem(code).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "payroll.read"}, "unauthorized_client"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "nothing"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x.y"}, "invalid_grant"),
    ],
)
def test_requests_that_ask_for_nothing_good(form: dict[str, str], error: str) -> None:
    reply = world().token("payroll", form)
    assert (reply.status, reply.json["error"]) == (400, error)


def test_refusals_of_one_grant_are_told_once_a_minute() -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    end_session(w)
    for _ in range(5):
        assert w.refresh(token).status == 400
    assert len(w.events("token.refused")) == 1
    w.clock.at += timedelta(minutes=1)
    w.refresh(token)
    assert len(w.events("token.refused")) == 2
