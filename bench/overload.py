"""More than can be worked on: what the accepted wait for, how soon the others hear, and whether machines go on.

    python -m bench.overload [--seconds 4]

Three measurements on one server of one process: token requests alone; token requests on so many connections that most
are refused; token requests while ten times as many people sign in at once, each with a password hash.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bench.load.browser import Failed
from bench.load.target import Target, proved
from bench.load.wire import Closed, request_of
from bench.peers.ours import ended, ours

FEW, MANY, CROWD = 8, 192, 80


@dataclass
class Heard:
    """Milliseconds until each answer, by status."""

    times: dict[int, list[float]] = field(default_factory=dict)

    def add(self, status: int, began: float) -> None:
        self.times.setdefault(status, []).append((time.perf_counter() - began) * 1000)

    def told(self, seconds: float) -> str:
        return "; ".join(
            f"{status}: {len(found) / seconds:,.0f}/s, p50 {_at(found, 50):.1f} ms, p99 {_at(found, 99):.1f} ms"
            for status, found in sorted(self.times.items())
        )


def _at(found: list[float], percent: int) -> float:
    return sorted(found)[min(len(found) - 1, len(found) * percent // 100)]


async def tokens(target: Target, connections: int, seconds: float) -> Heard:
    """client_credentials by so many at once."""
    client = target.said["machine"]
    headers, body = proved(client, target.machine_form(client))
    url = urlsplit(target.metadata["token_endpoint"])
    request, heard, until = request_of("POST", url, headers, body), Heard(), time.perf_counter() + seconds

    async def ask() -> None:
        http = target.http()
        while (began := time.perf_counter()) < until:
            status, _, _ = await http.raw(url, request)
            heard.add(status, began)
            if status == 503:
                await asyncio.sleep(0.05)  # less patient than Retry-After says
        http.close()

    await _all([ask] * connections)
    return heard


async def storm(target: Target, people: int, seconds: float) -> Heard:
    """So many sign in with a password that is kept here, again and again."""
    local, heard, until = target.variant("local"), Heard(), time.perf_counter() + seconds

    async def sign_in() -> None:
        while (began := time.perf_counter()) < until:
            try:
                browser, _ = await local.sign_in(local.said["client"])
                browser.close()
                heard.add(200, began)
            except Failed as error:
                heard.add(int(str(error)[:3]) if str(error)[:3].isdigit() else 0, began)
            except (Closed, OSError):
                heard.add(0, began)

    await _all([sign_in] * people)
    return heard


async def _all(work: list[Callable[[], Awaitable[None]]]) -> None:
    await asyncio.gather(*(one() for one in work))


async def run(target: Target, seconds: float) -> None:
    await target.start()
    await tokens(target, FEW, 1)
    print(f"tokens on {FEW} connections   {(await tokens(target, FEW, seconds)).told(seconds)}")
    print(f"tokens on {MANY} connections {(await tokens(target, MANY, seconds)).told(seconds)}")
    people, machines = await asyncio.gather(storm(target, CROWD, seconds), tokens(target, FEW, seconds))
    print(f"tokens while {CROWD} sign in  {machines.told(seconds)}")
    print(f"those who sign in       {people.told(seconds)}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what happens when too much comes.")
    parser.add_argument("--seconds", type=float, default=4.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gerege-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with ours(folder, people=1000) as said:
            target = Target(said)
            try:
                asyncio.run(run(target, asked.seconds))
            finally:
                target.stop()
                ended(folder)


if __name__ == "__main__":
    main()
