"""How many sign-ins can be scored in a second, by one core: `python -m bench.risk`. Goal: 20 000.

The person has 40 sign-ins, the population 20 000 of 2 000 people; attempts mix usual, new device, foreign and guessed.
"""

import random
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from risk.attempt import Attempt, Counts, History
from risk.score import score

SECONDS = 3.0
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """A past sign-in."""

    at: datetime
    network: str
    asn: int
    country: str
    browser: str
    system: str
    device_hash: str


def history(chance: random.Random) -> History:
    """A person of 40 sign-ins among 2 000 people."""

    def row(person: int) -> Row:
        return Row(
            NOW - timedelta(hours=chance.randrange(4000)),
            f"network{person}-{chance.randrange(3)}",
            person % 40,
            chance.choice(("CN", "CN", "CN", "MN", "SG")),
            chance.choice(("Firefox", "Edge", "Chrome")),
            chance.choice(("Linux", "Windows")),
            f"device{person}-{chance.randrange(2)}",
        )

    own = [row(0) for _ in range(40)]
    return History(Counts(own), Counts(own + [row(1 + number % 1999) for number in range(20_000)]), 2000)


def attempts() -> list[Attempt]:
    """Four sign-ins as they come."""
    known = Attempt(
        at=NOW,
        network="network0-1",
        history=history(random.Random(7)),  # noqa: S311 - the same made-up people in each run
        asn=0,
        country="CN",
        previous_country="CN",
        previous_at=NOW - timedelta(days=1),
        zones_configured=True,
        device="device0-1",
        device_known=True,
        browser="Firefox",
        system="Linux",
        confirmed=40,
    )
    new_device = replace(known, device=None, device_known=False, browser="Safari", system="macOS")
    foreign = replace(known, network="elsewhere", asn=99, country="FR")
    return [known, new_device, foreign, replace(foreign, device=None, device_known=False, failures_account=7)]


def main() -> None:
    """Score in a loop for three seconds and print the rate, and the slowest hundredth."""
    samples, taken = attempts(), []
    started = time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        for attempt in samples:
            before = time.perf_counter_ns()
            score(attempt)
            taken.append(time.perf_counter_ns() - before)
    taken.sort()
    print(f"{len(taken) / sum(taken) * 1e9:,.0f} scores/s, p99 {taken[len(taken) * 99 // 100] / 1000:.0f} us")


if __name__ == "__main__":
    main()
