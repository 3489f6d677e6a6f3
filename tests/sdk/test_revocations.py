"""A token that was verified offline ends within seconds of what the issuer took away."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from gerege_verify import InvalidToken, IssuerUnavailable, RevocationFeed, Verifier

from .conftest import AUDIENCE, ISSUER, Clock, Issuer

URL = ISSUER + "/revocations"


class Feed:
    """The issuer's side: answers in turn, and remembers what it was asked."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.revoked: dict[str, float] = {}
        self.more: list[dict[str, float]] = []
        self.asked: list[dict[str, str]] = []
        self.away = False

    def __call__(self, url: str, form: Mapping[str, str], authorization: str) -> Any:
        assert (url, authorization) == (URL, "Basic cGF5JTNBcm9sbDpzJTJGMQ==")
        self.asked.append(dict(form))
        if self.away:
            raise IssuerUnavailable("away")
        told = self.more.pop(0) if self.more else self.revoked
        return {"revoked": told, "until": self.clock().timestamp(), "more": bool(self.more)}


@pytest.fixture
def feed(clock: Clock) -> Feed:
    return Feed(clock)


@pytest.fixture
def guarded(feed: Feed, issuer: Issuer, clock: Clock) -> Verifier:
    revoked = RevocationFeed(ISSUER, client_id="pay:roll", client_secret="s/1", url=URL, clock=clock, ask=feed)
    return Verifier(ISSUER, clock=clock, fetch=issuer.fetch, revoked=revoked)


@pytest.mark.parametrize("name", ["grant:g-1", "jti:t-1", "client:app-1"])
def test_what_was_taken_away_is_refused_within_seconds(
    name: str, guarded: Verifier, feed: Feed, issuer: Issuer, clock: Clock
) -> None:
    token = issuer.token(grant="g-1", jti="t-1", client_id="app-1")
    assert guarded.verify(token, audience=AUDIENCE)
    clock.advance(seconds=1)
    feed.revoked = {name: clock().timestamp()}
    assert guarded.verify(token, audience=AUDIENCE), "the last answer is young enough"
    clock.advance(seconds=3)
    with pytest.raises(InvalidToken) as caught:
        guarded.verify(token, audience=AUDIENCE)
    assert caught.value.reason == "revoked"


def test_a_token_that_was_made_afterwards_is_good(guarded: Verifier, feed: Feed, issuer: Issuer, clock: Clock) -> None:
    feed.revoked = {"grant:g-1": clock().timestamp()}
    clock.advance(seconds=2)
    assert guarded.verify(issuer.token(grant="g-1"), audience=AUDIENCE)


def test_the_issuer_is_asked_for_what_is_new_and_not_for_every_token(
    guarded: Verifier, feed: Feed, issuer: Issuer, clock: Clock
) -> None:
    for _ in range(20):
        guarded.verify(issuer.token(), audience=AUDIENCE)
    assert feed.asked == [{}]
    first = clock().timestamp()
    clock.advance(seconds=4)
    guarded.verify(issuer.token(), audience=AUDIENCE)
    assert feed.asked == [{}, {"since": repr(first)}]


def test_long_answers_are_read_to_their_end(guarded: Verifier, feed: Feed, issuer: Issuer, clock: Clock) -> None:
    now = clock().timestamp()
    feed.more = [{"jti:a": now}, {"jti:b": now}]
    guarded.verify(issuer.token(), audience=AUDIENCE)
    assert len(feed.asked) == 2
    for jti in ("a", "b"):
        with pytest.raises(InvalidToken):
            guarded.verify(issuer.token(jti=jti), audience=AUDIENCE)


def test_while_the_issuer_is_away_the_last_word_holds_for_a_while(
    guarded: Verifier, feed: Feed, issuer: Issuer, clock: Clock
) -> None:
    feed.revoked = {"jti:a": clock().timestamp() + 600}
    guarded.verify(issuer.token(), audience=AUDIENCE)
    feed.away = True
    clock.advance(minutes=4)
    assert guarded.verify(issuer.token(exp=clock().timestamp() + 60), audience=AUDIENCE)
    with pytest.raises(InvalidToken):
        guarded.verify(issuer.token(jti="a", exp=clock().timestamp() + 60), audience=AUDIENCE)
    clock.advance(minutes=2)
    with pytest.raises(IssuerUnavailable):
        guarded.verify(issuer.token(exp=clock().timestamp() + 60), audience=AUDIENCE)


def test_without_any_word_nothing_is_accepted(guarded: Verifier, feed: Feed, issuer: Issuer) -> None:
    feed.away = True
    with pytest.raises(IssuerUnavailable):
        guarded.verify(issuer.token(), audience=AUDIENCE)


@pytest.mark.parametrize("answer", [None, [], {}, {"revoked": 1, "until": 2, "more": False}, {"revoked": {"a": "x"}}])
def test_an_answer_that_is_none_is_no_answer(answer: Any, issuer: Issuer, clock: Clock) -> None:
    revoked = RevocationFeed(ISSUER, client_id="a", client_secret="b", url=URL, clock=clock, ask=lambda *_: answer)
    verifier = Verifier(ISSUER, clock=clock, fetch=issuer.fetch, revoked=revoked)
    with pytest.raises(IssuerUnavailable):
        verifier.verify(issuer.token(), audience=AUDIENCE)


def test_discovery_names_the_address(issuer: Issuer, clock: Clock) -> None:
    asked: list[str] = []

    def ask(url: str, form: Mapping[str, str], authorization: str) -> Any:
        asked.append(url)
        return {"revoked": {}, "until": clock().timestamp(), "more": False}

    def discovery(url: str) -> Any:
        return {"issuer": ISSUER, "revocation_feed_endpoint": URL}

    feed = RevocationFeed(ISSUER, client_id="a", client_secret="b", clock=clock, ask=ask, fetch=discovery)
    Verifier(ISSUER, clock=clock, fetch=issuer.fetch, revoked=feed).verify(issuer.token(), audience=AUDIENCE)
    assert asked == [URL]
    with pytest.raises(ValueError, match="only https"):
        RevocationFeed("http://id.example.gov", client_id="a", client_secret="b", every=timedelta(seconds=1))
