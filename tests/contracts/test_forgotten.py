"""A Valkey that was emptied: no spent thing is good again, and nobody's budget of guesses is refilled by it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.memory import MemoryBrief
from adapters.redis import embedded
from adapters.redis.brief import RedisBrief
from adapters.redis.client import connect_redis
from adapters.sql.store_epoch import SqlEpochs
from adapters.sql.truth import SqlTruth
from idp.errors import Unavailable
from idp.ports import Limit
from tests.contracts.test_brief import CODE, interaction
from tests.support.stores import NOW, Clock, new_keyring, open_truth

WINDOW = timedelta(minutes=15)
GUESS = Limit("bind:a:stranger", 3, WINDOW)
NETWORK = Limit("net:a", 30, WINDOW)


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[embedded.Embedded]:
    server = embedded.start(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[SqlTruth]:
    truth = open_truth(f"sqlite:///{tmp_path / 'epochs.sqlite'}", tmp_path)
    yield truth
    truth.close()


def connect(server: embedded.Embedded, truth: SqlTruth) -> RedisBrief:
    return RedisBrief(connect_redis(server.url), truth.keyring, SqlEpochs(truth.database))


def test_an_emptied_store_refills_no_budget_of_guesses(own_valkey: embedded.Embedded, truth: SqlTruth) -> None:
    brief, other = connect(own_valkey, truth), connect(own_valkey, truth)
    assert brief.forgot_since() is None
    while all(one.allowed for one in brief.take([GUESS])):
        pass
    connect_redis(own_valkey.url).flushall()
    # Neither process was told: each notices by itself, before it answers.
    reading = brief.take([GUESS])[0]
    assert not reading.allowed
    assert reading.retry_after > WINDOW - timedelta(seconds=30)
    assert not other.take([GUESS])[0].allowed
    assert brief.forgot_since() is not None
    assert brief.forgot_since() == other.forgot_since()
    # Whoever never guessed waits for one window too: nothing is known of them any more.
    assert not other.take([replace(GUESS, key="bind:b:stranger")])[0].allowed
    assert brief.take([NETWORK])[0].allowed


def test_codes_interactions_and_what_was_spent_die_with_it(own_valkey: embedded.Embedded, truth: SqlTruth) -> None:
    brief = connect(own_valkey, truth)
    brief.put_code("h-1", CODE, WINDOW)
    brief.open_interaction(interaction(), WINDOW)
    assert brief.spend("jti", "v", WINDOW)
    before = truth.now()
    connect_redis(own_valkey.url).flushall()
    assert brief.take_code("h-1").code is None
    assert brief.interaction("i-1") is None
    brief.spend("jti", "v", WINDOW)
    forgot = brief.forgot_since()
    assert forgot is not None
    assert forgot >= before  # so that whoever asks can refuse proofs from before


def test_all_processes_agree_on_one_new_mark(own_valkey: embedded.Embedded, truth: SqlTruth) -> None:
    briefs = [connect(own_valkey, truth) for _ in range(8)]
    connect_redis(own_valkey.url).flushall()
    with ThreadPoolExecutor(8) as threads:
        readings = list(threads.map(lambda brief: brief.take([GUESS])[0].allowed, briefs))
    assert readings == [False] * 8
    assert len({brief.forgot_since() for brief in briefs}) == 1


def test_a_restart_that_kept_the_data_forgets_nothing(tmp_path: Path, truth: SqlTruth) -> None:
    server = embedded.start(tmp_path)
    brief = connect(server, truth)
    brief.put_code("h-1", CODE, WINDOW)
    brief.put_code("h-2", CODE, WINDOW)
    assert brief.take_code("h-1").code == CODE
    while all(one.allowed for one in brief.take([GUESS])):
        pass
    server.stop()
    with pytest.raises(Unavailable) as gone:
        brief.take_code("h-2")
    assert gone.value.what == "store"
    server = embedded.start(tmp_path)
    try:
        assert brief.take_code("h-1").spent_grant_id == "g-1"
        assert brief.take_code("h-2").code == CODE
        assert not brief.take([GUESS])[0].allowed
        assert connect(server, truth).forgot_since() is None
    finally:
        server.stop()


def test_a_full_store_refuses_and_loses_nothing(own_valkey: embedded.Embedded, truth: SqlTruth) -> None:
    brief = connect(own_valkey, truth)
    brief.put_code("h-1", CODE, WINDOW)
    client: Any = connect_redis(own_valkey.url)
    client.config_set("maxmemory", "1")
    for attempt in (lambda: brief.put_code("h-2", CODE, WINDOW), lambda: brief.take([GUESS]), brief.ping):
        with pytest.raises(Unavailable) as full:
            attempt()
        assert full.value.what == "store"
    with pytest.raises(Unavailable):
        brief.spend("jti", "v", WINDOW)
    client.config_set("maxmemory", "0")
    assert brief.take_code("h-1").code == CODE


def test_every_key_but_the_mark_expires(own_valkey: embedded.Embedded, truth: SqlTruth) -> None:
    brief = connect(own_valkey, truth)
    brief.put_code("h-1", CODE, WINDOW)
    brief.put_code("h-2", CODE, WINDOW)
    brief.take_code("h-1")
    brief.open_interaction(interaction(), WINDOW)
    brief.save_interaction(interaction())
    brief.take([GUESS, NETWORK])
    brief.take([GUESS, NETWORK])
    brief.give_back([NETWORK])
    brief.spend("jti", "v", WINDOW)
    brief.ping()
    client: Any = connect_redis(own_valkey.url)
    keys = [key.decode() for key in client.keys("*")]
    assert len(keys) == 9
    assert [key for key in keys if client.ttl(key) < 0] == ["mark:{n}"]


def test_what_was_typed_is_not_readable_in_the_store(own_valkey: embedded.Embedded, truth: SqlTruth) -> None:
    brief = connect(own_valkey, truth)
    brief.open_interaction(interaction(), WINDOW)
    client: Any = connect_redis(own_valkey.url)
    stored = client.get("interaction:{ix}:i-1")
    assert b"alice" not in stored
    assert b"challenge" not in stored


def test_a_store_with_another_key_is_not_believed(
    own_valkey: embedded.Embedded, truth: SqlTruth, tmp_path: Path
) -> None:
    connect(own_valkey, truth).open_interaction(interaction(), WINDOW)
    stranger = RedisBrief(connect_redis(own_valkey.url), new_keyring(tmp_path, "other.key"), SqlEpochs(truth.database))
    with pytest.raises(Unavailable):
        stranger.interaction("i-1")


def test_memory_forgets_the_same_way() -> None:
    clock = Clock()
    brief = MemoryBrief(clock=clock.seconds, now=clock)
    assert brief.take([GUESS])[0].allowed
    brief.put_code("h-1", CODE, WINDOW)
    brief.forget()
    assert brief.forgot_since() == NOW
    assert brief.take_code("h-1").code is None
    assert brief.take([GUESS])[0].retry_after == WINDOW
    clock.pass_(WINDOW)
    assert [brief.take([GUESS])[0].allowed for _ in range(2)] == [True, False]
    clock.pass_(3 * WINDOW)
    assert brief.peek([GUESS])[0].used == 0


def test_memory_lets_go_in_time() -> None:
    clock = Clock()
    brief = MemoryBrief(clock=clock.seconds, now=clock)
    brief.put_code("h-1", CODE, timedelta(seconds=60))
    brief.open_interaction(interaction(), timedelta(seconds=60))
    clock.pass_(timedelta(seconds=60))
    assert brief.take_code("h-1").spent_grant_id is None
    assert brief.interaction("i-1") is None
