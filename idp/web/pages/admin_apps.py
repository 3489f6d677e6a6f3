"""Pages of the console about applications: the list, registering one, one application, and what a test of it gave.

What it is for: view-models. Forms of one page share its `action` and differ by `do`; every form also sends `csrf`.
What it does not do: filter by branch or role; the caller shows only what this administrator may see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from idp.web.pages.admin import Layout, Notice
from idp.web.pages.parts import Choice, Name, Page, Words

AppKind = Literal["web", "browser", "native", "machine"]


@dataclass(frozen=True, slots=True)
class AppRow:
    """One registered application. `grade` of its data, 1 to 4."""

    name: Name
    client_id: str
    department: Name
    grade: int
    kind: AppKind
    href: str
    used: datetime | None = None
    error: Words | None = None
    error_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AdminApps(Page):
    """Registered applications with their last error. `register`: the page where another one is registered."""

    template: ClassVar[str] = "admin_apps.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "apps"
    apps: tuple[AppRow, ...]
    register: str | None = None


@dataclass(frozen=True, slots=True)
class AdminAppNew(Page):
    """Registering one: `kind`, `name`, `name_zh`, `address` or (machine) `audience`, `department`, `reason`; beneath
    them `id`, `grade`, `authenticators`, `first_party`. `once` goes back as it came: one form, one application.

    Args:
        departments: to choose from; empty when there is only one.
        passkeys: (value, words) of which passkeys may open it.
        wrong: field → what is wrong with it.
        typed: what was typed, by field name.
    """

    template: ClassVar[str] = "admin_app_new.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "apps"
    action: str
    once: str
    departments: tuple[Choice, ...] = ()
    wrong: Mapping[str, Words] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    notice: Notice | None = None
    back: str = "/admin/apps"
    passkeys: tuple[tuple[str, Words], ...] = ()


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code to copy, with the real values in it; a secret is never among them."""

    title: Name
    code: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What would happen with an address. `nearest` registered one, where it is another."""

    uri: str
    accepted: bool
    words: Words
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class AdminApp(Page):
    """One application.

    Forms, by `do`: `test`, `new-secret` (`reason`), `drop-secret` (`reason`), `remove` (`reason`). GET form: `try`.

    Args:
        proves: how it proves who it is, as RFC 7591 names it.
        secrets: how many are good now; None for one without any.
        findings: what is worth a look.
        may: the `do` values that this administrator may use here and now.
        secret: shown once, right after it was made. registered: this is the answer to its registration.
    """

    template: ClassVar[str] = "admin_app.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "apps"
    action: str
    name: Name
    client_id: str
    department: Name
    kind: AppKind
    grade: int
    profile: str
    proves: str
    issuer: str
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    passkeys: Words | None = None
    first_party: bool = False
    disabled: bool = False
    secrets: int | None = None
    used: datetime | None = None
    error: Words | None = None
    error_at: datetime | None = None
    findings: tuple[Words, ...] = ()
    snippets: tuple[Snippet, ...] = ()
    tried: Tried | None = None
    may: frozenset[str] = frozenset()
    notice: Notice | None = None
    secret: str | None = None
    registered: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)
    back: str = "/admin/apps"


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One scope of a test: `words` say why it was dropped, `rules` by what."""

    name: str
    granted: bool
    words: Words | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdminAppTested(Page):
    """What a test of the sign-in gave: nothing of it was handed to the application, and the grant has ended.

    Args:
        error: what the application would have been sent instead of a code.
        id_token, userinfo: claims as pretty JSON; None where it gets none.
    """

    template: ClassVar[str] = "admin_app_tested.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "apps"
    app: Name
    back: str
    person: Name | None = None
    subject: str = ""
    acr: str = ""
    amr: tuple[str, ...] = ()
    scopes: tuple[ScopeLine, ...] = ()
    id_token: str | None = None
    userinfo: str | None = None
    error: str | None = None
    description: str | None = None
