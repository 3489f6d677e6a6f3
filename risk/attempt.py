"""Everything known about one sign-in, gathered beforehand, and the history that it is compared with.

Spec: Freeman et al., NDSS 2016 (the history is counts of values at each level of two hierarchies).
It deliberately holds no raw address and no raw User-Agent, and looks nothing up.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal, Protocol

Level = Literal["network", "asn", "country", "device", "browser", "system"]
LEVELS: tuple[Level, ...] = ("network", "asn", "country", "device", "browser", "system")


class PastSignIn(Protocol):
    """A row of history, as the store gives it: one confirmed sign-in. What was not known is None."""

    @property
    def at(self) -> datetime: ...
    @property
    def network(self) -> str: ...
    @property
    def asn(self) -> int | None: ...
    @property
    def country(self) -> str | None: ...
    @property
    def browser(self) -> str | None: ...
    @property
    def system(self) -> str | None: ...
    @property
    def device_hash(self) -> str | None: ...


class Counts:
    """How often each value occurred, at each level, and at which hour of the day.

    Built from rows in one pass and kept up to date by `add` and `remove`, each O(1). Not locked: one writer at a time.
    """

    __slots__ = ("hours", "known", "total", "values", "zone")

    def __init__(self, rows: Iterable[PastSignIn] = (), zone: tzinfo = UTC) -> None:
        """Count `rows`; hours are of the clock in `zone`, where the person works."""
        self.zone = zone
        self.total = 0
        self.values: dict[Level, Counter[str]] = {level: Counter() for level in LEVELS}
        self.known: dict[Level, int] = dict.fromkeys(LEVELS, 0)
        self.hours = [0] * 24
        for row in rows:
            self.add(row)

    @classmethod
    def from_tallies(cls, tallies: Mapping[str, Mapping[str, int]]) -> "Counts":
        """Counts of a population that a store has added up: level → value → count. Make it once, not for each attempt.

        Raises:
            ValueError: a level is not one of `LEVELS`.
        """
        counts = cls()
        for name, tally in tallies.items():
            level = next((level for level in LEVELS if level == name), None)
            if level is None:
                raise ValueError(f"{name!r} is not one of the levels {', '.join(LEVELS)}")
            counts.values[level] = Counter({value: count for value, count in tally.items() if count > 0})
            counts.known[level] = counts.values[level].total()
        counts.total = max(counts.known.values())
        return counts

    def add(self, row: PastSignIn) -> None:
        """Count one more confirmed sign-in."""
        self._change(row, 1)

    def remove(self, row: PastSignIn) -> None:
        """Forget one that has become too old (the caller keeps 180 days).

        Raises:
            ValueError: it was never counted; nothing was changed.
        """
        if any(value is not None and not self.values[level][value] for level, value in _levels(row)):
            raise ValueError("this sign-in was never counted")
        self._change(row, -1)

    def _change(self, row: PastSignIn, step: int) -> None:
        for level, value in _levels(row):
            if value is None:
                continue
            counter = self.values[level]
            counter[value] += step
            if not counter[value]:
                del counter[value]  # the number of distinct values is part of the formula
            self.known[level] += step
        self.hours[row.at.astimezone(self.zone).hour] += step
        self.total += step


def _levels(row: PastSignIn) -> tuple[tuple[Level, str | None], ...]:
    return (
        ("network", row.network),
        ("asn", None if row.asn is None else str(row.asn)),
        ("country", row.country),
        ("device", row.device_hash),
        ("browser", row.browser),
        ("system", row.system),
    )


@dataclass(frozen=True, slots=True)
class History:
    """The person's own confirmed sign-ins, and everyone's.

    Attributes:
        own: counts of this person, at most 180 days back.
        everyone: counts of the whole population, this person included.
        people: how many persons `everyone` counts.
    """

    own: Counts
    everyone: Counts
    people: int = 1

    @classmethod
    def of(
        cls, rows: Iterable[PastSignIn], zone: tzinfo = UTC, everyone: Counts | None = None, people: int = 1
    ) -> "History":
        """Count a person's rows. Without a population the person is their own: only what was never seen stands out."""
        own = Counts(rows, zone)
        return cls(own, own if everyone is None else everyone, max(1, people))


@dataclass(frozen=True, slots=True)
class Attempt:
    """Everything known about this sign-in.

    Attributes:
        at: when, aware. The person's clock is `history.own.zone`.
        network, address: keyed digests of the /24 or /48 and of the whole address.
        asn, country, browser, system, device: None when unknown; `device` is the digest of the device binding.
        previous_country, previous_at: the last confirmed sign-in.
        zones: names of the organisation's own networks that contain the address.
        zones_configured: whether there is any zone; else lying outside of all means nothing.
        device_known: the device binding was proved and belongs to this person.
        confirmed: confirmed sign-ins ever, also those too old for the history.
        failures_account, failures_network: failed proofs within `failures_window`, of this account and network.
    """

    at: datetime
    network: str
    history: History
    address: str = ""
    asn: int | None = None
    country: str | None = None
    previous_country: str | None = None
    previous_at: datetime | None = None
    zones: frozenset[str] = frozenset()
    zones_configured: bool = False
    device: str | None = None
    device_known: bool = False
    browser: str | None = None
    system: str | None = None
    failures_account: int = 0
    failures_network: int = 0
    failures_window: timedelta = timedelta(minutes=10)
    confirmed: int = 0

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("Attempt.at must be aware: an hour without a zone is nobody's")
        if min(self.failures_account, self.failures_network, self.confirmed) < 0:
            raise ValueError("counts are not negative")

    def value(self, level: Level) -> str | None:
        """What the attempt shows at a level, as histories count it."""
        found: str | int | None = getattr(self, level)
        return None if found is None else str(found)

    @property
    def local_time(self) -> time:
        """The person's clock at this moment."""
        return self.at.astimezone(self.history.own.zone).time()
