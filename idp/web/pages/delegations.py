"""Pages of delegations and posts: for whom one acts, who acts for oneself, in which post one works.

What it is for: view-models. Fields of the forms are named in each docstring; every form also sends `csrf`.
What it does not do: decide who may act for whom. Spec: RFC 8693 §4.1.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from idp.web.pages.parts import Choice, Name, Page


@dataclass(frozen=True, slots=True)
class ActingFor:
    """One person for whom this one may act."""

    value: str
    name: Name
    until: datetime


@dataclass(frozen=True, slots=True)
class Acting(Page):
    """For whom? Form: `whom`: `self`, or an `ActingFor.value`."""

    template: ClassVar[str] = "acting.html"
    action: str
    app: Name
    myself: Name
    people: tuple[ActingFor, ...]
    missing: bool = False


@dataclass(frozen=True, slots=True)
class DelegationLine:
    """One delegation. `other`: the assistant, or the principal of one that is held."""

    id: str
    other: Name
    apps: tuple[Name, ...]
    starts: datetime
    ends: datetime
    reason: str
    state: Literal["in-force", "to-come", "over"]


@dataclass(frozen=True, slots=True)
class MeDelegations(Page):
    """Who acts for me, and for whom I act.

    Form to make one: `do=make`, `delegate`, `client` (several), `starts`, `ends` (dates), `reason`. To end one:
    `do=end`, `delegation`.

    Args:
        wrong: the field that was not right: `person`, `self`, `clients`, `dates`, `reason`.
        typed: what was typed, kept: the same names; `client` holds ids.
    """

    template: ClassVar[str] = "me_delegations.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "delegations"
    action: str
    given: tuple[DelegationLine, ...]
    held: tuple[DelegationLine, ...]
    apps: tuple[Choice, ...]
    earliest: date
    latest: date
    delegate: str = ""
    chosen: tuple[str, ...] = ()
    starts: str = ""
    ends: str = ""
    reason: str = ""
    wrong: Literal["person", "self", "clients", "dates", "reason"] | None = None
    notice: Literal["made", "ended"] | None = None


@dataclass(frozen=True, slots=True)
class AppChange:
    """What another post changes in one application. gained, lost: permissions."""

    app: Name
    opens: bool
    opened: bool
    gained: tuple[Name, ...]
    lost: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class HeldPost:
    """One post; `changes` against the one that is used now."""

    id: str
    department: Name
    title: str | None
    kind: Literal["regular", "concurrent", "seconded", "acting"]
    until: datetime | None
    used: bool
    changes: tuple[AppChange, ...] = ()


@dataclass(frozen=True, slots=True)
class MePost(Page):
    """In which post one works, and what another would change. Form: `post`."""

    template: ClassVar[str] = "me_post.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "post"
    action: str
    posts: tuple[HeldPost, ...]
    switched: bool = False


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device of one's own. trusted_until: None: it asks every time."""

    id: str
    first: datetime
    last: datetime
    trusted_until: datetime | None
    keyed: bool
    this: bool
    name: str | None = None


@dataclass(frozen=True, slots=True)
class MeDevices(Page):
    """Devices that are known, and trusted. Form: `device`, with `do=untrust` or `do=forget`."""

    template: ClassVar[str] = "me_devices.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "devices"
    action: str
    devices: tuple[KnownDevice, ...]
    notice: Literal["untrusted", "forgotten"] | None = None
