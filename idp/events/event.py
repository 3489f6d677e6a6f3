"""What every audit event has."""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event says: about whom, through which application, in which session, from which decision."""

    name: ClassVar[str] = ""
    subject_id: str | None = None
    client_id: str | None = None
    sid: str | None = None
    reference: str | None = None
    network: str | None = None
    country: str | None = None
    reason: str | None = None

    def body(self) -> dict[str, object]:
        """The fields that are set, without the reason that was typed."""
        names = _told(type(self))  # type: ignore[arg-type]  # mypy takes an instance's __hash__ for the class's
        return {name: value for name in names if (value := getattr(self, name)) is not None and value != ()}


@cache
def _told(kind: type[Any]) -> tuple[str, ...]:
    """What an event of this kind may say."""
    return tuple(field.name for field in fields(kind) if field.name != "reason")
