"""The feed of what was taken away, as an API's application asks for it."""

from typing import Any

from tests.support.tokens import World, claims_of, world


def told(w: World, since: float | None = None, client_id: str = "payroll") -> dict[str, Any]:
    reply = w.call("/revocations", {} if since is None else {"since": repr(since)}, client_id)
    assert reply.status == 200, reply.body
    return reply.json


def test_a_revoked_token_and_an_ended_session_are_told() -> None:
    w = world()
    tokens = w.tokens()
    said = claims_of(tokens["access_token"])
    assert told(w)["revoked"] == {}
    w.call("/revoke", {"token": tokens["access_token"]})
    assert told(w)["revoked"] == {f"jti:{said['jti']}": w.clock().timestamp()}
    w.call("/revoke", {"token": tokens["refresh_token"]})
    assert f"grant:{said['grant']}" in told(w)["revoked"]


def test_a_role_that_was_taken_outdates_the_tokens_of_that_person() -> None:
    w = world()
    said = claims_of(w.tokens()["access_token"])
    with w.truth.begin() as tx:
        tx.grants.outdate(w.subject.id, w.clock())
    assert told(w)["revoked"] == {f"grant:{said['grant']}": w.clock().timestamp()}


def test_an_application_that_was_removed_is_told() -> None:
    w = world()
    w.clock.move(seconds=5)
    w.change_client("docs", disabled=True, ended_before=w.clock())
    assert told(w)["revoked"] == {"client:docs": w.clock().timestamp()}


def test_the_next_question_goes_on_where_the_last_ended() -> None:
    w = world()
    tokens = w.tokens()
    w.call("/revoke", {"token": tokens["access_token"]})
    until = told(w)["until"]
    w.clock.move(seconds=5)
    assert len(told(w, until)["revoked"]) == 1, "told again for a little, as a transaction may have been late"
    w.clock.move(seconds=30)
    assert told(w, told(w)["until"])["revoked"] == {}


def test_what_no_token_outlives_is_forgotten() -> None:
    w = world()
    w.call("/revoke", {"token": w.tokens()["access_token"]})
    w.clock.move(minutes=80)
    assert told(w)["revoked"] == {}
    with w.truth.begin() as tx:
        tx.grants.forget_revocations(w.clock())
    assert not w.truth.grants.revocations(w.clock.at.replace(year=2000), 10)


def test_strangers_and_public_clients_are_told_nothing() -> None:
    w = world()
    assert w.call("/revocations", {"client_id": "app"}, None).status == 401
    assert w.call("/revocations", {}, None).status == 401
    for since in ("soon", "1e999", "nan", "-1e30"):
        reply = w.call("/revocations", {"since": since})
        assert (reply.status, reply.json.get("error")) in ((400, "invalid_request"), (200, None)), since
