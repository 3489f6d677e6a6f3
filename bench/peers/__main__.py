"""`python -m bench.peers`: N (npm oidc-provider), A (Authlib on Flask) and Gerege in one run, alternating; then ratios.

    python -m bench.peers [--rounds 3] [--seconds 2] [--only cc,refresh]

N is one process with everything in memory; A keeps SQLite; Gerege is `ours.py`. Each row stands beside its goal. A goal
that is missed is told, never an error: what it says depends on the machine and on who else uses it.
"""

import argparse
import asyncio
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from argon2 import PasswordHasher

from bench.load import table
from bench.load.__main__ import rounds
from bench.load.measure import Measured
from bench.load.target import Target
from bench.peers.goals import GOALS, Goal
from bench.peers.ours import PEOPLE, SECRET, ended, ours
from bench.peers.places import free_ports
from tests.support.node import installed, node

HERE = Path(__file__).parent
CROWD = {"pattern": "person%d", "password": "a right password", "count": PEOPLE}


def peers(folder: Path) -> list[dict[str, Any]]:
    """N and A."""
    ports = free_ports(2)
    both: dict[str, Any] = {
        "scope": "openid profile",
        "client": {"id": "web", "secret": SECRET},
        "rotating": {"id": "native", "auth": "none"},
        "people": CROWD,
    }
    machine, place = {"id": "machine", "secret": SECRET}, installed(HERE / "node")
    return [
        {
            **both,
            "name": "N",
            "issuer": f"http://127.0.0.1:{ports[0]}",
            "machine": {**machine, "scope": "api", "extra": {"resource": "urn:bench:jwt"}},
            "api": {**machine, "machine": {"extra": {"resource": "urn:bench:opaque"}}},
            "spawn": [node(), "server.mjs", str(ports[0])],
            "folder": str(place),
            "log": str(folder / "n.log"),
        },
        {
            **both,
            "name": "A",
            "issuer": f"http://127.0.0.1:{ports[1]}",
            "machine": machine,
            "api": machine,
            "spawn": [sys.executable, "-m", "bench.peers.authlib_on_flask", str(ports[1]), str(folder)],
            "folder": str(HERE.parents[1]),
            "environment": {"AUTHLIB_INSECURE_TRANSPORT": "1", "PYTHONDONTWRITEBYTECODE": ""},
            "log": str(folder / "a.log"),
        },
    ]


@contextmanager
def targets() -> Iterator[list[Target]]:
    """All three, seeded; nothing of them is left."""
    with tempfile.TemporaryDirectory(prefix="gerege-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with ours(folder) as mine:
            found = [Target(said) for said in [*peers(folder), mine]]
            try:
                yield found
            finally:
                for target in found:
                    target.stop()
                ended(folder)


def argon2_per_core(seconds: float) -> float:
    """Verifications per CPU second at the shipped cost: what a local sign-in cannot pass."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    stored, count, began = hasher.hash("a right password"), 0, time.process_time()
    while time.process_time() - began < seconds:
        hasher.verify(stored, "a right password")
        count += 1
    return count / (time.process_time() - began)


async def compare(found: list[Target], operations: list[str], *, times: int, seconds: float) -> None:
    """Measure and print."""
    argon2 = []
    rows: list[Measured] = []
    for target in found:
        await target.start()
    for number in range(times):
        argon2.append(argon2_per_core(seconds / 2))
        rows += await rounds(found, operations, times=1, workers=8, seconds=seconds, first=number)
    print(f"\n{machine()}; {times} rounds of {seconds:g} s, 8 connections\n")
    print(table.operations(rows, [target.name for target in found]))
    print("\n| row | measured: median [least..most] | goal |\n|---|---|---|")
    for goal in GOALS:
        print(judged(goal, rows, found, argon2))
    print(f"\nArgon2id alone: {median(argon2):.1f} per core-s")
    print(table.notes(found))
    print(table.problems(rows))


def judged(goal: Goal, rows: list[Measured], found: list[Target], argon2: list[float]) -> str:
    """One line of the table of goals."""
    notes = {target.name: target.notes for target in found}
    if goal.note is not None:
        mine, theirs = notes["Gerege"].get(goal.note), notes["N"].get(goal.note)
        ratios = [mine / theirs] if mine and theirs else []
    elif goal.against == "Argon2":
        mine_each = table.per_core(rows, goal.operation, "Gerege")
        ratios = [one / limit for one, limit in zip(mine_each, argon2, strict=False)]
    else:
        whose, _, operation = goal.against.partition(" ")
        ratios = table.ratio(rows, (goal.operation, "Gerege"), (operation or goal.operation, whose))
    return f"| {goal.row} | {table.spread(ratios)} x {goal.against} | {goal.told} |"


def machine() -> str:
    """What it ran on, and what of."""
    told = [line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines()]
    processors = [value.strip() for name, _, value in told if name.startswith("model name")] or [platform.machine()]
    version = subprocess.run([node(), "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return f"{len(processors)} cores of {processors[0]}, Python {platform.python_version()}, Node {version}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure Gerege beside its peers.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--only", default="", help="operations, by commas")
    asked = parser.parse_args()
    known = list(dict.fromkeys(goal.operation for goal in GOALS if goal.operation))
    wanted = [one for one in known if not asked.only or one in asked.only.split(",")]
    with targets() as found:
        asyncio.run(compare(found, wanted, times=asked.rounds, seconds=asked.seconds))


if __name__ == "__main__":
    main()
