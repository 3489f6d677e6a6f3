"""Find and end the processes that a demonstration left behind, whatever became of their parents.

Everything that a demonstration starts carries one word in its environment, `RUN_BY_DEMONSTRATION=<state directory>`,
which grandchildren inherit even when they detach themselves. Linux shows it in /proc/<pid>/environ. Elsewhere the list
in `processes.json` is used: process id and start time together, so that a number given to a stranger is never hit.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Set
from datetime import timedelta
from pathlib import Path

MARK = "RUN_BY_DEMONSTRATION"
PROC = Path("/proc")


def mark(state_dir: Path) -> dict[str, str]:
    """The environment entry that everything started from this state directory carries."""
    return {MARK: str(state_dir.resolve())}


def remember(state_dir: Path, names: Mapping[str, int], ready: Set[str]) -> None:
    """Write which process has which name: for whoever looks, and to find strays where there is no /proc."""
    rows = {name: {"pid": pid, "started": started(pid), "ready": name in ready} for name, pid in names.items()}
    target = state_dir / "processes.json"
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(rows, indent=2))
    partial.replace(target)


def remembered(state_dir: Path, *, ready: bool = False) -> dict[str, int]:
    """The processes of the last start that still run, by name; if wanted, only those that were ready."""
    try:
        rows = json.loads((state_dir / "processes.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    living = {name: row for name, row in rows.items() if row["started"] and started(row["pid"]) == row["started"]}
    return {name: row["pid"] for name, row in living.items() if row["ready"] or not ready}


def strays(state_dir: Path) -> list[int]:
    """Process ids, other than our own, that were started from this state directory."""
    if not PROC.is_dir():
        return sorted(set(remembered(state_dir).values()) - {os.getpid()})
    wanted = f"{MARK}={state_dir.resolve()}".encode()
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return sorted(pid for pid in pids if pid != os.getpid() and wanted in _environment(pid))


def end(pids: Iterable[int], patience: timedelta = timedelta(seconds=3)) -> None:
    """Ask these processes to stop, then make them."""
    left = list(pids)
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = [pid for pid in left if _send(pid, number)]
        until = time.monotonic() + patience.total_seconds()
        while (left := [pid for pid in left if started(pid)]) and time.monotonic() < until:
            time.sleep(0.02)
        if not left:
            return


def started(pid: int) -> str:
    """When a process began, as an opaque word; empty when there is none, or only its exit status is left."""
    if PROC.is_dir():
        fields = _stat(pid)
        return fields[19] if fields and fields[0] != "Z" else ""
    shown = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, began = shown.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else began.strip()


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:  # gone, or another person's
        return []


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on (the command's name before them may hold anything)."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _send(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
