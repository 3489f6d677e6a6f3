"""Further pages of the person's own: history, connected applications, access, data.

What it is for: view-models for somebody who is signed in. Every form also sends `csrf`.
What it does not do: show another person's facts; the caller filters.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from idp.web.pages.admin import Paging
from idp.web.pages.factors import WayKind
from idp.web.pages.parts import Choice, DayWord, Name, Page, Place, Reason, Words

Layout = Literal["task", "account", "console"]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One try. `why`: in plain words, for one that did not succeed; `more`: a page that says all of it."""

    id: str
    at: datetime
    outcome: Literal["succeeded", "failed", "refused"]
    place: Place
    device: str
    app: Name | None = None
    ways: tuple[WayKind, ...] = ()
    why: Reason | None = None
    more: str | None = None
    this: bool = False
    answered: Literal["mine", "not-mine"] | None = None
    day: DayWord | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class MeHistory(Page):
    """Sign-ins of ninety days. GET: `show` (an outcome), `page`. Form: `row` with `do=mine` or `do=not-mine`."""

    template: ClassVar[str] = "me_history.html"
    layout: ClassVar[Layout] = "account"
    here: ClassVar[str] = "history"
    action: str
    rows: tuple[HistoryRow, ...]
    paging: Paging
    show: str = ""
    notice: Literal["mine", "not-mine"] | None = None
    ended: int = 0


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """One application. `items`: what it was given, in words; `stops`: what stops working when that is taken back."""

    id: str
    name: Name
    owner: Name
    items: tuple[Name, ...]
    since: datetime | None = None
    used: datetime | None = None
    lasts: bool = False
    first_party: bool = False
    posts: tuple[Name, ...] = ()
    acts_for: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class MeApps(Page):
    """Connected applications. GET: `end` (an application) asks first. Form: `app` with `do=revoke`."""

    template: ClassVar[str] = "me_apps.html"
    layout: ClassVar[Layout] = "account"
    here: ClassVar[str] = "connected"
    action: str
    apps: tuple[ConnectedApp, ...]
    ending: ConnectedApp | None = None
    ended: Name | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An application that a role opens, and what may be done there."""

    app: Name
    may: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role and why: a group of the directory, or whoever gave it with their reason."""

    name: Name
    source: Literal["directory", "administrator"]
    reason: str
    since: datetime
    by: Name | None = None
    until: datetime | None = None
    opens: tuple[Opened, ...] = ()


@dataclass(frozen=True, slots=True)
class PostRoles:
    """One post with its roles."""

    department: Name
    title: str | None
    kind: str
    now: bool
    roles: tuple[RoleLine, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Access that was asked for and waits."""

    app: Name
    at: datetime


@dataclass(frozen=True, slots=True)
class MeAccess(Page):
    """Roles, why, until when, what follows. Form: `app`, `reason` with `do=ask`."""

    template: ClassVar[str] = "me_access.html"
    layout: ClassVar[Layout] = "account"
    here: ClassVar[str] = "access"
    action: str
    posts: tuple[PostRoles, ...]
    choices: tuple[Choice, ...]
    waiting: tuple[Wanted, ...] = ()
    notice: Literal["asked", "waits", "reason", "too-many"] | None = None
    chosen: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class KeptPart:
    """One kind of thing that is kept: what for, how long. `rows`: of this person, each a list of (field, value).

    `lasts`: for ever, without a name.
    """

    name: str
    label: Words
    purpose: Words
    days: int | None
    lasts: bool = False
    rows: tuple[tuple[tuple[Words, Words | datetime], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class WishLine:
    """A wish about one's own data and what became of it."""

    id: str
    kind: Literal["correction", "erasure"]
    at: datetime
    field: Words | None = None
    wanted: str | None = None
    outcome: Literal["approved", "refused"] | None = None


@dataclass(frozen=True, slots=True)
class MeKept(Page):
    """What is kept, why, how long. Forms: `do=json`, `do=page`, `do=correct` with `field`, `wanted`, `reason`;
    `do=erase` with `sure`; `do=withdraw` with `wish`.

    Args:
        keeper: the department whose directory keeps this person; None: this house does.
        administrator: holds a role that must be given back before anything is erased.
    """

    template: ClassVar[str] = "me_data.html"
    layout: ClassVar[Layout] = "account"
    here: ClassVar[str] = "data"
    action: str
    parts: tuple[KeptPart, ...]
    fields: tuple[tuple[str, Words, str], ...]
    wishes: tuple[WishLine, ...] = ()
    keeper: Name | None = None
    administrator: bool = False
    notice: Literal["proved", "corrected", "erased", "withdrawn"] | None = None
    error: Literal["field", "wanted", "same", "waits", "directory", "administrator", "sure"] | None = None
    field: str = ""
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class MeKeptAll(Page):
    """Everything that is kept about this person, to be read."""

    template: ClassVar[str] = "me_data_all.html"
    layout: ClassVar[Layout] = "account"
    here: ClassVar[str] = "data"
    parts: tuple[KeptPart, ...]
    made: datetime
