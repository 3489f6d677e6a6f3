"""What the help desk did."""

from dataclasses import dataclass
from typing import ClassVar

from idp.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskVerified(Event):
    """Somebody made sure whom they had before them. `checks` are ids of the script; the note is the reason."""

    name: ClassVar[str] = "desk.verified"
    by: str
    checks: tuple[str, ...]
    strength: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassMade(Event):
    """A temporary access pass. `ceiling`: the most that a factor bound with it is worth."""

    name: ClassVar[str] = "desk.pass-made"
    by: str
    ceiling: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassAsked(Event):
    """One that opens nothing until a second person says so."""

    name: ClassVar[str] = "desk.pass-asked"
    by: str
    ceiling: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassApproved(Event):
    """The second person said so."""

    name: ClassVar[str] = "desk.pass-approved"
    by: str
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRefused(Event):
    """The second person said no: it opens nothing, ever."""

    name: ClassVar[str] = "desk.pass-refused"
    by: str
    made_by: str
