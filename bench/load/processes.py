"""CPU time and memory of process trees, from /proc. Linux only."""

import os
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> tuple[int, int]:
    """Parent, and ticks of its own and of its ended children. Spec: proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), sum(int(field) for field in fields[11:15])


def tree(roots: Iterable[int]) -> set[int]:
    """These processes and all below them."""
    below: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                below.setdefault(_stat(int(name))[0], []).append(int(name))
            except (OSError, ValueError):
                continue  # it ended meanwhile
    found: set[int] = set()
    todo = list(roots)
    while todo:
        pid = todo.pop()
        if pid not in found:
            found.add(pid)
            todo += below.get(pid, [])
    return found


def cpu_seconds(roots: Iterable[int], apart: Iterable[int] = ()) -> float:
    """Of the trees of `roots` without those of `apart`."""
    ticks = 0
    for pid in tree(roots) - tree(apart):
        try:
            ticks += _stat(pid)[1]
        except (OSError, ValueError):
            continue
    return ticks / TICKS


def memory_mb(roots: Iterable[int], apart: Iterable[int] = ()) -> float:
    """Proportional set size: shared pages are divided among those who share them."""
    kilobytes = 0
    for pid in tree(roots) - tree(apart):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024
