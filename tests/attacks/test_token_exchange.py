"""Exchange as a way to more: other people's tokens, other APIs, wider scopes, longer chains. Spec: RFC 8693 §5."""

import pytest

from idp.flows.grants.token_exchange import LONGEST_CHAIN
from idp.model import SharingAgreement
from tests.idp.flows.test_token_exchange import EXCHANGE, called_with, exchange, sharing
from tests.support.tokens import DOCS, PAYROLL


def test_a_token_that_was_made_for_another_api_is_refused() -> None:
    w = sharing()
    w.change_client("docs", audiences=(DOCS, PAYROLL))
    stolen = w.tokens("payroll", "openid payroll.read")["access_token"]
    reply = exchange(w, stolen)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")


def test_without_an_agreement_there_is_no_exchange() -> None:
    w = sharing(client_id="payroll")
    reply = exchange(w, called_with(w))
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")


def test_an_application_that_is_not_registered_for_it_is_refused() -> None:
    w = sharing()
    w.change_client("docs", grant_types=("authorization_code",))
    assert exchange(w, called_with(w)).json["error"] == "unauthorized_client"


def test_a_public_client_acts_for_nobody() -> None:
    w = sharing()
    w.change_client("app", grant_types=("authorization_code", EXCHANGE))
    assert exchange(w, called_with(w), "app").json["error"] == "unauthorized_client"


@pytest.mark.parametrize("scope", ["payroll.approve", "payroll.read payroll.approve", "docs.read", "openid"])
def test_more_than_is_shared_is_refused(scope: str) -> None:
    w = sharing()
    assert exchange(w, called_with(w), scope=scope).json["error"] == "invalid_scope"


def test_the_same_api_gives_no_more_than_the_token_had() -> None:
    w = sharing(to_audience=DOCS, scopes=frozenset({"docs.read", "docs.write"}))
    reply = exchange(w, called_with(w), resource=DOCS, scope="docs.write")
    assert reply.json["error"] == "invalid_scope"
    assert exchange(w, called_with(w), resource=DOCS).json["scope"] == "docs.read"


@pytest.mark.parametrize(
    "more",
    [
        {"subject_token": ""},
        {"subject_token_type": ""},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"actor_token": "x", "actor_token_type": "urn:ietf:params:oauth:token-type:jwt"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
    ],
    ids=lambda more: "-".join(more) + "-" + (next(iter(more.values())) or "missing").rpartition(":")[2],
)
def test_unlawful_requests_are_named(more: dict[str, str]) -> None:
    w = sharing()
    assert exchange(w, called_with(w), **more).json["error"] == "invalid_request"


@pytest.mark.parametrize("resource", ["", "urn:example:other", "https://id.example"])
def test_only_registered_targets(resource: str) -> None:
    w = sharing()
    assert exchange(w, called_with(w), resource=resource).json["error"] == "invalid_target"


def test_two_targets_are_refused() -> None:
    w = sharing()
    assert exchange(w, called_with(w), audience=DOCS).json["error"] == "invalid_target"


def test_garbage_an_id_token_and_a_refresh_token_are_no_subject_tokens() -> None:
    w = sharing()
    told = w.tokens("app", "openid docs.read")
    for token in ("x", "a.b.c", told["id_token"], told.get("refresh_token", "r")):
        reply = exchange(w, token)
        assert (reply.status, reply.json["error"]) == (400, "invalid_grant"), token


def test_a_revoked_token_is_exchanged_no_more() -> None:
    w = sharing()
    token = called_with(w)
    assert w.call("/revoke", {"token": token}, "app").status == 200
    assert exchange(w, token).json["error"] == "invalid_grant"


def test_a_machine_asks_for_itself() -> None:
    w = sharing()
    token = w.token("robot", {"grant_type": "client_credentials", "scope": "docs.read"}).json["access_token"]
    assert exchange(w, token).json["error"] == "invalid_grant"


def test_the_chain_does_not_grow_without_end() -> None:
    w = sharing()
    w.change_client("payroll", grant_types=(*w.client("payroll").grant_types, EXCHANGE))
    with w.truth.begin() as tx:
        tx.registry.put_agreement(
            SharingAgreement("back", "payroll", PAYROLL, DOCS, frozenset({"docs.read"}), "archive")
        )
    token, turn = called_with(w), 0
    while turn <= LONGEST_CHAIN:
        client_id, to = (("docs", PAYROLL), ("payroll", DOCS))[turn % 2]
        reply = exchange(w, token, client_id, resource=to)
        if reply.status != 200:
            break
        token, turn = reply.json["access_token"], turn + 1
    assert (turn, reply.json["error"]) == (LONGEST_CHAIN, "invalid_grant")


def test_an_exchanged_token_opens_no_userinfo() -> None:
    w = sharing()
    assert w.userinfo(exchange(w, called_with(w)).json["access_token"]).status == 401
