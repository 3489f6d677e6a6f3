"""What every audit event has."""

from dataclasses import dataclass, fields
from typing import ClassVar


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
        told = ((name, getattr(self, name)) for name in (field.name for field in fields(self)) if name != "reason")
        return {name: value for name, value in told if value is not None and value != ()}
