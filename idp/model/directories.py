"""What is remembered of reading a department's directory: what an entry said last, and each round of reading."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

SyncKind = Literal["full", "delta"]
SyncState = Literal["running", "done", "failed", "held", "released", "refused"]


@dataclass(frozen=True, slots=True)
class Linked:
    """Somebody as their directory entry was last read.

    said: keyed digest of what the entry and the mapping said then; empty: not known.
    """

    subject_id: str
    read_at: datetime
    said: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Losing:
    """One person who would lose something by a round: `left`, `disabled`, or `role:<role>`."""

    subject_id: str
    what: str


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One round of reading a whole directory, or what changed in it.

    beat_at: moves while it is worked on. mark: where the next delta begins; None: this directory has none.
    counts: read, added, changed, unchanged, left, disabled, returned, roles-given, roles-taken.
    detail: why it failed, in the operator's words. held: whom the mass-change guard keeps as they are until a person
    has decided; decided_by: who that was.
    """

    id: str
    department_id: str
    kind: SyncKind
    started_at: datetime
    beat_at: datetime
    state: SyncState = "running"
    ended_at: datetime | None = None
    mark: str | None = None
    counts: dict[str, int] = field(default_factory=dict, hash=False)
    detail: str = ""
    held: tuple[Losing, ...] = ()
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DirectoryReading:
    """How a directory answered at one moment, kept for a day. code: the raw cause, "" when it answered well."""

    department_id: str
    at: datetime
    well: bool
    latency: timedelta
    code: str = ""
