"""Signing out by applications and by people, and telling the applications."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.errors import Unavailable
from idp.flows.context import Visit, hash_of
from idp.flows.deliver import WAITS, deliver_due, deliver_now
from idp.flows.logout import Confirm, SignedOut, logout
from idp.oidc import id_token
from idp.oidc.signing import new_key, prove, sign
from idp.ports import Place
from tests.support.tokens import World, claims_of, world

BYE = "https://payroll.example/bye"
PAYROLL_HEARS, DOCS_HEARS = "https://payroll.example/backchannel", "https://docs.example/backchannel"


def visit(w: World, cookie: str | None = "cookie", device: str = "device") -> Visit:
    place = Place("CN", None, None)
    return Visit(w.clock(), "10.0.0.1", "net", place, frozenset(), None, None, "en", "b" * 43, cookie, device)


def ask(w: World, *, confirmed: bool = False, cookie: str | None = "cookie", **fields: str) -> SignedOut | Confirm:
    return logout(w.idp, visit(w, cookie), list(fields.items()), confirmed=confirmed)


def is_live(w: World) -> bool:
    session = w.truth.sessions.by_sid(w.session.sid)
    return session is not None and session.ended_at is None


def test_with_a_hint_of_this_session_no_question() -> None:
    w = world()
    hint = w.tokens()["id_token"]
    answer = ask(w, id_token_hint=hint, post_logout_redirect_uri=BYE, state="a b&c=d")
    assert isinstance(answer, SignedOut)
    assert (answer.sid, answer.client) == (w.session.sid, w.client("payroll"))
    back = urlsplit(answer.back or "")
    assert f"{back.scheme}://{back.netloc}{back.path}" == BYE
    assert parse_qs(back.query) == {"state": ["a b&c=d"]}
    assert not is_live(w)
    assert w.events("session.ended")[0]["why"] == "sign-out"


def test_an_old_hint_will_do_and_state_comes_only_if_sent() -> None:
    w = world()
    hint = w.tokens()["id_token"]
    w.clock.move(minutes=50)
    answer = ask(w, id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert isinstance(answer, SignedOut)
    assert answer.back == BYE


def test_without_an_address_the_person_stays_with_us() -> None:
    w = world()
    answer = ask(w, id_token_hint=w.tokens()["id_token"])
    assert answer == SignedOut(w.session.sid, None, w.client("payroll"))


def test_without_a_hint_the_person_is_asked_and_goes_nowhere() -> None:
    w = world()
    asked = (ask(w), ask(w, client_id="payroll"), ask(w, client_id="payroll", post_logout_redirect_uri=BYE))
    assert asked == (Confirm(None),) * 3
    assert is_live(w)
    answer = ask(w, confirmed=True, post_logout_redirect_uri=BYE, client_id="payroll")
    assert answer == SignedOut(w.session.sid, None, None)
    assert not is_live(w)


@pytest.mark.parametrize(
    "uri",
    [
        BYE + "?foo=bar",
        BYE + "/",
        BYE + "#x",
        "https://payroll.example:443/bye",
        "https://evil.example/bye",
        "https://payroll.example/callback",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_not_registered_is_never_followed(uri: str) -> None:
    w = world()
    hint = w.tokens()["id_token"]
    assert ask(w, id_token_hint=hint, post_logout_redirect_uri=uri) == Confirm(w.client("payroll"))
    assert is_live(w)
    answer = ask(w, confirmed=True, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert isinstance(answer, SignedOut)
    assert answer.back is None


def test_hints_that_are_none() -> None:
    w = world()
    tokens = w.tokens()
    hint = claims_of(tokens["id_token"])
    ours = w.truth.configuration().keys[0]
    foreign = new_key(hashlib.sha384(b"evil").digest(), w.clock(), w.clock())
    header, payload, signature = tokens["id_token"].split(".")
    for bad in (
        tokens["access_token"],
        sign(foreign, id_token.TYPE, hint),
        sign(replace(foreign, kid=ours.kid), id_token.TYPE, hint),
        sign(ours, id_token.TYPE, hint | {"sid": "sid-other"}),
        sign(ours, id_token.TYPE, hint | {"sub": "sub-other"}),
        sign(ours, id_token.TYPE, hint | {"aud": "nobody"}),
        sign(ours, id_token.TYPE, hint | {"iss": "https://evil.example"}),
        f"eyJhbGciOiJub25lIn0.{payload}.",
        f"{header}.{payload}.{signature[::-1]}",
        "x",
    ):
        assert ask(w, id_token_hint=bad, post_logout_redirect_uri=BYE) == Confirm(None)
    contradicted = ask(w, id_token_hint=tokens["id_token"], client_id="docs", post_logout_redirect_uri=BYE)
    assert contradicted == Confirm(None)
    pairs = [("id_token_hint", tokens["id_token"])] * 2
    assert logout(w.idp, visit(w), pairs) == Confirm(None)
    assert is_live(w)


def test_a_hint_of_somebody_else_does_not_end_this_session_even_confirmed_without_going_nowhere() -> None:
    w = world()
    ours = w.truth.configuration().keys[0]
    other = sign(ours, id_token.TYPE, claims_of(w.tokens()["id_token"]) | {"sub": "sub-other", "sid": "sid-other"})
    answer = ask(w, confirmed=True, id_token_hint=other, post_logout_redirect_uri=BYE)
    assert answer == SignedOut(w.session.sid, None, None)


def test_without_a_session_there_is_nothing_to_ask() -> None:
    w = world()
    hint = w.tokens()["id_token"]
    assert ask(w, cookie=None) == SignedOut(None, None, None)
    assert ask(w, cookie=None, post_logout_redirect_uri=BYE) == SignedOut(None, None, None)
    assert ask(w, cookie=None, id_token_hint=hint, post_logout_redirect_uri=BYE).back == BYE  # type: ignore[union-attr]


# --- telling the applications -----------------------------------------------------------------------------------------


def signed_out(w: World) -> None:
    w.tokens()
    w.tokens("docs", "openid docs.read")
    w.tokens("app", "openid docs.read")  # has no address to be told at
    assert isinstance(ask(w, confirmed=True), SignedOut)


def now_and(w: World, seconds: float = 5) -> tuple[tuple[str, bool], ...]:
    return tuple(sorted(deliver_now(w.idp, w.session.sid, w.clock() + timedelta(seconds=seconds))))


def test_every_application_of_the_session_is_told() -> None:
    w = world()
    signed_out(w)
    assert now_and(w) == (("docs", True), ("payroll", True))
    assert sorted(url for url, _ in w.wire.sent) == [DOCS_HEARS, PAYROLL_HEARS]
    for url, form in w.wire.sent:
        claims = prove(form["logout_token"], "logout+jwt", w.truth.configuration().keys)
        assert (claims["sid"], claims["sub"]) == (w.session.sid, w.subject.id)
        assert claims["aud"] == ("docs" if url == DOCS_HEARS else "payroll")
    assert now_and(w) == ()
    assert deliver_due(w.idp) == 0
    assert [event["ok"] for event in w.events("logout.delivered")] == [True, True]


def test_who_does_not_hear_is_told_again_and_given_up_in_the_end() -> None:
    w = world()
    signed_out(w)
    w.wire.answers = {PAYROLL_HEARS: 500, DOCS_HEARS: Unavailable("outgoing", "connection refused")}
    assert now_and(w) == (("docs", False), ("payroll", False))
    w.wire.answers = {PAYROLL_HEARS: 302}
    for wait in WAITS[:1]:
        assert deliver_due(w.idp) == 0
        w.clock.at += wait
        assert deliver_due(w.idp) == 2
    left = [one for one in w.truth.desk.deliveries_of(w.session.sid) if one.done_at is None]
    assert [(one.client_id, one.attempts, one.failure) for one in left] == [("payroll", 2, "answered 302")]
    for wait in WAITS[1:]:
        w.clock.at += wait - timedelta(seconds=1)
        assert deliver_due(w.idp) == 0
        w.clock.at += timedelta(seconds=1)
        assert deliver_due(w.idp) == 1
    w.clock.move(days=30)
    assert deliver_due(w.idp) == 0
    (failed,) = [one for one in w.truth.desk.deliveries_of(w.session.sid) if one.done_at is None]
    assert (failed.attempts, failed.next_at) == (6, None)
    assert len({form["logout_token"] for _, form in w.wire.sent}) == len(w.wire.sent)


def test_an_application_that_is_gone_is_not_told() -> None:
    w = world()
    signed_out(w)
    w.change_client("payroll", backchannel_logout_uri=None)
    assert now_and(w) == (("docs", True), ("payroll", False))


def test_the_page_does_not_wait_beyond_its_deadline() -> None:
    w = world()
    signed_out(w)
    assert now_and(w, seconds=-1) != ()


def test_after_it_nothing_of_the_session_lives() -> None:
    w = world()
    tokens = w.tokens()
    assert isinstance(ask(w, confirmed=True), SignedOut)
    assert w.introspect(tokens["access_token"]) == {"active": False}
    assert w.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert w.truth.sessions.by_id_hash(hash_of("cookie")).ended_at is not None  # type: ignore[union-attr]
