"""Attempts and histories for the tests of risk: one person who works in Beijing on Firefox and Linux."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from risk.attempt import Attempt, History

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """A past sign-in, as a store gives it."""

    at: datetime = NOON
    network: str = "office"
    asn: int | None = 4134
    country: str | None = "CN"
    browser: str | None = "Firefox"
    system: str | None = "Linux"
    device_hash: str | None = "laptop"


def days(count: int, **changes: Any) -> list[Row]:
    """One sign-in a day at noon, the newest yesterday."""
    return [replace(Row(), at=NOON - timedelta(days=day + 1), **changes) for day in range(count)]


def usual(history: History | None = None, **changes: Any) -> Attempt:
    """The person's usual sign-in, with changes."""
    attempt = Attempt(
        at=NOON,
        network="office",
        history=history or History.of(days(20)),
        asn=4134,
        country="CN",
        previous_country="CN",
        previous_at=NOON - timedelta(days=1),
        device="laptop",
        device_known=True,
        browser="Firefox",
        system="Linux",
        confirmed=20,
    )
    return replace(attempt, **changes)
