"""Pages at the end of the road: consent, the way back to the application, refusals, errors, sign-out.

What it is for: view-models for whatever may be the last page. Fields of the forms are named in each docstring; every
form of ours also
sends `csrf`.
What it does not do: repeat what a stranger sent. Developer detail is shown only where the caller puts it.
Spec: OpenID Connect Core §3.1.2.4 (consent), OAuth 2.0 Form Post Response Mode, RP-Initiated Logout 1.0 §2.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from idp.web.pages.parts import HelpDesk, Link, Name, Page, Reason, Tone, Words


@dataclass(frozen=True, slots=True)
class ConsentItem:
    """One thing that the application will see, with the person's actual value."""

    scope: str
    label: Name
    value: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ConsentDetail:
    """One authorization detail: its type in plain words, and each field with its value (RFC 9396 §1.1)."""

    label: Name
    fields: tuple[tuple[Name, Name], ...]


@dataclass(frozen=True, slots=True)
class Consent(Page):
    """What the application will see, and what exactly it may do.

    Form: `scope` (each ticked optional item), `do=allow` or `do=deny`.
    """

    template: ClassVar[str] = "consent.html"
    action: str
    app: Name
    owner: Name
    items: tuple[ConsentItem, ...]
    details: tuple[ConsentDetail, ...] = ()
    verified: bool = False
    purpose: Name | None = None
    lasts: timedelta | None = None
    privacy: str | None = None
    crest: str | None = None


@dataclass(frozen=True, slots=True)
class Returning(Page):
    """Back to the application by a 200 page: a meta refresh and a link, so that `form-action` cannot stop it.

    `href` is the *validated* redirect URI with its answer.
    """

    template: ClassVar[str] = "returning.html"
    href: str
    app: Name


@dataclass(frozen=True, slots=True)
class FormPost(Page):
    """`response_mode=form_post`: a same-origin script submits; without one there is a button. `action` is the
    validated redirect URI."""

    template: ClassVar[str] = "form_post.html"
    action: str
    fields: tuple[tuple[str, str], ...]
    app: Name


ErrorKind = Literal[
    "unknown_application",
    "bad_return_address",
    "bad_request",
    "expired",
    "done",
    "no_cookies",
    "other_browser",
    "not_found",
    "not_allowed",
    "too_large",
    "internal",
]


@dataclass(frozen=True, slots=True)
class Error(Page):
    """What happened, what to do, reference and time.

    Args:
        detail: for the application's developer, in plain text; the caller gives it only where nothing leaks.
        onward: where to start again; None where there is nowhere.
    """

    template: ClassVar[str] = "error.html"
    status: ClassVar[int] = 400
    kind: ErrorKind
    reference: str
    at: datetime
    detail: str | None = None
    onward: Link | None = None
    help: HelpDesk | None = None


@dataclass(frozen=True, slots=True)
class Refused(Page):
    """Policy refused: why, what would change it, whom to ask."""

    template: ClassVar[str] = "refused.html"
    status: ClassVar[int] = 403
    app: Name
    reasons: tuple[Reason, ...]
    reference: str
    at: datetime
    remedies: tuple[Reason, ...] = ()
    why: str | None = None
    onward: Link | None = None
    help: HelpDesk | None = None


@dataclass(frozen=True, slots=True)
class DirectoryDown(Page):
    """A department's directory does not answer. Form: `credential` with `do=passkey`; `retry` asks the directory
    again."""

    template: ClassVar[str] = "directory_down.html"
    status: ClassVar[int] = 503
    department: Name
    reference: str
    at: datetime
    retry: str
    action: str | None = None
    options: str | None = None


@dataclass(frozen=True, slots=True)
class TooMany(Page):
    """Too many tries from here; says how long to wait and nothing about any account."""

    template: ClassVar[str] = "too_many.html"
    status: ClassVar[int] = 429
    retry_after: timedelta
    retry: str


@dataclass(frozen=True, slots=True)
class Unavailable(Page):
    """Something that sign-in needs does not answer, so nothing is allowed."""

    template: ClassVar[str] = "unavailable.html"
    status: ClassVar[int] = 503
    reference: str
    at: datetime
    retry: str


@dataclass(frozen=True, slots=True)
class ConfirmSignOut(Page):
    """Sign out, and of what. Form: the hidden `keep` pairs, `do=confirm` or `do=stay`."""

    template: ClassVar[str] = "confirm_sign_out.html"
    action: str
    apps: tuple[Name, ...] = ()
    keep: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AppEnded:
    """Whether an application confirmed that the session ended; None: it was asked in the browser, which tells nothing.

    frame: its page that is opened unseen (front channel).
    """

    name: Name
    ended: bool | None
    frame: str | None = None


@dataclass(frozen=True, slots=True)
class SignedOut(Page):
    """What ended. `onward` is the validated post-logout address of the application that asked; `goes_on`: after which
    the page leads there by itself."""

    template: ClassVar[str] = "signed_out.html"
    apps: tuple[AppEnded, ...] = ()
    onward: Link | None = None
    sign_in: str = "/"
    goes_on: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Message(Page):
    """A short notice that needs no page of its own."""

    template: ClassVar[str] = "message.html"
    heading: Words
    body: tuple[Words, ...] = ()
    tone: Tone = "plain"
    onward: Link | None = None
