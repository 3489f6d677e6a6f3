"""Pages of one department and of connecting its directory.

What it is for: view-models. Every form also sends `csrf`; the caller shows each button only where it works.
What it does not do: hold a password; none was ever meant to be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from idp.web.pages.admin import DirectoryState, Notice
from idp.web.pages.parts import Link, Name, Page, Words

Layout = Literal["task", "account", "console"]


@dataclass(frozen=True, slots=True)
class HourLine:
    """One hour of a directory's day; `height`: of its bar, 2 to 28 of 30."""

    begins: datetime
    state: Literal["good", "slow", "down", "unknown"]
    answers: int = 0
    failures: int = 0
    slowest: timedelta | None = None
    code: str = ""
    height: int = 2


@dataclass(frozen=True, slots=True)
class AdminDepartment(Page):
    """One department. Form: `do=test`. `edit`: where its directory is connected or changed; None: not by this one."""

    template: ClassVar[str] = "admin_department.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "departments"
    action: str
    name: Name
    id: str
    level: str
    people: int
    connector: str
    above: tuple[Link, ...] = ()
    beneath: tuple[Link, ...] = ()
    domains: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    vendor: str = ""
    account: str = ""
    base: str = ""
    directory: DirectoryState | None = None
    day: tuple[HourLine, ...] = ()
    edit: str | None = None
    sync: str | None = None
    testable: bool = False
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One step that was tried: how it went, in words, the raw code, and how long it took."""

    step: str
    well: bool
    words: Words
    code: str = ""
    latency: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CertificateLine:
    subject: str
    issuer: str
    expires: datetime
    fingerprint: str
    pin: str


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """Which attribute says what, and what it says of the sample."""

    name: str
    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group of the sample's: whether it gives something, and what or why not."""

    name: str
    gives: bool
    why: Words


@dataclass(frozen=True, slots=True)
class ForeseenLine:
    name: str
    what: str
    groups: tuple[GroupLine, ...] = ()


@dataclass(frozen=True, slots=True)
class AdminDirectory(Page):
    """One step of connecting a directory.

    Args:
        road: each step with its state: well, here, wrong, open, later.
        typed: what stands in the fields.
        kept_password: one is there, which is never shown.
        counts: of the dry run, by what would happen.
        next: the step after, once this one went well.
    """

    template: ClassVar[str] = "admin_directory.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "departments"
    action: str
    back: str
    department: Name
    step: str
    road: tuple[tuple[str, str, str], ...]
    typed: Mapping[str, str] = field(default_factory=dict)
    kept_password: bool = False
    problems: tuple[Words, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    chain: tuple[CertificateLine, ...] = ()
    vendor: str = ""
    roots: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    browsed: str = ""
    claims: tuple[ClaimLine, ...] = ()
    groups: tuple[GroupLine, ...] = ()
    roles: tuple[str, ...] = ()
    clearance: int | None = None
    counts: tuple[tuple[str, int], ...] | None = None
    foreseen: tuple[ForeseenLine, ...] = ()
    held: int = 0
    previous: str | None = None
    next: str | None = None
    notice: Notice | None = None
