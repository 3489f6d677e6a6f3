"""A machine that is named like a person is no person anywhere. Spec: RFC 9700 §4.15, RFC 9068 §2.2, §5."""

import pytest

from idp.flows.keys import signed
from idp.oidc import tokens
from tests.support.tokens import Reply, World, claims_of, world

OF_PEOPLE = {"sid", "acr", "amr", "auth_time", "grant", "post", "name", "email"}


@pytest.fixture
def w() -> World:
    """The robot, registered again under the very `sub` of Alice."""
    w = world()
    robot = w.client("robot")
    with w.truth.begin() as tx:
        tx.registry.put_client(
            type(robot)(**{name: getattr(robot, name) for name in robot.__slots__} | {"id": w.subject.id})
        )
    return w


def machine(w: World, scope: str = "docs.read", **more: str) -> Reply:
    return w.token(w.subject.id, {"grant_type": "client_credentials", "scope": scope, **more})


def test_its_token_says_nothing_of_a_person(w: World) -> None:
    token = machine(w).json["access_token"]
    said = claims_of(token)
    assert said["sub"] == said["client_id"] == w.subject.id  # equal: that is how an API tells a machine from a person
    assert not OF_PEOPLE & said.keys()
    assert not OF_PEOPLE & w.introspect(token, "docs").keys()
    person = claims_of(w.tokens("docs", "openid docs.read")["access_token"])
    assert person["sub"] == w.subject.id != person["client_id"] and person["sid"]


def test_it_opens_no_userinfo(w: World) -> None:
    assert w.userinfo(machine(w).json["access_token"]).status == 401
    assert machine(w, resource="https://id.example").json["error"] in ("invalid_target", "invalid_scope")
    for scope in ("openid", "openid profile", "openid docs.read"):
        reply = machine(w, scope)
        assert reply.status == 400 or ("id_token" not in reply.json and "openid" not in reply.json["scope"])


def test_it_has_its_own_permissions_and_not_those_of_its_namesake(w: World) -> None:
    assert machine(w, "payroll.read").status == 400  # Alice's role, at two factors
    assert machine(w).json["scope"] == "docs.read"


def test_it_is_ended_apart_from_its_namesake(w: World) -> None:
    person = w.tokens()["access_token"]
    own = machine(w).json["access_token"]
    w.call("/revoke", {"token": person}, w.subject.id)  # another client's: nothing happens
    w.call("/revoke", {"token": own}, "payroll")
    assert w.introspect(person)["active"] and w.introspect(own, "docs")["active"]
    w.change_subject(disabled=True)
    assert w.introspect(person) == {"active": False} and w.introspect(own, "docs")["active"]


def test_a_person_s_token_needs_the_person_s_grant(w: World) -> None:
    """Even signed by us: what names a session must rest on one that is there."""
    forged = claims_of(machine(w).json["access_token"]) | {"grant": "grant_none", "sid": w.session.sid, "acr": "x"}
    token = signed(w.idp, tokens.TYPE, forged, now=w.clock())
    assert w.introspect(token, "docs") == {"active": False} and w.userinfo(token).status == 401
