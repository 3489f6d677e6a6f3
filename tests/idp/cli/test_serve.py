"""`gerege serve` as a process: says when it is ready, ends in order, leaves nobody behind, refuses what it must."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.redis import embedded
from config.load import SettingsError, load
from idp.cli.prepare import address_of, demonstration_problems
from idp.cli.serve import answers, checked
from tests.idp.cli.conftest import SETTINGS, Shell, shell_in

PATIENCE = 60.0
ROOT = Path(__file__).parents[3]


@contextmanager
def serving(shell: Shell, *words: str) -> Iterator[subprocess.Popen[str]]:
    log = (shell.folder / "log").open("w")
    command = [sys.executable, "-m", "idp.cli", "serve", "--config", str(shell.config), "--workers", "2", *words]
    process = subprocess.Popen(
        command, stdout=log, stderr=subprocess.STDOUT, text=True, cwd=ROOT, start_new_session=True
    )
    try:
        wait_for(lambda: "ready" in said(shell) or process.poll() is not None, shell)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        log.close()
        embedded.start(shell.folder).stop()  # what a killed server left is adopted and ended


def said(shell: Shell) -> str:
    return (shell.folder / "log").read_text()


def wait_for(true: object, shell: Shell) -> None:
    until = time.monotonic() + PATIENCE
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until, said(shell)
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """Processes whose parent it is."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(entry.parent.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_it_says_ready_answers_and_ends_with_zero(tmp_path: Path) -> None:
    shell = shell_in(tmp_path)
    with serving(shell) as process:
        assert said(shell).splitlines()[-1].startswith("ready http://localhost:8000 on unix:"), said(shell)
        settings = load(shell.config, {})
        assert answers(settings, "/healthz")
        assert answers(settings, "/readyz")
        assert answers(settings, "/.well-known/openid-configuration")
        door = tmp_path / "server.sock"
        assert door.stat().st_mode & 0o077 == 0
        assert shell.told("dept", "list")[0]["id"] == "local"
        mine = children(process.pid)
        assert len(mine) == 3  # two workers and Valkey
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert not any(map(alive, mine))
        assert not door.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
def test_workers_die_with_a_killed_supervisor_and_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    shell = shell_in(tmp_path)
    with serving(shell) as process:
        workers = [pid for pid in children(process.pid) if b"valkey" not in Path(f"/proc/{pid}/cmdline").read_bytes()]
        time.sleep(6)  # granian takes workers that die within 5.5 s of their start for a crash loop
        os.kill(workers[0], signal.SIGKILL)
        wait_for(lambda: len(set(children(process.pid)) - set(workers)) >= 2, shell)
        settings = load(shell.config, {})
        wait_for(lambda: answers(settings, "/healthz"), shell)
        left = children(process.pid)
        process.kill()
        process.wait()
        workers = [pid for pid in left if not _is_valkey(pid)]
        wait_for(lambda: not any(map(alive, workers)), shell)


def _is_valkey(pid: int) -> bool:
    try:
        return b"valkey" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_production_is_refused_with_every_problem(tmp_path: Path) -> None:
    shell = shell_in(tmp_path, SETTINGS.replace("demonstration", "production").replace("trusted_proxies", "#"))
    said = shell.wrong(2, "serve")
    for told in ("server.issuer", "server.trusted_proxies", "gerege keys make-master"):
        assert told in said
    assert not (tmp_path / "master.key").exists()


def test_a_world_readable_master_key_is_refused(tmp_path: Path) -> None:
    shell = shell_in(tmp_path, SETTINGS.replace("demonstration", "production").replace("http://", "https://"))
    shell.ok("keys", "make-master")
    (tmp_path / "master.key").chmod(0o644)
    assert "chmod 600" in shell.wrong(2, "serve")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("http://localhost:8000", "http://id.example", "for this machine only"),
        ("unix:{folder}/server.sock", "0.0.0.0:8000", "listens on 127.0.0.1 only"),
        ("unix:{folder}/server.sock", "unix:/" + "x" * 120, "too long for a unix socket"),
    ],
)
def test_a_demonstration_that_strangers_could_reach_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in shell_in(tmp_path, SETTINGS.replace(old, new)).wrong(2, "serve")


def test_a_taken_port_and_a_wrong_department_are_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        shell = shell_in(tmp_path, SETTINGS.replace("unix:{folder}/server.sock", f"127.0.0.1:{port}"))
        assert f"127.0.0.1:{port} cannot be had" in shell.wrong(2, "serve")
    (tmp_path / "departments" / "bad.toml").write_text('id = "bad"\n')
    said = shell.wrong(2, "serve")
    assert "bad.toml:1: connector: is missing" in said


def test_addresses() -> None:
    assert address_of("127.0.0.1:80") == ("127.0.0.1", 80)
    assert address_of("[::1]:443") == ("::1", 443)
    for wrong in ("localhost", "x:y", "127.0.0.1:99999", ""):
        with pytest.raises(ValueError, match="neither"):
            address_of(wrong)


def test_settings_of_the_demonstration_pass(tmp_path: Path) -> None:
    settings = load(shell_in(tmp_path).config, {})
    assert demonstration_problems(settings) == []
    assert checked(settings) is settings
    with pytest.raises(SettingsError):
        checked(load(shell_in(tmp_path, SETTINGS.replace("localhost", "id.example")).config, {}))
