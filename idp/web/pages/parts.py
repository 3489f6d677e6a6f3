"""The small nouns that pages are made of: names in two languages, reasons, choices, places, contacts.

What it is for: a flow hands over plain values and never a finished sentence; the sentence is made where the language
is known.
What it does not do: no HTML, no Flask, no look-ups. `idp.web.render` turns these into words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from idp.model.people import Text


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence of the catalogue, by message id, with the facts that fill its placeholders.

    A param named `country` (or ending in `_country`) is an ISO 3166 code and is shown as a country's name. `Text`,
    `Place`, `datetime`,
    `timedelta` and numbers are shown in the reader's language. Anything else is shown as it is, escaped.
    """

    id: str
    params: Mapping[str, object] = field(default_factory=dict)


Name = str | Text
"""A name: one string when it is the same in every language (a person's), else a `Text`."""
Words = str | Text | Reason
"""What a page may say: a name or a sentence of the catalogue."""
DayWord = Literal["today", "yesterday"]
"""How people call a day that is near."""
Tone = Literal["plain", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something seems to have happened. `country` is an ISO 3166-1 alpha-2 code; both None means unknown."""

    country: str | None = None
    city: Name | None = None


UNKNOWN_PLACE = Place()


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its words. `href` is made by us, never taken from a request."""

    href: str
    label: Name


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a list to choose from; `group` gathers lines of a long list (a level of government)."""

    value: str
    label: Name
    hint: Name | None = None
    group: Name | None = None
    crest: str | None = None


@dataclass(frozen=True, slots=True)
class HelpDesk:
    """Whom to ask: what stands on a page when a person has no way on. `bring` says what to have at hand."""

    name: Name
    phone: str | None = None
    email: str | None = None
    hours: Name | None = None
    bring: Name | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class LastSignIn:
    """One earlier sign-in, told so that its owner would notice a stranger's. `device` such as "Edge on Windows"."""

    at: datetime
    place: Place
    device: str
    day: DayWord | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What every page has: its template and the status it is usually answered with."""

    template: ClassVar[str]
    status: ClassVar[int] = 200
    layout: ClassVar[Literal["task", "account", "console"]] = "task"


@dataclass(frozen=True, slots=True)
class Chrome:
    """What stands around every page.

    Args:
        here: path and query of this page, by which the language link comes back to the same step.
        service: the name of this service, from the settings.
        build: the build's short id, for the foot.
        csrf: the token of this page's own forms, sent in the hidden field `csrf`.
        person: display name of whoever is signed in; None on the way in.
        role: the administrator's role, in the console's head.
        sign_out_action, sign_out_csrf: the form behind *Sign out*; shown when `person` is there and the token is.
        destination: the application at the end of the road (You, this step, the application); None hides the road.
        areas: the areas of the console that this administrator may open, by key (`people`, `audit`, …).
        links: help, privacy, accessibility: whatever the operator configured.
        waiting: how many requests wait for this person's answer.
        refilled: a form of this page holds what was typed before one more proof.
        session_ends: seconds until the session of whoever is signed in ends by itself; None: nobody is.
        session_fixed: that is the absolute end, which nothing moves.
        stay_csrf: the token of the form by which they stay.
        zone: IANA name of the zone in which times are shown.
        department, crest: of whoever is asked to prove more, where their department has a crest.
    """

    here: str
    service: Name
    build: str = ""
    csrf: str = ""
    person: Name | None = None
    role: Name | None = None
    sign_out_action: str = "/logout"
    sign_out_csrf: str = ""
    destination: Name | None = None
    areas: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    zone: str = "UTC"
    waiting: int = 0
    refilled: bool = False
    session_ends: int | None = None
    session_fixed: bool = False
    stay_csrf: str = ""
    department: Name | None = None
    crest: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference code with the time of what it stands for; the audit log finds it."""

    code: str
    at: datetime
    retry_after: timedelta | None = None
