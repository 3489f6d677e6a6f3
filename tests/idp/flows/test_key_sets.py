"""Keys behind an address: fresh, renewed, asked anew within bounds, held while it is away, one call for all."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from idp.errors import Unavailable
from idp.flows.key_sets import WAITING, KeySets
from idp.oidc.jose import base64url
from idp.ports import Fetched
from tests.support.tokens import Wire

URI = "https://app.example/jwks"
START = datetime(2026, 11, 23, tzinfo=UTC)


def jwk(kid: str) -> dict[str, str]:
    raw = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(raw).decode(), "kid": kid}


def document(*kids: str, max_age: int | None = None, status: int = 200) -> Fetched:
    body = orjson.dumps({"keys": [jwk(kid) for kid in kids]})
    return Fetched(status, body, "application/json", None if max_age is None else timedelta(seconds=max_age))


class Asking:
    """A set behind one address, and a clock."""

    def __init__(self) -> None:
        self.wire, self.sets, self.now = Wire(), KeySets(), START

    def kids(self, kid: str | None = None, **later: float) -> list[str | None]:
        self.now += timedelta(**later)
        return [key.kid for key in self.sets.of(self.wire, URI, kid, self.now)]

    @property
    def calls(self) -> int:
        return len(self.wire.asked)


@pytest.fixture
def at() -> Asking:
    return Asking()


def test_a_set_is_fetched_once_while_it_is_fresh(at: Asking) -> None:
    at.wire.pages[URI] = document("a", max_age=300)
    assert at.kids("a") == at.kids(None, seconds=299) == ["a"]
    assert at.calls == 1
    assert at.kids("a", seconds=1) == ["a"]
    assert at.calls == 2


@pytest.mark.parametrize(("said", "seconds"), [(0, 60), (1, 60), (3600, 3600), (10**9, 86400), (None, 600)], ids=str)
def test_freshness_is_bounded(at: Asking, said: int | None, seconds: int) -> None:
    at.wire.pages[URI] = document("a", max_age=said)
    at.kids()
    at.kids(seconds=seconds - 1)
    assert at.calls == 1
    at.kids(seconds=1)
    assert at.calls == 2


def test_a_new_key_is_found_at_once(at: Asking) -> None:
    at.wire.pages[URI] = document("old", max_age=3600)
    at.kids("old")
    at.wire.pages[URI] = document("old", "new", max_age=3600)
    assert at.kids("new", minutes=1) == ["old", "new"]
    at.wire.pages[URI] = document("new", max_age=3600)
    assert at.kids("new", minutes=59) == ["old", "new"]  # not asked: it is there
    assert at.kids("new", minutes=1) == ["new"]
    assert at.calls == 3


def test_invented_kids_cannot_make_us_hammer(at: Asking) -> None:
    at.wire.pages[URI] = document("a", max_age=3600)
    for number in range(600):
        assert at.kids(f"invented-{number}", seconds=1) == ["a"]
    assert at.calls == 10


def test_they_cannot_while_the_address_is_away_either(at: Asking) -> None:
    at.wire.pages[URI] = document("a", max_age=3600)
    at.kids()
    at.wire.pages[URI] = Unavailable("application", "away")
    for number in range(600):
        assert at.kids(f"invented-{number}", seconds=1) == ["a"]
    assert at.calls == 11


def test_the_last_known_keys_hold_for_an_hour(at: Asking) -> None:
    at.wire.pages[URI] = document("a", max_age=60)
    at.kids()
    at.wire.pages[URI] = Unavailable("application", "away")
    assert at.kids("a", seconds=60) == ["a"]
    assert at.kids("a", minutes=59, seconds=59) == ["a"]
    with pytest.raises(Unavailable):
        at.kids("a", seconds=1)
    at.wire.pages[URI] = document("b", max_age=60)
    assert at.kids("b", seconds=10) == ["b"]


@pytest.mark.parametrize(
    "answer",
    [
        document("a", status=404),
        document("a", status=302),
        document("a", status=206),
        Fetched(200, b"<html>", "text/html", None),
        Fetched(200, b'{"keys": 1}', "application/json", None),
        Fetched(200, b'{"keys": [], "keys": []}', "application/json", None),
        Fetched(200, b"[" * 10000, "application/json", None),
        Fetched(200, b"\xff", "application/json", None),
    ],
    ids=["404", "302", "206", "html", "number", "twice", "deep", "octets"],
)
def test_what_is_no_key_set_is_a_failure(at: Asking, answer: Fetched) -> None:
    at.wire.pages[URI] = answer
    with pytest.raises(Unavailable):
        at.kids()
    with pytest.raises(Unavailable):
        at.kids(seconds=9)
    assert at.calls == 1  # nobody waits for it again so soon
    at.wire.pages[URI] = document("a", max_age=60)
    assert at.kids(seconds=1) == ["a"]
    at.wire.pages[URI] = answer
    assert at.kids("a", minutes=2) == ["a"]  # and what was known goes on


def test_a_set_that_was_emptied_is_empty(at: Asking) -> None:
    at.wire.pages[URI] = document("a", max_age=60)
    at.kids()
    at.wire.pages[URI] = document(max_age=60)
    assert at.kids(seconds=60) == []


def test_private_keys_are_nobody_s(at: Asking) -> None:
    leaked = jwk("leaked") | {"d": "AAAA"}
    body = orjson.dumps({"keys": [leaked, jwk("a")]})
    at.wire.pages[URI] = Fetched(200, body, "application/json", None)
    assert at.kids() == ["a"]


def test_the_number_of_sets_is_bounded(at: Asking) -> None:
    at.sets = KeySets(most=2)
    uris = [f"https://app.example/{number}" for number in range(3)]
    for uri in uris:
        at.wire.pages[uri] = document("a", max_age=3600)
        at.sets.of(at.wire, uri, None, START)
    at.sets.of(at.wire, uris[2], None, START)
    assert at.calls == 3
    at.sets.of(at.wire, uris[0], None, START)
    assert at.calls == 4


class Slow(Wire):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.called, self.let = threading.Event(), threading.Event()
        self.waiting = 0

    def get(self, url: str, *, accept: str, most: int) -> Fetched:
        self.called.set()
        self.waiting += 1
        assert self.let.wait(10)
        return super().get(url, accept=accept, most=most)


def test_requests_at_once_share_one_call() -> None:
    wire, sets = Slow(), KeySets()
    wire.pages[URI] = document("a", max_age=60)
    with ThreadPoolExecutor(WAITING) as pool:
        asked = [pool.submit(sets.of, wire, URI, "a", START) for _ in range(WAITING)]
        assert wire.called.wait(10)
        wire.let.set()
        assert {tuple(key.kid for key in one.result()) for one in asked} == {("a",)}
    assert len(wire.asked) == 1


def test_who_can_be_served_does_not_wait_for_a_slow_address() -> None:
    wire, sets = Slow(), KeySets()
    wire.pages[URI] = document("a", max_age=60)
    wire.let.set()
    sets.of(wire, URI, "a", START)
    wire.let.clear()
    wire.called.clear()
    later = START + timedelta(minutes=2)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(sets.of, wire, URI, "a", later)
        assert wire.called.wait(10)
        assert [key.kid for key in sets.of(wire, URI, "a", later)] == ["a"]
        wire.let.set()
        slow.result()
    assert len(wire.asked) == 2


def test_only_so_many_wait_for_slow_addresses() -> None:
    wire, sets = Slow(), KeySets()
    uris = [f"https://app.example/{number}" for number in range(WAITING)]
    with ThreadPoolExecutor(WAITING) as pool:
        slow = [pool.submit(sets.of, wire, uri, "a", START) for uri in uris]
        until = time.monotonic() + 10
        while wire.waiting < WAITING and time.monotonic() < until:
            time.sleep(0.01)
        with pytest.raises(Unavailable):
            sets.of(wire, URI, "a", START)
        wire.let.set()
        assert all(isinstance(one.exception(), Unavailable) for one in slow)
    wire.pages[URI] = document("a", max_age=60)
    assert [key.kid for key in sets.of(wire, URI, "a", START)] == ["a"]  # there is room again
