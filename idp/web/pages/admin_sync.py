"""The console's page of reading one department's directory.

What it is for: the view-model. What it does not do: decide who may see whom; the caller filters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from idp.web.pages.admin import Notice
from idp.web.pages.parts import Name, Page


@dataclass(frozen=True, slots=True)
class RoundLine:
    """One round. age: since it last said something. counts: as a round's. by: who decided what it held."""

    id: str
    kind: Literal["full", "delta"]
    state: Literal["running", "done", "failed", "held", "released", "refused"]
    at: datetime
    age: timedelta
    counts: Mapping[str, int] = field(default_factory=dict, hash=False)
    detail: str = ""
    by: Name | None = None


@dataclass(frozen=True, slots=True)
class KeptLine:
    """Somebody whom the guard keeps. role: what they would lose; None: their place. `href` where it may be opened."""

    name: Name
    role: str | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held round. people: how many are kept in all, of whom `kept` are shown."""

    round: RoundLine
    people: int
    kept: tuple[KeptLine, ...]


@dataclass(frozen=True, slots=True)
class ForeseenLine:
    """One person of a dry run. groups: each with why it gives something or nothing."""

    what: str
    name: str
    given: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """A dry run. people: so many would change, of whom `shown` are shown. reasons: (group, why, memberships)."""

    counts: Mapping[str, int]
    people: int
    shown: tuple[ForeseenLine, ...]
    reasons: tuple[tuple[str, str, int], ...]
    held: int = 0


@dataclass(frozen=True, slots=True)
class AdminSync(Page):
    """Rounds, progress, who is kept, a dry run. Forms: `do=release` or `do=refuse` with `run`, `reason`,
    where `decides`; `do=look` where `looks`."""

    template: ClassVar[str] = "admin_sync.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "console"
    here: ClassVar[str] = "departments"
    action: str
    back: str
    department: Name
    people: int
    rounds: tuple[RoundLine, ...] = ()
    waiting: Waiting | None = None
    looked: Looked | None = None
    decides: bool = False
    looks: bool = False
    notice: Notice | None = None
