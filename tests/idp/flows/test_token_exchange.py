"""Exchanging a token along an agreement. Spec: RFC 8693 §2, §4.1."""

from datetime import timedelta
from typing import Any

from idp.model import SharingAgreement
from tests.support.tokens import DOCS, PAYROLL, Reply, World, claims_of, world

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"


def sharing(**changes: Any) -> World:
    """Docs is called with its own tokens and may call Payroll on for its people, to read."""
    w = world()
    given = w.client("docs")
    w.change_client(
        "docs",
        grant_types=(*given.grant_types, EXCHANGE),
        scopes=(*given.scopes, "payroll.read"),
        audiences=(DOCS, PAYROLL),
        networks=frozenset(),
        countries=frozenset(),
    )
    said = {"id": "docs-payroll", "client_id": "docs", "from_audience": DOCS, "to_audience": PAYROLL}
    agreement = SharingAgreement(**{**said, "scopes": frozenset({"payroll.read"}), "reason": "yearly report"} | changes)
    with w.truth.begin() as tx:
        tx.registry.put_agreement(agreement)
    return w


def called_with(w: World, client_id: str = "app") -> str:
    """A token of Alice for Docs, as an application of hers sends it along."""
    token: str = w.tokens(client_id, "openid docs.read")["access_token"]
    return token


def exchange(w: World, token: str, client_id: str = "docs", **more: str) -> Reply:
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS, "resource": PAYROLL}
    return w.token(client_id, {name: value for name, value in (form | more).items() if value})


def test_the_new_token_is_for_the_same_person_and_says_who_acts() -> None:
    w = sharing()
    before = claims_of(called_with(w))
    reply = exchange(w, called_with(w))
    assert reply.status == 200, reply.body
    assert reply.json["issued_token_type"] == ACCESS
    assert "refresh_token" not in reply.json and "id_token" not in reply.json
    said = claims_of(reply.json["access_token"])
    assert (said["sub"], said["aud"], said["client_id"], said["scope"]) == (
        before["sub"],
        PAYROLL,
        "docs",
        "payroll.read",
    )
    assert said["act"] == {"sub": "docs"}


def test_it_ends_with_the_token_that_it_came_from() -> None:
    w = sharing()
    token = called_with(w)
    w.clock.move(minutes=5)
    told = exchange(w, token).json
    assert claims_of(told["access_token"])["exp"] <= claims_of(token)["exp"]


def test_the_api_may_ask_about_it_and_hears_of_every_end() -> None:
    w = sharing()
    told = exchange(w, called_with(w)).json["access_token"]
    alive = w.introspect(told, "payroll")
    assert alive["active"] and alive["act"] == {"sub": "docs"}
    with w.truth.begin() as tx:
        tx.registry.drop_agreement("docs-payroll")
    assert w.introspect(told, "payroll") == {"active": False}


def test_an_ended_session_ends_what_was_exchanged() -> None:
    w = sharing()
    told = exchange(w, called_with(w)).json["access_token"]
    with w.truth.begin() as tx:
        tx.sessions.end(w.session.sid, w.clock())
    assert w.introspect(told, "payroll") == {"active": False}


def test_a_disabled_actor_ends_it() -> None:
    w = sharing()
    told = exchange(w, called_with(w)).json["access_token"]
    w.change_client("docs", disabled=True)
    assert w.introspect(told, "payroll") == {"active": False}


def test_the_chain_of_actors_is_kept() -> None:
    w = sharing()
    first = exchange(w, called_with(w)).json["access_token"]
    back = SharingAgreement("payroll-docs", "payroll", PAYROLL, DOCS, frozenset({"docs.read"}), "archive")
    with w.truth.begin() as tx:
        tx.registry.put_agreement(back)
    w.change_client("payroll", grant_types=(*w.client("payroll").grant_types, EXCHANGE))
    second = exchange(w, first, "payroll", resource=DOCS)
    assert second.status == 200, second.body
    assert claims_of(second.json["access_token"])["act"] == {"sub": "payroll", "act": {"sub": "docs"}}


def test_policy_is_asked_for_the_acting_application() -> None:
    w = sharing()
    token = called_with(w)
    w.take_role()
    reply = exchange(w, token)
    assert (reply.status, reply.json["error"]) == (400, "invalid_scope"), "nothing of Payroll is left"


def test_an_agreement_that_is_over_is_none() -> None:
    w = sharing()
    with w.truth.begin() as tx:
        agreement = w.truth.configuration().agreements["docs-payroll"]
        tx.registry.put_agreement(
            SharingAgreement(
                agreement.id,
                agreement.client_id,
                agreement.from_audience,
                agreement.to_audience,
                agreement.scopes,
                agreement.reason,
                until=w.clock() - timedelta(seconds=1),
            )
        )
    assert exchange(w, called_with(w)).json["error"] == "invalid_grant"
