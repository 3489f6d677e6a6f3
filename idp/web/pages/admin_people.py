"""Pages of the console about people: the list and one person.

What it is for: view-models. Forms of one page share its `action` and differ by `do`; every form also sends `csrf`.
What it does not do: filter by branch or role; the caller shows only what this administrator may see.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from idp.web.pages.account import Method, SessionLine
from idp.web.pages.admin import Layout, Notice, Paging
from idp.web.pages.parts import Choice, Name, Page

PersonState = Literal["active", "disabled", "left"]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of a list."""

    href: str
    name: Name
    identifier: str
    department: Name
    state: PersonState
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class AdminPeople(Page):
    """People found on the server. GET form: `q`, `department`; paging: `page`."""

    template: ClassVar[str] = "admin_people.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "people"
    action: str
    rows: tuple[PersonRow, ...]
    paging: Paging
    departments: tuple[Choice, ...] = ()
    q: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post that a person holds in a department."""

    id: str
    title: Name
    department: Name
    kind: Literal["regular", "concurrent", "seconded", "acting"]
    since: datetime
    until: datetime | None = None
    current: bool = True


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role with why it is held. `group` names the directory group that gives it; then it is not taken here."""

    id: str
    role: Name
    post: Name
    since: datetime
    reason: str | None = None
    given_by: Name | None = None
    group: str | None = None
    until: datetime | None = None
    takeable: bool = True


@dataclass(frozen=True, slots=True)
class AdminPerson(Page):
    """One person on one page.

    Forms, by `do`: `grant-role` (`role`, `post`, `reason`, `until` as YYYY-MM-DD or empty), `take-role` (`grant`,
    `reason`),
    `end-session` (`session`), `end-sessions` (`reason`), `disable` (`reason`), `enable` (`reason`), `remove-method`
    (`method`, `reason`),
    `enrolment-code` (`reason`), `assign-token` (`serial`, `code`, `reason`), `return-token`, `lose-token` (`serial`,
    `reason`).

    Args:
        may: the `do` values that this administrator may use; the others are not shown.
        enrolment_code: shown once, right after it was made, with its end.
        typed: what was typed into the form that is shown again, by field name.
    """

    template: ClassVar[str] = "admin_person.html"
    layout: ClassVar[Layout] = "console"
    here: ClassVar[str] = "people"
    action: str
    name: Name
    identifier: str
    department: Name
    state: PersonState
    subject: str
    posts: tuple[PostLine, ...] = ()
    roles: tuple[RoleHeld, ...] = ()
    methods: tuple[Method, ...] = ()
    sessions: tuple[SessionLine, ...] = ()
    grantable: tuple[Choice, ...] = ()
    may: frozenset[str] = frozenset()
    notice: Notice | None = None
    enrolment_code: str | None = None
    enrolment_until: datetime | None = None
    typed: dict[str, str] = field(default_factory=dict)
    back: str = "/admin/people"
    tokens: tuple[str, ...] = ()
