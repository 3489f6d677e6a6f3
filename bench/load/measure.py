"""One operation on one target for a while: how many, how quick, and how much of the server's CPU."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

from bench.load.browser import Failed
from bench.load.operations import OPERATIONS, Prepared, Work
from bench.load.target import Target
from bench.load.wire import Closed

GIVE_UP = 50
"""So many errors and not one success end a measurement."""
PROBLEMS = (Failed, Closed, OSError, ValueError, KeyError)


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement. Times in milliseconds; `per_core`: operations per second of the server's CPU."""

    target: str
    operation: str
    round: int
    count: int
    errors: int
    problem: str = ""
    per_second: float = 0.0
    per_core: float = 0.0
    cpu_ms: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    memory_mb: float = 0.0


async def measure(target: Target, operation: str, number: int, *, workers: int, seconds: float) -> Measured:
    """`operation` by so many workers at once, each waiting for its answer before it asks again."""
    name, _, variant = operation.partition(":")
    asked = target.variant(variant) if variant else target
    try:
        prepared = await OPERATIONS[name](asked, workers)
    except PROBLEMS as error:
        return Measured(target.name, operation, number, 0, 1, f"{type(error).__name__}: {error}")
    try:
        return await _timed(target, operation, number, prepared, seconds)
    finally:
        prepared.close()


async def _timed(target: Target, operation: str, number: int, prepared: Prepared, seconds: float) -> Measured:
    took: list[float] = []
    problems: Counter[str] = Counter()
    left = prepared.most
    warm = 0.0 if left is not None else min(0.5, seconds / 4)
    until = time.perf_counter() + warm + seconds

    async def work(call: Work) -> None:
        nonlocal left
        while time.perf_counter() < until and left != 0:
            left = None if left is None else left - 1
            began = time.perf_counter()
            try:
                await call()
            except PROBLEMS as error:
                problems[f"{type(error).__name__}: {error}"[:300]] += 1
                if problems.total() > GIVE_UP and not took:
                    return
            else:
                took.append(time.perf_counter() - began)

    running = [asyncio.ensure_future(work(call)) for call in prepared.workers]
    await asyncio.sleep(warm)
    before, cpu, began = len(took), target.cpu_seconds(), time.perf_counter()
    await asyncio.gather(*running)
    cpu, lasted = target.cpu_seconds() - cpu, time.perf_counter() - began
    found = sorted(took[before:])
    problem = problems.most_common(1)[0][0] if problems else ""
    if not found:
        return Measured(target.name, operation, number, 0, problems.total(), problem)
    return Measured(
        target=target.name,
        operation=operation,
        round=number,
        count=len(found),
        errors=problems.total(),
        problem=problem,
        per_second=len(found) / lasted,
        per_core=len(found) / cpu if cpu else 0.0,
        cpu_ms=cpu / len(found) * 1000,
        p50_ms=found[len(found) // 2] * 1000,
        p99_ms=found[min(len(found) - 1, len(found) * 99 // 100)] * 1000,
        memory_mb=target.memory_mb() if target.roots else 0.0,
    )
