"""A crew of child processes: started in order, watched, stopped in reverse order, none left behind.

A `Process` says what to run and how to know that it is ready. A `Crew` runs a table of them. The death of an essential
one ends the crew with its last words; a part that may be missing (a directory) is only told of. Children are tied to
their parent (`demo/tether.py`) and carry the mark by which the next start finds what was left (`demo/strays.py`).

Knows nothing of Gerege. It never starts a dead part again by itself: in a demonstration a death is news.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from demo import strays

TETHER = Path(__file__).with_name("tether.py")
BEAT = 0.02  # seconds between two looks at something that is starting
LAST_LINES = 20


@dataclass(frozen=True, slots=True)
class Process:
    """One program of the crew.

    Attributes:
        name: its name in messages; its output goes to `log/<name>.log`.
        command: the program and its arguments.
        ready: says whether it is up; asked every 20 ms, given everything it printed so far.
        environment: added to our own.
        patience: how long it may take to be ready.
        essential: whether its death ends the whole crew.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[str], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: timedelta = timedelta(seconds=30)
    essential: bool = True


class Died(Exception):
    """A part of the crew ended, or was not ready in time. The text says which, how, and its last lines."""


class Crew:
    """The running parts. Use it as a context: leaving it stops them all."""

    def __init__(self, state_dir: Path, grace: timedelta = timedelta(seconds=5)) -> None:
        self._state_dir = state_dir
        self._grace = grace
        self._running: dict[str, tuple[Process, subprocess.Popen[bytes]]] = {}
        (state_dir / "log").mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *table: Process) -> None:
        """Start these together and wait until each is ready.

        Raises:
            Died: one of them ended or took too long.
        """
        for process in table:
            self._spawn(process)
        self._remember(starting={process.name for process in table})
        began = time.monotonic()
        for process in table:
            self._await(process, began)
        self._remember()

    def stop(self) -> None:
        """Stop all in reverse order: ask, wait, kill; then whatever they left."""
        for name in reversed(list(self._running)):
            self.stop_one(name)
        strays.end(strays.strays(self._state_dir))

    def stop_one(self, name: str) -> None:
        """Stop one part, with its whole process group if it does not go by itself."""
        _, child = self._running.pop(name)
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(self._grace.total_seconds())
            except subprocess.TimeoutExpired:
                _kill_group(child)
        child.wait()

    def missing(self) -> list[str]:
        """Forget the parts that ended since the last call, and name them.

        Raises:
            Died: an essential one is among them.
        """
        ended = [(process, child) for process, child in self._running.values() if child.poll() is not None]
        for process, child in ended:
            if process.essential:
                raise Died(self._obituary(process, child))
            del self._running[process.name]
        return [process.name for process, _ in ended]

    def pids(self) -> dict[str, int]:
        """The process id of each part."""
        return {name: child.pid for name, (_, child) in self._running.items()}

    def log(self, name: str) -> str:
        """Everything that a part printed since it was started."""
        return self._log_file(name).read_text(errors="replace")

    def _remember(self, starting: Set[str] = frozenset()) -> None:
        pids = self.pids()
        strays.remember(self._state_dir, pids, ready=pids.keys() - starting)

    def _spawn(self, process: Process) -> None:
        tied = (sys.executable, "-S", "-E", str(TETHER), str(os.getpid()), *process.command)
        with self._log_file(process.name).open("wb") as log:
            child = subprocess.Popen(
                tied,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **process.environment, **strays.mark(self._state_dir)},
                start_new_session=True,  # the terminal's Ctrl-C is for us; they are stopped in order
            )
        self._running[process.name] = (process, child)

    def _await(self, process: Process, began: float) -> None:
        _, child = self._running[process.name]
        until = began + process.patience.total_seconds()
        while not process.ready(self.log(process.name)):
            if child.poll() is not None:
                raise Died(self._obituary(process, child))
            if time.monotonic() > until:
                seconds = process.patience.total_seconds()
                raise Died(f"{process.name} was not ready after {seconds:g} s.{self._last_words(process.name)}")
            time.sleep(BEAT)

    def _obituary(self, process: Process, child: subprocess.Popen[bytes]) -> str:
        code = child.returncode
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return f"{process.name} {how}.{self._last_words(process.name)}"

    def _last_words(self, name: str) -> str:
        lines = self.log(name).splitlines()[-LAST_LINES:]
        said = "".join(f"\n    {line}" for line in lines) or " It said nothing."
        return f" Its log is {self._log_file(name)}:{said}" if lines else said

    def _log_file(self, name: str) -> Path:
        return self._state_dir / "log" / f"{name}.log"


def says(word: str) -> Callable[[str], bool]:
    """Ready when a printed line is, or begins with, this word."""
    return lambda output: any(line.split()[:1] == [word] for line in output.splitlines())


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        child.kill()
