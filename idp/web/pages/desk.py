"""Pages of the help desk: find somebody, verify them, help them; what waits for a second person.

What it is for: view-models. Before a person is verified a page shows no more than it takes to ask for them.
What it does not do: filter by branch or role; the caller shows only what this desk person may see.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from idp.web.pages.account import Method
from idp.web.pages.admin import Layout, Notice
from idp.web.pages.parts import Choice, Name, Page


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One person that a search found."""

    href: str
    name: Name
    identifier: str
    department: Name


@dataclass(frozen=True, slots=True)
class DeskFind(Page):
    """Find a person. GET form: `q`. `rows` is None before anything was typed."""

    template: ClassVar[str] = "desk_find.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "desk"
    action: str
    q: str = ""
    rows: tuple[DeskRow, ...] | None = None
    waiting: int = 0
    """Passes that this reader may look at; shown with a link."""


@dataclass(frozen=True, slots=True)
class DeskPass:
    """A code, shown on one answer only."""

    code: str
    until: datetime
    waits: bool
    enrolment: bool = False


@dataclass(frozen=True, slots=True)
class DeskPerson(Page):
    """One person at the desk.

    Forms, by `do`: `verify` (each ticked `check`, `note`); then `pass` (`reason`, `strong=yes`), `enrolment-code`
    (`reason`), `reset` (`method` or `all`, `reason`), `end-sessions` (`reason`), `give-token` (`serial`, `code`,
    `reason`).

    Args:
        checks: the script; `value` is the id, `hint` what it is worth.
        verified_until: None before the person was verified.
        two: helping this person takes two people.
        may: the `do` values that this desk person may use.
        typed: what was typed into the form that is shown again; `ticked` its checks.
    """

    template: ClassVar[str] = "desk_person.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "desk"
    action: str
    name: Name
    identifier: str
    department: Name
    checks: tuple[Choice, ...]
    enough: int
    enough_strong: int
    verified_until: datetime | None = None
    strength: int = 0
    two: bool = False
    methods: tuple[Method, ...] = ()
    may: frozenset[str] = frozenset()
    notice: Notice | None = None
    made: DeskPass | None = None
    typed: dict[str, str] = field(default_factory=dict)
    ticked: tuple[str, ...] = ()
    back: str = "/admin/desk"


@dataclass(frozen=True, slots=True)
class DeskWaiting:
    """A pass that waits. own: this reader made it, or it is for them."""

    id: str
    person: Name
    department: Name
    maker: Name
    checks: tuple[Name, ...]
    note: str
    reason: str
    until: datetime
    own: bool


@dataclass(frozen=True, slots=True)
class DeskApprovals(Page):
    """Passes that wait for a second person. Form, `do`: `approve` or `refuse` (`pass`, `reason`)."""

    template: ClassVar[str] = "desk_approvals.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "desk"
    action: str
    rows: tuple[DeskWaiting, ...]
    notice: Notice | None = None
    back: str = "/admin/desk"
