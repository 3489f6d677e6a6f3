"""What `make run` runs leaves nothing behind: not at Ctrl-C, and not when the parent was killed before the next start.

The whole thing: two directories, the server with its workers and its Valkey, the proxy, two applications.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import control, strays
from tests.support.demonstration import LAST_LINE, ROOT
from tests.support.processes import command_of, processes

pytestmark = [pytest.mark.ci, pytest.mark.timeout(300)]
PATIENCE_SECONDS = 120


@pytest.fixture
def state_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gerege-"))
    yield folder
    control.forget(folder)
    shutil.rmtree(folder, ignore_errors=True)


def run(state_dir: Path) -> "subprocess.Popen[bytes]":
    """Start it, and wait for its sign."""
    output = state_dir.parent / f"{state_dir.name}.log"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.support.demonstration", str(state_dir)),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    until = time.monotonic() + PATIENCE_SECONDS
    while LAST_LINE not in output.read_text(errors="replace"):
        assert process.poll() is None and time.monotonic() < until, output.read_text(errors="replace")[-3000:]
        time.sleep(0.05)
    output.unlink()
    return process


def of(state_dir: Path) -> dict[int, str]:
    """Everything that runs for this folder, by its command line, its environment or where it is."""
    found = {}
    for pid in processes():
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            home = Path(f"/proc/{pid}/cwd").resolve()
        except OSError:
            continue
        name = str(state_dir)
        if pid != os.getpid() and (
            name in command_of(pid) or name.encode() in environment or home.is_relative_to(name)
        ):
            found[pid] = command_of(pid)
    return found


def nothing(state_dir: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := of(state_dir)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left, left


def test_interrupted_it_ends_in_order_and_leaves_nobody(state_dir: Path) -> None:
    process = run(state_dir)
    assert len(of(state_dir)) >= 7, of(state_dir)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert process.wait(30) == 0
    nothing(state_dir, 1)


def test_killed_it_takes_everything_along(state_dir: Path) -> None:
    """The kernel tells each part that its parent died; the server ends its store in order."""
    process = run(state_dir)
    process.kill()
    process.wait()
    nothing(state_dir, 20)


def test_what_outlived_its_parents_is_found_by_the_next_start(state_dir: Path) -> None:
    """Parent and server killed at one blow, so that nobody ends the store."""
    process = run(state_dir)
    before = of(state_dir)
    server = strays.remembered(state_dir)["gerege"]
    os.kill(server, signal.SIGKILL)
    process.kill()
    process.wait()
    assert any("valkey-server" in command for command in of(state_dir).values())
    again = run(state_dir)
    left = {pid: command for pid, command in of(state_dir).items() if pid in before and "valkey" not in command}
    assert not left, left  # only the store may have been adopted
    assert sum("valkey-server" in command for command in of(state_dir).values()) == 1
    again.send_signal(signal.SIGINT)
    assert again.wait(30) == 0
    nothing(state_dir, 1)
