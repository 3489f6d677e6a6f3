"""`python -m bench.load`: measure any provider that a target file describes."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.load import table
from bench.load.measure import Measured, measure
from bench.load.operations import OPERATIONS
from bench.load.target import Target


async def rounds(
    targets: Sequence[Target], operations: Sequence[str], *, times: int, workers: int, seconds: float, first: int = 0
) -> list[Measured]:
    """Every operation on every target in turn, so many times; a target without the variant is passed over."""
    rows = []
    for number in range(first, first + times):
        for operation in operations:
            for target in targets:
                if target.can(operation):
                    row = await measure(target, operation, number, workers=workers, seconds=seconds)
                    rows.append(row)
                    print(f"{number + 1} {operation} {target.name} {row.per_core:,.0f}", file=sys.stderr, flush=True)
    for target in targets:
        if target.roots:
            target.notes["memory_loaded_mb"] = round(target.memory_mb(), 1)
    return rows


async def run(targets: Sequence[Target], what: Sequence[str], *, times: int, workers: int, seconds: float) -> None:
    """Start, measure, print, stop."""
    try:
        for target in targets:
            await target.start()
        rows = await rounds(targets, what, times=times, workers=workers, seconds=seconds)
    finally:
        for target in targets:
            target.stop()
    print(table.operations(rows, [target.name for target in targets]))
    print(table.notes(targets))
    print(table.problems(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure OpenID Connect providers on this machine.")
    parser.add_argument("--target", action="append", required=True, type=Path, help="a JSON file, see target.py")
    parser.add_argument("--operations", default=",".join(OPERATIONS), help="by commas; `flow:local` asks a variant")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--workers", type=int, default=8, help="connections that ask at one time")
    asked = parser.parse_args()
    targets = [Target.read(file) for file in asked.target]
    what = asked.operations.split(",")
    asyncio.run(run(targets, what, times=asked.rounds, workers=asked.workers, seconds=asked.seconds))


if __name__ == "__main__":
    main()
