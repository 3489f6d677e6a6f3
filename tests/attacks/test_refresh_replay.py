"""A rotated-out refresh token that comes again ends the family and the grant; two at one time are one too many."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attacks.test_code_replay import at_once
from tests.support.tokens import world

SCOPE = "openid docs.read"


def test_an_old_token_ends_the_family_and_the_grant() -> None:
    w = world()
    first = w.tokens("app", SCOPE)
    second = w.refresh(first["refresh_token"], "app").json
    again = w.refresh(first["refresh_token"], "app")
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert w.refresh(second["refresh_token"], "app").json["error"] == "invalid_grant"
    for token in (first["access_token"], second["access_token"]):
        assert w.introspect(token, "docs") == {"active": False}
    assert [event["what"] for event in w.events("token.replayed")] == ["refresh token"]
    assert len(w.truth.desk.alerts()) == 1


def test_no_grace_for_public_clients_not_even_at_once() -> None:
    w = world()
    token = w.tokens("app", SCOPE)["refresh_token"]
    replies = at_once([lambda: w.refresh(token, "app")] * 6)
    assert sum(reply.status == 200 for reply in replies) <= 1
    for reply in replies:
        if reply.status == 200:
            assert w.refresh(reply.json["refresh_token"], "app").json["error"] == "invalid_grant"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(picks=st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_any_order_of_uses(picks: list[int]) -> None:
    """Model: only the newest token is good, and the first use of an older one is the end."""
    w = world()
    tokens, ended = [w.tokens("app", SCOPE)["refresh_token"]], False
    for pick in picks:
        value = tokens[pick % len(tokens)]
        reply = w.refresh(value, "app")
        good = not ended and value == tokens[-1]
        assert (reply.status == 200) == good
        ended = ended or not good
        if good:
            tokens.append(reply.json["refresh_token"])


def test_a_confidential_family_is_not_ended_by_a_guess() -> None:
    """Its tokens never rotate, so a wrong one proves no theft; it is only refused."""
    w = world()
    token = w.tokens()["refresh_token"]
    family = token.partition(".")[0]
    for wrong in (f"{family}.wrong", f"{family}.", family, f"{token}x", token.swapcase()):
        assert w.refresh(wrong).json["error"] == "invalid_grant"
    assert w.refresh(token).status == 200


def test_without_the_secret_a_stolen_token_is_nothing() -> None:
    w = world()
    token = w.tokens()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    assert w.call("/token", form | {"client_id": "payroll"}, None).status == 401
    assert w.call("/token", form | {"client_id": "payroll", "client_secret": "guess"}, None).status == 401
    assert w.refresh(token).status == 200
