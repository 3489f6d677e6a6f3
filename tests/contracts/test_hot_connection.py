"""The hot connection to Valkey: nothing is repeated that may have run, nothing dead is used, scripts find their way."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import redis

from adapters.redis import embedded
from adapters.redis.client import connect_redis
from adapters.redis.hot import Hot, hot

ONCE = "return redis.call('INCR', KEYS[1]) + ARGV[1]"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="gerege-") as name:
        yield Path(name)


@pytest.fixture
def client(folder: Path) -> Iterator[redis.Redis]:
    server = embedded.start(folder)
    found = connect_redis(server.url)
    assert isinstance(found, redis.Redis)
    found.flushall()
    yield found
    found.close()
    server.stop()


def test_it_says_what_the_client_says(client: redis.Redis) -> None:
    line = Hot(client)
    assert line.get("a") is None
    assert line.set("a", b"\x00\xff\r\n", px=60_000, nx=True) is True
    assert line.set("a", b"other", px=60_000, nx=True) is False
    assert line.get("a") == client.get("a") == b"\x00\xff\r\n"
    assert 0 < client.pttl("a") <= 60_000  # type: ignore[operator]
    line.close()


def test_a_script_that_the_server_forgot_runs_once(client: redis.Redis) -> None:
    line = Hot(client)
    script = line.register_script(ONCE)
    assert [script(keys=["n"], args=[10]), script(keys=["n"], args=[10])] == [11, 12]
    client.script_flush()
    assert script(keys=["n"], args=[10]) == 13
    line.close()


def test_a_refusal_is_told_and_the_next_command_goes_well(client: redis.Redis) -> None:
    line = Hot(client)
    client.rpush("list", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        line.get("list")
    assert line.get("none") is None
    line.close()


def test_a_server_that_was_started_again_is_found_again(client: redis.Redis, folder: Path) -> None:
    """Connections of the first life are seen to be dead before anything is sent on them."""
    line = Hot(client)
    line.set("a", b"1", px=60_000)
    embedded.start(folder).stop()
    again = embedded.start(folder)
    try:
        assert line.get("a") == b"1"  # appendonly: it kept what it had
    finally:
        line.close()
        again.stop()


@contextmanager
def one_that_hangs_up() -> Iterator[tuple[int, list[bytes]]]:
    """A server that greets, takes each command, and closes without an answer; what it was sent."""
    heard: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with closing(line):
                    while asked := line.recv(4096):
                        if b"SPEND" in asked:
                            heard.append(asked)
                            break
                        line.sendall(b"+OK\r\n" * asked.count(b"\r\nCLIENT\r\n") or b"+OK\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], heard


def test_what_may_have_run_is_never_sent_twice() -> None:
    with one_that_hangs_up() as (port, heard):
        client = connect_redis(f"redis://127.0.0.1:{port}")
        assert isinstance(client, redis.Redis)
        line = Hot(client)
        for number in (1, 2):
            with pytest.raises((redis.RedisError, OSError)):
                line.call("SPEND", "code")
            assert len(heard) == number
        line.close()


def test_threads_have_connections_of_their_own(client: redis.Redis) -> None:
    line, wrong = Hot(client), list[int]()

    def work(number: int) -> None:
        for turn in range(200):
            line.set(f"k{number}", str(turn), px=60_000)
            if line.get(f"k{number}") != str(turn).encode():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    line.close()


def test_a_forked_process_opens_its_own(client: redis.Redis) -> None:
    line = Hot(client)
    line.set("a", b"parent", px=60_000)
    child = os.fork()
    if child == 0:
        os._exit(0 if line.get("a") == b"parent" and line.set("b", b"child", px=60_000) else 1)
    assert line.get("a") == b"parent"
    assert os.waitpid(child, 0)[1] == 0
    assert line.get("b") == b"child"
    line.close()


def test_a_cluster_goes_the_usual_way() -> None:
    cluster = object.__new__(redis.RedisCluster)
    assert hot(cluster) is cluster
