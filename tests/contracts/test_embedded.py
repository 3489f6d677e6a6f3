"""The Valkey of our own: started once, adopted, found again after its parent was killed, ended in order."""

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.redis import embedded
from adapters.redis.client import connect_redis
from idp.errors import Unavailable

ROOT = Path(__file__).parents[2]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_second_start_adopts_the_first(tmp_path: Path) -> None:
    first = embedded.start(tmp_path)
    second = embedded.start(tmp_path)
    assert (first.started, second.started) == (True, False)
    assert first.pid == second.pid
    client: Any = connect_redis(second.url)
    client.set("x", b"1")
    assert str(client.config_get("maxmemory-policy")).count("noeviction") == 1
    assert "'0'" in str(client.config_get("port"))
    second.stop()
    assert not alive(first.pid)
    again = embedded.start(tmp_path)
    kept: Any = connect_redis(again.url)
    assert kept.get("x") == b"1"
    again.stop()
    again.stop()  # it is gone already


def test_the_socket_is_ours_alone(tmp_path: Path) -> None:
    server = embedded.start(tmp_path)
    folder = tmp_path / "valkey"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "socket").stat().st_mode) == 0o700
    server.stop()


def test_parallel_starts_make_one_server(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        servers = list(threads.map(lambda _: embedded.start(tmp_path), range(4)))
    assert len({server.pid for server in servers}) == 1
    assert sum(server.started for server in servers) == 1
    servers[0].stop()
    assert not alive(servers[0].pid)


def test_what_a_killed_parent_left_is_adopted(tmp_path: Path) -> None:
    program = (
        "import os, signal; from pathlib import Path; from adapters.redis import embedded;"
        f" print(embedded.start(Path({str(tmp_path)!r})).pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    child = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, check=False)
    assert child.returncode == -signal.SIGKILL
    pid = int(child.stdout)
    assert alive(pid)
    server = embedded.start(tmp_path)
    assert (server.pid, server.started) == (pid, False)
    server.stop()
    assert not alive(pid)


def test_one_that_does_not_answer_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "STOP_SECONDS", 0.5)
    first = embedded.start(tmp_path)
    os.kill(first.pid, signal.SIGSTOP)
    try:
        second = embedded.start(tmp_path)
    finally:
        with suppress(ProcessLookupError):
            os.kill(first.pid, signal.SIGCONT)
    assert second.pid != first.pid
    assert second.started
    second.stop()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    server = embedded.start(deep)
    client: Any = connect_redis(server.url)
    assert client.ping()
    server.stop()


def test_a_log_says_why_it_does_not_start(tmp_path: Path) -> None:
    folder = tmp_path / "valkey" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(Unavailable) as told:
        embedded.start(tmp_path)
    assert str(tmp_path / "valkey" / "log") in told.value.detail


@pytest.mark.parametrize("url", ["http://x", "sentinel://a:1,b:2", "cluster://", "nonsense"])
def test_an_address_of_no_known_kind_is_told(url: str) -> None:
    with pytest.raises(ValueError, match=r"stores\.brief"):
        connect_redis(url)
