"""Times at their edge, clocks that jump, numbers that are none. Spec: RFC 7519 §2, §4.1.4-6; RFC 6749 §4.1.2, §10.4."""

import json
from typing import Any

import pytest

from tests.attacks.test_dpop import made, refused, sent
from tests.support.proofs import Key, asserted, assertion
from tests.support.tokens import ISSUER, World, world

KEY = Key("ES256", "k1")
ODD: list[Any] = [True, False, "1795000000", "now", [], {}, [1795000000], -1, 0, 10**20, -(10**20), 1e300, -1e300]


def keyed() -> World:
    w = world()
    w.change_client("robot", auth_method="private_key_jwt", jwks=(KEY.jwk,))
    return w


def machine(w: World, **changes: Any) -> int:
    form = {"grant_type": "client_credentials", "scope": "docs.read"}
    return w.call("/token", form | asserted(assertion(KEY, "robot", w.clock(), **changes)), None).status


@pytest.mark.parametrize("value", ODD, ids=ascii)
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
def test_a_time_that_is_none_proves_nothing(name: str, value: Any) -> None:
    """What lies in the past is no fault of `nbf` and `iat`; everything else is."""
    past = name != "exp" and not isinstance(value, bool | str | list | dict) and -1 <= value <= 0
    assert machine(keyed(), **{name: value}) == (200 if past else 401)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
def test_neither_does_what_json_has_no_number_for(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    w, dumps = keyed(), json.dumps

    def odd(value: Any, **more: Any) -> str:
        return dumps(value, **more).replace('"@"', text)

    monkeypatch.setattr("tests.support.proofs.json.dumps", odd)
    assert machine(w, **{name: "@"}) == 401
    assert refused(sent(w, made(w, iat="@"))) or sent(w, made(w, iat="@")).status == 401


@pytest.mark.parametrize("seconds", [59, 60, 61, 3600])
def test_a_code_lives_a_minute_and_not_a_second_more(seconds: int) -> None:
    w = world()
    code = w.code()
    w.clock.move(seconds=seconds)
    assert w.redeem(code).status == (200 if seconds < 60 else 400)


def test_a_token_ends_at_its_end() -> None:
    w = world()
    said = w.tokens()
    w.clock.move(seconds=said["expires_in"] - 1)
    assert w.introspect(said["access_token"])["active"] is True
    w.clock.move(seconds=1)
    assert w.introspect(said["access_token"]) == {"active": False}


@pytest.mark.parametrize("back", [1, 30, 3600])
def test_a_clock_that_is_set_back_revives_nothing(back: int) -> None:
    w = world()
    w.clock.move(hours=3)
    code = w.code()
    tokens = w.redeem(code).json
    w.clock.move(seconds=-back)
    assert w.redeem(code).json["error"] == "invalid_grant"
    assert w.introspect(tokens["access_token"]) == {"active": False}
    rotated = w.tokens("app", "openid docs.read")["refresh_token"]
    assert w.refresh(rotated, "app").status == 200
    w.clock.move(seconds=-back)
    assert w.refresh(rotated, "app").json["error"] == "invalid_grant"


def test_what_was_revoked_stays_revoked_when_the_clock_is_set_back() -> None:
    w = world()
    w.clock.move(hours=3)
    tokens, other = w.tokens(), w.tokens()
    w.call("/revoke", {"token": tokens["refresh_token"]})
    w.clock.move(hours=-2)
    assert w.introspect(other["access_token"])["active"] is True
    assert w.introspect(tokens["access_token"]) == {"active": False}
    assert w.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_an_assertion_or_a_proof_is_spent_for_as_long_as_it_could_come_again() -> None:
    w = keyed()
    late = {"exp": int(w.clock().timestamp()) + 3600, "jti": "once"}
    assert machine(w, **late) == 200
    for minutes in (1, 28, 30, 0.5):  # to its last moment, and over it
        w.clock.move(minutes=minutes)
        assert machine(w, **late, iat=None) == 401
    w = world()
    proof = made(w, iat=int(w.clock().timestamp()) + 60)
    assert sent(w, proof).status == 200
    for _ in range(5):
        w.clock.move(seconds=30)
        assert refused(sent(w, proof))


def test_a_session_ends_at_its_absolute_end_for_tokens_too() -> None:
    """However often it was refreshed, and no token is promised for longer."""
    w = world()
    token = w.tokens()["refresh_token"]
    w.clock.move(hours=23, minutes=59)
    late = w.refresh(token)
    assert late.status == 400 or late.json["expires_in"] <= 60
    w.clock.move(minutes=1)
    assert w.refresh(token).json["error"] == "invalid_grant"


def test_no_answer_says_a_time_in_the_future() -> None:
    w = world()
    said = w.tokens()
    state = w.introspect(said["access_token"])
    now = int(w.clock().timestamp())
    assert state["iat"] <= now < state["exp"] and state["auth_time"] <= now and state["iss"] == ISSUER


@pytest.mark.parametrize("disabled", [True, False], ids=["disabled", "signed out everywhere"])
def test_an_idle_session_hides_no_end_of_its_person(disabled: bool) -> None:
    """Idle sessions still carry refreshes; a person who was ended meanwhile carries nothing."""
    w = world()
    token = w.tokens()["refresh_token"]
    w.clock.move(hours=2)
    late = w.refresh(token)
    assert late.status == 200
    w.change_subject(disabled=disabled, ended_before=w.clock())
    assert w.refresh(token).json["error"] == "invalid_grant"
    assert w.introspect(late.json["access_token"]) == {"active": False}
