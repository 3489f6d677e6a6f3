"""One demonstration for each state directory: who holds it, how to end it, how to stop and start one of its parts.

The holder keeps a lock that the kernel gives up with the process, however that dies.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from demo import strays

LOCK = "running.lock"
AGAIN = signal.SIGUSR1  # to the holder: start the parts that are missing


class Busy(Exception):
    """Another process holds this state directory."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"The demonstration is running already (process {pid}). Stop it there with Ctrl-C.")
        self.pid = pid


class NotRunning(Exception):
    """There is no demonstration to talk to."""


@contextlib.contextmanager
def held(state_dir: Path) -> Iterator[None]:
    """Hold the state directory, and end what an earlier holder left.

    Raises:
        Busy: another lives.
    """
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    state_dir.chmod(0o700)  # sockets and keys are in it
    with (state_dir / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(_written(state_dir)) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        if left := strays.strays(state_dir):
            print(f"Ending {len(left)} processes that an earlier start left.")
            strays.end(left)
        try:
            yield
        finally:
            lock.truncate(0)


def holder(state_dir: Path) -> int | None:
    """The process that holds the state directory, if one does."""
    try:
        with (state_dir / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _written(state_dir)
    return None


def forget(state_dir: Path, patience: timedelta = timedelta(seconds=20)) -> None:
    """End the demonstration if it runs, and whatever it left; then delete all its data."""
    if pid := holder(state_dir):
        strays.end([pid], patience)
    strays.end(strays.strays(state_dir))
    if state_dir.exists():
        shutil.rmtree(state_dir)


def stop_part(state_dir: Path, name: str) -> None:
    """Stop one part of a running demonstration, as if it had died; the rest goes on if it may be missing.

    Raises:
        NotRunning: there is no such part now.
    """
    pid = strays.remembered(state_dir).get(name)
    if pid is None or holder(state_dir) is None:
        raise NotRunning(f"{name} is not running.")
    strays.end([pid])


def start_missing(state_dir: Path, name: str, patience: timedelta = timedelta(seconds=15)) -> None:
    """Let the running demonstration start its missing parts again; returns when this one is there.

    Raises:
        NotRunning: there is no demonstration, or the part did not come.
    """
    pid = holder(state_dir)
    if pid is None:
        raise NotRunning("The demonstration is not running: make run")
    until = time.monotonic() + patience.total_seconds()
    os.kill(pid, AGAIN)
    while name not in strays.remembered(state_dir, ready=True):
        if time.monotonic() > until:
            raise NotRunning(f"{name} did not start; see {state_dir / 'log'}.")
        time.sleep(0.05)


def _written(state_dir: Path) -> int:
    try:
        return int((state_dir / LOCK).read_text())
    except ValueError:
        return 0
