"""How often a directory is read whole and how many may leave it unasked: its department's word, else the settings'."""

from dataclasses import dataclass
from datetime import timedelta

from config.settings import Settings
from idp.model import SYNC, Department
from idp.ports import Changes, Connector


@dataclass(frozen=True, slots=True)
class Terms:
    """few: always pass. most, percent: neither may be passed."""

    full: timedelta
    delta: timedelta
    few: int
    most: int
    percent: int
    people_per_second: int

    def passes(self, losing: int, of: int) -> bool:
        """Whether so many of so many may lose what they have without a person's word."""
        return losing <= self.few or (losing <= self.most and losing * 100 <= of * self.percent)


def terms_of(settings: Settings, department: Department) -> Terms:
    """Of one department."""
    usual, own = settings.sync, department.settings.get(SYNC)
    said: dict[str, object] = own if isinstance(own, dict) else {}

    def number(key: str) -> int:
        found = said.get(key, getattr(usual, key))
        return found if isinstance(found, int) else int(getattr(usual, key))

    return Terms(
        full=timedelta(hours=number("full_hours")),
        delta=timedelta(minutes=number("delta_minutes")),
        few=number("few"),
        most=number("most"),
        percent=number("percent"),
        people_per_second=usual.people_per_second,
    )


def changes_of(connector: Connector) -> Changes | None:
    """Its ability to tell what is new, where it has it; what stands before a connector passes it on."""
    able = all(callable(getattr(connector, name, None)) for name in ("mark", "changed", "present"))
    return connector if able else None  # type: ignore[return-value]
