"""One department's directory hangs while its people keep coming: what the people of another department wait for.

    python -m bench.isolation [--seconds 30] [--rate 6] [--crowd 200] [--patience 30]

Two slapd behind one production server of one process. People of the Ministry of Finance sign in at a fixed rate, each
from a browser of their own, with password (a bind), authenticator app, policy and audit; first alone, then while the
other directory is stopped (SIGSTOP) and a crowd waits there: each types name and password, waits for the answer, and
comes again after `patience`, which is what the page's Retry-After says. Rate and not connections are fixed, so that a
slower answer does not lighten the load. The driver shares the machine's cores with the server.
"""

import argparse
import asyncio
import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.load.browser import Failed
from bench.load.target import Target
from bench.load.wire import Closed
from bench.peers.ours import ROOT, SECRET, ended, ours
from bench.peers.places import free_ports
from demo.directories.launch import Running, start_directory, write_department

GOAL = 1.2
"""p99 during, to p99 before."""
WARM, GATHER = 12.0, 3.0
"""Seconds before anything is measured, and in which the crowd comes."""


@dataclass
class Waited:
    """Seconds of each sign-in that ended well, and how many did not."""

    times: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    cpu: float = 0.0

    def at(self, percent: float) -> float:
        """Milliseconds."""
        return sorted(self.times)[min(len(self.times) - 1, int(len(self.times) * percent / 100))] * 1000

    def told(self) -> str:
        ends = f"p50 {self.at(50):.0f} ms, p95 {self.at(95):.0f} ms, p99 {self.at(99):.0f} ms"
        return f"{len(self.times)} sign-ins, {len(self.failed)} failed; {ends}; the server had {self.cpu:.0%} of a core"


async def steady(target: Target, rate: float, seconds: float) -> Waited:
    """So many begin each second, whatever the others wait for."""
    waited, began = Waited(), time.perf_counter()
    spent = target.cpu_seconds()

    async def one() -> None:
        start = time.perf_counter()
        try:
            browser, _ = await target.sign_in(target.said["client"])
            browser.close()
            waited.times.append(time.perf_counter() - start)
        except (Failed, Closed, OSError) as error:
            waited.failed.append(str(error)[:200])

    under_way = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        under_way.append(asyncio.create_task(one()))
    await asyncio.gather(*under_way)
    waited.cpu = (target.cpu_seconds() - spent) / (time.perf_counter() - began)
    return waited


async def crowd(target: Target, people: int, patience: float, answers: list[tuple[str, float]]) -> None:
    """They come over the first seconds, and each again and again until this is cancelled."""

    async def one() -> None:
        await asyncio.sleep(random.uniform(0, min(patience, GATHER)))  # noqa: S311 - nothing secret
        while True:
            start = time.perf_counter()
            try:
                browser, _ = await target.sign_in(target.said["client"])
                browser.close()
                answers.append(("signed in", time.perf_counter() - start))
            except (Failed, Closed, OSError) as error:
                answers.append((str(error)[:3], time.perf_counter() - start))
            await asyncio.sleep(patience * random.uniform(0.8, 1.2))  # noqa: S311

    await asyncio.gather(*(one() for _ in range(people)))


async def run(target: Target, frozen: Running, asked: argparse.Namespace) -> None:
    await target.start()
    await steady(target, asked.rate, WARM)
    before = await steady(target, asked.rate, asked.seconds)
    print(f"before   {before.told()}", flush=True)
    answers: list[tuple[str, float]] = []
    os.kill(frozen.process.pid, signal.SIGSTOP)
    others = asyncio.create_task(crowd(target.variant("frozen"), asked.crowd, asked.patience, answers))
    await asyncio.sleep(GATHER)
    during = await steady(target, asked.rate, asked.seconds)
    others.cancel()
    print(f"during   {during.told()}")
    waits = sorted(seconds for _, seconds in answers)
    kinds = {kind: sum(one == kind for one, _ in answers) for kind, _ in answers}
    print(f"the {asked.crowd} were answered {kinds}, p50 {waits[len(waits) // 2]:.2f} s, at most {waits[-1]:.2f} s")
    for percent in (50, 99):
        ratio = during.at(percent) / before.at(percent)
        print(f"p{percent} moved to {ratio:.2f} of what it was" + (f" (goal <= {GOAL})" if percent == 99 else ""))
    for error in during.failed[:3]:
        print(f"failed: {error}")


@contextmanager
def _education(folder: Path) -> Iterator[Running]:
    running = start_directory("moe", folder, kind="slapd", ports=free_ports(2))  # type: ignore[arg-type]
    try:
        source = ROOT / "demo" / "departments" / "moe.toml"
        write_department(source, running.prepared, folder / "departments" / "moe.toml")
        yield running
    finally:
        running.process.send_signal(signal.SIGCONT)
        running.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what one frozen directory costs the people of another.")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=6.0)
    parser.add_argument("--crowd", type=int, default=200)
    parser.add_argument("--patience", type=float, default=30.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gerege-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with ours(folder, people=1000) as said, _education(folder) as frozen:
            people = {"pattern": "person%d@moe.example", "password": "whatever it is", "count": 1000}
            said["variants"]["frozen"] = {"client": {"id": "simple", "secret": SECRET}, "people": people}
            target = Target(said)
            try:
                asyncio.run(run(target, frozen, asked))
            finally:
                target.stop()
                ended(folder)


if __name__ == "__main__":
    main()
