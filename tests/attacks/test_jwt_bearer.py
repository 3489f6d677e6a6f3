"""Assertions as a way in: forged, replayed, for others, from issuers that are not ours to trust. Spec: RFC 7523 §3."""

from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.support.assertions import GRANT, ISSUER, assertion, trusted
from tests.support.tokens import ISSUER as OURS
from tests.support.tokens import Reply, World, claims_of, world


def partnered(**changes: Any) -> World:
    w = world()
    w.change_client("docs", grant_types=("authorization_code", GRANT), networks=frozenset(), countries=frozenset())
    with w.truth.begin() as tx:
        tx.registry.put_issuer(trusted(**changes))
    return w


def present(w: World, token: str, client_id: str = "docs", scope: str = "docs.read") -> Reply:
    return w.token(client_id, {"grant_type": GRANT, "assertion": token, "scope": scope})


def test_a_listed_person_gets_a_narrow_token_and_a_session_to_end_it_by() -> None:
    w = partnered()
    reply = present(w, assertion(OURS, w.clock()))
    assert reply.status == 200, reply.body
    assert "refresh_token" not in reply.json and "id_token" not in reply.json
    said = claims_of(reply.json["access_token"])
    assert (said["sub"], said["client_id"], said["scope"]) == (w.subject.id, "docs", "docs.read")
    assert said["acr"] == "urn:gerege:aal1" and said["sid"] != w.session.sid
    assert said["exp"] <= int(w.clock().timestamp()) + 60
    assert w.introspect(reply.json["access_token"], "docs")["active"]
    with w.truth.begin() as tx:
        tx.sessions.end(said["sid"], w.clock())
    assert w.introspect(reply.json["access_token"], "docs") == {"active": False}


def test_an_assertion_counts_once() -> None:
    w = partnered()
    token = assertion(OURS, w.clock())
    assert present(w, token).status == 200
    assert present(w, token).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "b-2"},
        {"sub": None},
        {"iss": "https://other.example"},
        {"iss": None},
        {"exp": None},
        {"exp": 1},
        {"exp": 4102444800},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": 4102444800},
        {"iat": 4102444800},
        {"jti": None},
        {"jti": "x" * 300},
    ],
    ids=lambda changes: "-".join(f"{name}-{str(value)[:12]}" for name, value in changes.items()),
)
def test_claims_that_are_not_right(changes: dict[str, Any]) -> None:
    w = partnered()
    reply = present(w, assertion(OURS, w.clock(), **changes))
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
    assert reply.json["error_description"] == "the assertion is not valid", "one sentence for every reason"


@pytest.mark.parametrize(
    "audience",
    ["https://other.example", f"{OURS}/token", [OURS, "https://other.example"], [], None],
    ids=["other", "endpoint", "several", "empty", "missing"],
)
def test_it_must_be_for_us_alone(audience: Any) -> None:
    w = partnered()
    assert present(w, assertion(audience, w.clock())).json["error"] == "invalid_grant"


def test_another_key_proves_nothing() -> None:
    w = partnered()
    forged = ECKey.generate_key("P-256", {"kid": "partner-1"})
    assert present(w, assertion(OURS, w.clock(), forged)).json["error"] == "invalid_grant"


def test_an_unsigned_one_proves_nothing() -> None:
    w = partnered()
    payload = assertion(OURS, w.clock()).split(".")[1]
    assert present(w, f"eyJhbGciOiJub25lIn0.{payload}.").json["error"] == "invalid_grant"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", "e30.e30.e30", "\N{SNOWMAN}.a.b"], ids=range(6))
def test_garbage_is_refused_in_words(token: str) -> None:
    w = partnered()
    assert present(w, token).json["error"] in ("invalid_grant", "invalid_request")


def test_an_unlisted_application_may_not_present_it() -> None:
    w = partnered(clients=frozenset({"payroll"}))
    assert present(w, assertion(OURS, w.clock())).json["error"] == "invalid_grant"


def test_a_public_client_may_not_present_it() -> None:
    w = partnered(clients=frozenset({"app"}))
    w.change_client("app", grant_types=("authorization_code", GRANT))
    assert present(w, assertion(OURS, w.clock()), "app").json["error"] == "unauthorized_client"


@pytest.mark.parametrize("scope", ["docs.write", "docs.read docs.write", "openid", ""])
def test_no_more_than_the_issuer_is_trusted_for(scope: str) -> None:
    w = partnered()
    assert present(w, assertion(OURS, w.clock()), scope=scope).json["error"] == "invalid_scope"


def test_a_person_of_another_department_is_nobody_here() -> None:
    w = partnered(department_id="moe")
    assert present(w, assertion(OURS, w.clock())).json["error"] == "invalid_grant"


def test_a_disabled_person_is_refused() -> None:
    w = partnered()
    w.change_subject(disabled=True)
    assert present(w, assertion(OURS, w.clock())).json["error"] == "invalid_grant"


def test_high_grades_are_not_opened_by_somebody_else_s_word() -> None:
    w = partnered(clients=frozenset({"payroll"}), scopes=frozenset({"payroll.read"}))
    w.change_client("payroll", grant_types=("authorization_code", GRANT))
    reply = present(w, assertion(OURS, w.clock()), "payroll", "payroll.read")
    assert (reply.status, reply.json["error"]) == (400, "invalid_scope")


def test_an_issuer_that_is_no_longer_trusted_is_refused() -> None:
    w = partnered()
    with w.truth.begin() as tx:
        tx.registry.drop_issuer(ISSUER)
    assert present(w, assertion(OURS, w.clock())).json["error"] == "invalid_grant"
