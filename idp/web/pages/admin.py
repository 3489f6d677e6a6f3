"""Pages of the console.

What it is for: view-models for administrators. Every form also sends `csrf`; forms of one page share its `action` and
differ by `do`.
What it does not do: filter by branch or role. The caller shows only what this administrator may see, and each button
only where it works.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from idp.web.pages.parts import Choice, Name, Page, Tone, Words

Layout = Literal["task", "account", "console"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What just happened, or why it did not."""

    tone: Tone
    words: Words


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of how many; `query` is the rest of the URL's query, kept."""

    page: int
    pages: int
    total: int
    path: str
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DirectoryState:
    """How a directory answers. `latency` of the last answer; `age` since it; `error` in the operator's words."""

    name: Name
    state: Literal["good", "slow", "down", "unknown"]
    latency: timedelta | None = None
    age: timedelta | None = None
    error: Words | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Today's counts."""

    sign_ins: int
    succeeded: int
    asked_again: int
    refused: int
    open_alerts: int
    urgent_alerts: int = 0
    letters_waiting: int = 0


@dataclass(frozen=True, slots=True)
class Hour:
    """One bar of the day. `hour` 0 to 23."""

    hour: int
    succeeded: int
    asked_again: int
    refused: int

    @property
    def total(self) -> int:
        """The bar's height."""
        return self.succeeded + self.asked_again + self.refused


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a reason was given today and how many of those proved to be the person."""

    reason: Words
    times: int
    confirmed: int | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One event in a plain sentence. `raw` is the leaf as stored, pretty JSON; `index` its place in the tree."""

    index: int
    at: datetime
    sentence: Words
    raw: str = ""
    reference: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert. Buttons are shown while `state` is not closed and `action` of the page is given."""

    id: str
    at: datetime
    words: Words
    urgent: bool
    state: Literal["open", "acknowledged", "closed"]
    person: Name | None = None
    href: str | None = None
    owner: Name | None = None


@dataclass(frozen=True, slots=True)
class AdminOverview(Page):
    """Counts, hours, reasons, directories, alerts, the latest events."""

    template: ClassVar[str] = "admin_overview.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "overview"
    figures: Figures
    hours: tuple[Hour, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()
    directories: tuple[DirectoryState, ...] = ()
    alerts: tuple[AlertLine, ...] = ()
    latest: tuple[AuditLine, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role, as a list of what it allows."""

    name: Name
    department: Name | None
    allows: tuple[Name, ...]
    holders: int
    second_person: bool = False
    administrator: bool = False


@dataclass(frozen=True, slots=True)
class AdminRoles(Page):
    """Roles and what they allow. Roles are given on a person's page."""

    template: ClassVar[str] = "admin_roles.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "roles"
    roles: tuple[RoleRow, ...]


@dataclass(frozen=True, slots=True)
class DepartmentNode:
    """One department, in tree order; `depth` 0 is the root."""

    id: str
    name: Name
    depth: int
    people: int
    connector: Literal["ldap", "local", "keycloak", "oidc", "saml", "none"]
    directory: DirectoryState | None = None
    error_at: datetime | None = None
    testable: bool = False


@dataclass(frozen=True, slots=True)
class AdminDepartments(Page):
    """The tree with each directory's health. Form: `department` with `do=test`."""

    template: ClassVar[str] = "admin_departments.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "departments"
    action: str
    departments: tuple[DepartmentNode, ...]
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """The log's integrity. `row` is the first that does not hold; `root` the head's hash in hex."""

    ok: bool
    size: int
    root: str
    at: datetime
    row: int | None = None
    detail: Words | None = None


@dataclass(frozen=True, slots=True)
class AdminAudit(Page):
    """The log. GET form: `q`, `kind`, `since`, `until` (YYYY-MM-DD); paging: `page`. POST: `do=verify`."""

    template: ClassVar[str] = "admin_audit.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "audit"
    action: str
    rows: tuple[AuditLine, ...]
    paging: Paging
    kinds: tuple[Choice, ...] = ()
    q: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    verified: Verified | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A change that waits for a second person. `own`: the reader asked for it and cannot approve it."""

    id: str
    requester: Name
    person: Name
    role: Name
    reason: str
    asked_at: datetime
    expires: datetime
    until: datetime | None = None
    conflict: Words | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class WishRow:
    """What a person wishes about their own data. `own`: the reader's, who cannot decide it."""

    id: str
    kind: Literal["correction", "erasure"]
    person: Name
    words: Words
    asked_at: datetime
    why: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class AdminApprovals(Page):
    """What waits for a second person. Form: `approval`, or `wish`, with `do=approve` or `do=refuse`, `reason`."""

    template: ClassVar[str] = "admin_approvals.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "approvals"
    action: str
    approvals: tuple[Approval, ...]
    notice: Notice | None = None
    wishes: tuple[WishRow, ...] = ()


@dataclass(frozen=True, slots=True)
class AdminAlerts(Page):
    """Alerts. Form: `alert` with `do=acknowledge` or `do=close`; no buttons where `action` is None."""

    template: ClassVar[str] = "admin_alerts.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "alerts"
    action: str | None
    alerts: tuple[AlertLine, ...]
    notice: Notice | None = None
