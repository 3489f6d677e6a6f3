"""What runs on this machine, as /proc tells it. Spec: proc(5)."""

import os
from pathlib import Path


def processes() -> list[int]:
    """Living processes; zombies are dead."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _stat(int(name))[:1] not in ([], ["Z"])]


def group_of(pid: int) -> int:
    stat = _stat(pid)
    return int(stat[2]) if stat else 0


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    """State, parent, group, … of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
