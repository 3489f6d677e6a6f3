"""A code is worth tokens at most once, whoever brings it and however many come at one time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.proofs import Key, proof
from tests.support.tokens import ISSUER, VERIFIER, Reply, world


def at_once(calls: list[Callable[[], Reply]]) -> list[Reply]:
    """All of them through one gate."""
    gate = threading.Barrier(len(calls))

    def call(one: Callable[[], Reply]) -> Reply:
        gate.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def test_a_second_use_ends_everything_from_the_first() -> None:
    w = world()
    code = w.code()
    first = w.redeem(code).json
    assert w.introspect(first["access_token"])["active"] is True
    second = w.redeem(code)
    assert (second.status, second.json["error"]) == (400, "invalid_grant")
    assert w.introspect(first["access_token"]) == {"active": False}
    assert w.refresh(first["refresh_token"]).json["error"] == "invalid_grant"
    (replay,) = w.events("token.replayed")
    assert (replay["what"], replay["client_id"], replay["subject_id"]) == ("code", "payroll", w.subject.id)
    (alert,) = w.truth.desk.alerts()
    assert (alert.kind, alert.message) == ("code-replay", "alert.code-replay")


def test_half_a_minute_later_it_is_still_known_as_spent() -> None:
    w = world()
    code = w.code()
    first = w.redeem(code).json
    w.clock.move(seconds=90)
    assert w.redeem(code).json["error"] == "invalid_grant"
    assert w.introspect(first["access_token"]) == {"active": False}


def test_a_code_is_over_after_a_minute() -> None:
    """FAPI 2 comes back after 62 seconds."""
    w = world()
    code = w.code()
    w.clock.move(seconds=62)
    assert (w.redeem(code).status, w.redeem(code).json["error"]) == (400, "invalid_grant")


def test_replaying_for_ever_opens_one_alert() -> None:
    w = world()
    code = w.code()
    w.redeem(code)
    for _ in range(5):
        w.redeem(code)
    assert len(w.truth.desk.alerts()) == len(w.events("token.replayed")) == 1


def test_opaque_and_bound_tokens_of_a_replayed_code_end_too() -> None:
    w, key = world(), Key()
    w.change_client("payroll", access_token_format="opaque")
    code = w.code(scopes="openid profile")
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    form |= {"redirect_uri": w.client("payroll").redirect_uris[0]}
    headers = {"DPoP": proof(key, "POST", f"{ISSUER}/token", w.clock())}
    token = w.call("/token", form, headers=headers).json["access_token"]
    assert w.introspect(token)["cnf"] == {"jkt": key.thumbprint}
    assert w.redeem(code).status == 400
    assert w.introspect(token) == {"active": False}
    value = proof(key, "GET", f"{ISSUER}/userinfo", w.clock(), token=token)
    reply = w.http("GET", "/userinfo", headers={"Authorization": f"DPoP {token}", "DPoP": value})
    assert (reply.status, reply.json["error"]) == (401, "invalid_token")


def test_another_grant_of_the_same_person_lives_on() -> None:
    w = world()
    other = w.tokens("docs", "openid docs.read")
    code = w.code()
    w.redeem(code)
    w.redeem(code)
    assert w.refresh(other["refresh_token"], "docs").status == 200


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(thieves=st.lists(st.sampled_from(["payroll", "docs", "app"]), min_size=1, max_size=6))
def test_at_most_one_of_any_who_come_at_one_time(thieves: list[str]) -> None:
    w = world()
    code = w.code()
    replies = at_once([lambda by=by: w.redeem(code, by) for by in ["payroll", *thieves]])  # type: ignore[misc]
    won = [reply for reply in replies if reply.status == 200]
    assert len(won) <= 1
    for reply in won:  # whoever won has nothing any more: the others' tries ended it
        assert w.introspect(reply.json["access_token"]) == {"active": False}
        assert w.refresh(reply.json["refresh_token"]).json["error"] == "invalid_grant"


def test_an_emptied_store_brings_no_code_back() -> None:
    w = world()
    code, unused = w.code(), w.code()
    w.redeem(code)
    w.brief.forget()
    assert w.redeem(code).json["error"] == w.redeem(unused).json["error"] == "invalid_grant"
