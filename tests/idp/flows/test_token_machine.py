"""client_credentials: a machine's own roles, one API, nothing about people, nothing to refresh."""

import pytest

from tests.support.tokens import DOCS, claims_of, world

ASK = {"grant_type": "client_credentials"}


def test_a_machine_gets_what_its_roles_hold() -> None:
    w = world()
    reply = w.token("robot", ASK | {"scope": "docs.read docs.write"})
    claims = claims_of(reply.json["access_token"])
    assert (claims["sub"], claims["client_id"], claims["aud"], claims["scope"]) == (
        "robot", "robot", DOCS, "docs.read docs.write",
    )  # fmt: skip
    assert not {"sid", "post", "grant", "acr", "amr", "auth_time"} & claims.keys()
    assert (claims["dept"], claims["grade"]) == ("mof", 2)
    assert reply.json["expires_in"] == 1800
    assert not {"refresh_token", "id_token"} & reply.json.keys()


def test_a_role_that_is_missing_is_a_permission_that_is_missing() -> None:
    w = world()
    w.change_client("robot", roles=frozenset())
    reply = w.token("robot", ASK | {"scope": "docs.read docs.write"})
    assert reply.json["scope"] == "docs.read"
    assert w.events("token.issued")[0]["dropped"] == ["docs.write"]


def test_a_secret_alone_opens_no_high_grade() -> None:
    """Grade 3 asks for two factors; a machine with one secret has proved one."""
    w = world()
    w.change_client("robot", grade=4)
    assert w.token("robot", ASK | {"scope": "payroll.read"}).status == 400


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "payroll.approve"}, "invalid_scope"),
        ({"scope": "docs.read payroll.read"}, "invalid_scope"),
        ({"scope": "docs.read", "resource": "urn:example:payroll"}, "invalid_target"),
        ({"scope": "docs.read payroll.read", "resource": DOCS}, "invalid_scope"),
        ({"scope": "docs.read", "resource": "https://id.example"}, "invalid_scope"),
        ({"scope": "payroll.read"}, "invalid_scope"),
    ],
)
def test_what_a_machine_may_not_ask_for(form: dict[str, str], error: str) -> None:
    reply = world().token("robot", ASK | form)
    assert (reply.status, reply.json["error"]) == (400, error)


def test_policy_refuses_with_a_reference() -> None:
    w = world()
    w.change_client("robot", networks=frozenset({"office"}))
    reply = w.token("robot", ASK | {"scope": "docs.read"})
    assert (reply.status, reply.json["error"]) == (400, "unauthorized_client")
    assert w.truth.history.decision(reply.json["error_description"].rpartition(" ")[2]) is not None


def test_a_public_client_cannot_speak_for_itself() -> None:
    w = world()
    w.change_client("app", grant_types=("client_credentials",), roles=frozenset({"docs-editor"}))
    assert w.token("app", ASK | {"scope": "docs.read"}).json["error"] == "unauthorized_client"


def test_the_event_is_the_only_thing_written() -> None:
    w = world()
    before = w.truth._tables  # type: ignore[attr-defined]
    w.token("robot", ASK | {"scope": "docs.read"})
    after = w.truth._tables  # type: ignore[attr-defined]
    assert len(after.waiting) == len(before.waiting) + 1
    assert (after.grants, after.families, after.revoked_tokens) == (
        before.grants,
        before.families,
        before.revoked_tokens,
    )
