"""Who the administrator is, what they may do, and whom they may see: the one place that filters.

Every flow of this room begins with `admin.require(...)`; whatever it shows of people and departments went through
`sees` or `branch`. Denies by default: a permission that was not given is not there. Administrators of the department
that runs the console see the whole country, all others their own department and what stands beneath it.
What is outside the branch is `NotFound`, the same as what does not exist, so that a guessed address tells nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.errors import Invalid, NotAllowed, NotFound
from idp.flows.built_in import CONSOLE_ID
from idp.model import Configuration, Standing, Subject
from policies.question import Permission
from policies.roles import CONSOLE_PERMISSIONS

SYSTEM, SECURITY, AUDIT = "system-administrator", "security-administrator", "audit-administrator"
LONGEST_REASON = 500

MORE_PERMISSIONS: tuple[Permission, ...] = (
    Permission("admin.alerts.read", CONSOLE_ID, 2, frozenset({SYSTEM, SECURITY, AUDIT})),
    Permission("admin.alerts.write", CONSOLE_ID, 2, frozenset({SECURITY})),
    Permission("admin.roles.approve", CONSOLE_ID, 2, frozenset({SYSTEM, SECURITY})),
    Permission("admin.sync.decide", CONSOLE_ID, 2, frozenset({SYSTEM})),
)
"""Beside `policies.roles`: alerts, the second person of a change that takes two, and a directory's mass changes."""

PERMISSIONS: tuple[Permission, ...] = (*CONSOLE_PERMISSIONS, *MORE_PERMISSIONS)
NAMES: tuple[str, ...] = tuple(permission.name for permission in PERMISSIONS)


@dataclass(frozen=True, slots=True)
class Admin:
    """One administrator at this moment. `branch`: departments whose people they may see; None is all of them."""

    subject_id: str
    roles: frozenset[str]
    branch: frozenset[str] | None
    permissions: frozenset[str]

    def require(self, permission: str) -> None:
        """Raises NotAllowed unless this permission was given."""
        if permission not in self.permissions:
            raise NotAllowed(f"{self.subject_id} has no {permission}")

    def require_one(self, *permissions: str) -> None:
        """Raises NotAllowed unless at least one of these was given."""
        if self.permissions.isdisjoint(permissions):
            raise NotAllowed(f"{self.subject_id} has none of {', '.join(permissions)}")

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def sees(self, department_id: str) -> bool:
        return self.branch is None or department_id in self.branch

    def require_sees(self, subject: Subject | None) -> Subject:
        """The person, if there is one in this branch. Raises NotFound."""
        if subject is None or not self.sees(subject.department_id):
            raise NotFound("no such person in this branch")
        return subject

    def require_sees_department(self, department_id: str) -> None:
        """Raises NotFound."""
        if not self.sees(department_id):
            raise NotFound("no such department in this branch")

    def require_whole(self) -> None:
        """What belongs to no branch (the log, policies) is for those who see the whole. Raises NotAllowed."""
        if self.branch is not None:
            raise NotAllowed(f"{self.subject_id} sees one branch only")


OPERATOR = Admin("operator", frozenset(), None, frozenset(NAMES))
"""Whoever has a shell on the server and its master key. Even so, an administrator role waits for a second person."""


def admin_of(standing: Standing, permissions: Iterable[str], configuration: Configuration) -> Admin:
    """The administrator behind a session, from the post that the role hangs on and what policy permits now."""
    home = configuration.clients[CONSOLE_ID].department_id if CONSOLE_ID in configuration.clients else None
    own = standing.post.department_id
    branch = None if own == home else beneath(configuration, own)
    return Admin(standing.subject.id, standing.roles, branch, frozenset(permissions))


def beneath(configuration: Configuration, department_id: str) -> frozenset[str]:
    """The department and all that stand beneath it."""
    return frozenset(
        name
        for name in (*configuration.departments, department_id)
        if department_id in (name, *configuration.lineage(name))
    )


def required_reason(reason: str) -> str:
    """A reason in words, as it will be kept. Raises Invalid."""
    cleaned = " ".join(reason.split())
    if not cleaned:
        raise Invalid("say why: a change without a reason is not made", "reason missing")
    if len(cleaned) > LONGEST_REASON:
        raise Invalid(f"the reason is longer than {LONGEST_REASON} characters", "reason too long")
    if any("\ud800" <= sign <= "\udfff" for sign in cleaned):
        raise Invalid("the reason holds signs that are no text", "reason not UTF-8")
    return cleaned


def optional_reason(reason: str) -> str | None:
    """A reason where one was given. Raises Invalid as `required_reason` does."""
    return required_reason(reason) if reason.strip() else None
