"""Pages of the person's own: launchpad, account, and why a decision fell as it did.

What it is for: view-models for somebody who is signed in. Every form also sends `csrf`.
What it does not do: show another person's facts; the caller filters.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from idp.web.pages.factors import WayKind
from idp.web.pages.parts import UNKNOWN_PLACE, DayWord, LastSignIn, Name, Page, Place, Reason, Words
from idp.web.pages.signals import Signals


@dataclass(frozen=True, slots=True)
class LaunchApp:
    """One application that this person may open now. `until` is the earliest end of what allows it."""

    name: Name
    department: Name
    href: str
    may: tuple[Name, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Launchpad(Page):
    """My applications, what I may do there and until when; my last sign-in. `console` is shown to administrators."""

    template: ClassVar[str] = "launchpad.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "apps"
    apps: tuple[LaunchApp, ...]
    last: LastSignIn | None = None
    console: str | None = None


@dataclass(frozen=True, slots=True)
class MeHome(Page):
    """Three cards: protection and why, devices, last sign-in. `phishable`: no way is a passkey."""

    template: ClassVar[str] = "me_home.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "home"
    protection: Literal["strong", "fair", "weak"]
    ways: int
    devices: int
    last: LastSignIn | None = None
    department: Name | None = None
    phishable: bool = False


MethodsNotice = Literal["added", "removed", "renamed", "recovery", "last", "name-empty", "name-long", "name-signs"]


@dataclass(frozen=True, slots=True)
class Method:
    """One authenticator of a person. `resists_phishing` is true for passkeys; `synced` for one that a cloud account
    keeps."""

    id: str
    kind: WayKind
    name: str
    made: datetime
    made_at: Place | None = None
    last_used: datetime | None = None
    resists_phishing: bool = False
    synced: bool | None = None
    removable: bool = True


@dataclass(frozen=True, slots=True)
class MeMethods(Page):
    """Ways to sign in, passkeys first. Forms: `method` with `do=remove`, or `do=rename` and `name`; `do=later`.

    Args:
        have, wanted: ways besides the password, and how many nobody should be below.
        recovery_left: unspent recovery codes; None where there is no set.
        own_password: a password that is kept here.
        nudge: ask for a further way, until the person says *not now*.
        renaming: the method whose name is being changed; `typed` what was typed for it.
        add_passkey, add_app: where a new one is made; None where policy offers none.
        password_keeper: the department that keeps the password; None when there is none.
        password_page: that department's own page.
        notice: what just happened.
    """

    template: ClassVar[str] = "me_methods.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "methods"
    action: str
    protection: Literal["strong", "fair", "weak"]
    methods: tuple[Method, ...]
    add_passkey: str | None = None
    add_app: str | None = None
    password_keeper: Name | None = None
    password_page: str | None = None
    have: int = 0
    wanted: int = 2
    passkeys: int = 0
    recovery_left: int | None = None
    recovery_page: str = "/me/methods/recovery"
    own_password: Method | None = None
    nudge: bool = False
    renaming: str = ""
    typed: str = ""
    notice: MethodsNotice | None = None
    signals: Signals | None = None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session. `network` is the owner of the network when it is known."""

    id: str
    started: datetime
    seen: datetime
    place: Place
    apps: tuple[Name, ...] = ()
    ways: tuple[WayKind, ...] = ()
    network: str | None = None
    this: bool = False
    started_day: DayWord | None = None
    seen_day: DayWord | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """Sessions of one browser, such as "Edge on Windows"."""

    name: str
    sessions: tuple[SessionLine, ...]
    this: bool = False


@dataclass(frozen=True, slots=True)
class MeSessions(Page):
    """Sessions by device, this one first. Form: `session` with `do=end`; `do=end-others`."""

    template: ClassVar[str] = "me_sessions.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "sessions"
    action: str
    devices: tuple[Device, ...]
    ended: int | None = None
    others: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that a rule compared, with its value."""

    name: Words
    value: Words


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One rule, in the order of asking.

    Args:
        rule: the rule's `@id`.
        because: its `@because`.
        effect: what the rule does when it matches.
        matched: it matched.
        decides: it is why the answer fell as it did.
    """

    rule: str
    because: Reason
    effect: Literal["permit", "forbid", "require"]
    matched: bool
    decides: bool = False
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Why(Page):
    """Why a decision fell as it did: question, outcome, trace, what would change it, evidence.

    Args:
        own: the reader is the person concerned, so the question says "you".
        who, app, asked, at, place, proved: the question.
        outcome: how it ended.
        reasons: the outcome in sentences.
        dropped: permissions asked for and not given.
        remedies: what would change the answer.
        evidence: what was unusual, in words; never a score.
    """

    template: ClassVar[str] = "why.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "account"
    here: ClassVar[str] = "why"
    reference: str
    own: bool
    who: Name
    app: Name
    at: datetime
    outcome: Literal["allowed", "asked", "refused"]
    asked: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    place: Place = UNKNOWN_PLACE
    proved: tuple[WayKind, ...] = ()
    reasons: tuple[Reason, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    remedies: tuple[Reason, ...] = ()
    evidence: tuple[Reason, ...] = ()
