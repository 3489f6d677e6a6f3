"""What administrators see of reading directories: where each stands, its past, whom the guard keeps, a dry run.

Deliberately reads no directory but for the dry run; every answer says how old it is. For whoever sees the department.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.errors import NotFound
from idp.flows.admin.scope import Admin
from idp.flows.context import Idp
from idp.flows.sync.guard import ROLE
from idp.flows.sync.preview import Preview, preview
from idp.flows.sync.rounds import standing
from idp.model import Department, Losing, Subject, SyncRun

READ, WRITE = "admin.departments.read", "admin.departments.write"
MOST_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Stand:
    """One department. last: its newest round; None: never read. asked: the round that waits for a person's word."""

    department: Department
    people: int
    last: SyncRun | None = None
    asked: SyncRun | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Somebody whom the guard keeps as they are, and what they would lose. subject is None: erased meanwhile."""

    losing: Losing
    subject: Subject | None

    @property
    def role(self) -> str | None:
        """The role that they would lose; None: their place."""
        return self.losing.what.removeprefix(ROLE) if self.losing.what.startswith(ROLE) else None


def stands(idp: Idp, admin: Admin) -> tuple[Stand, ...]:
    """All departments of the branch that have a directory, by id."""
    admin.require(READ)
    kept = idp.ports.truth.configuration().departments.values()
    newest = idp.ports.truth.runs.newest()
    mine = sorted((one for one in kept if has_directory(one) and admin.sees(one.id)), key=lambda one: one.id)
    return tuple(_stand(idp, one, newest.get(one.id)) for one in mine)


def stand(idp: Idp, admin: Admin, department_id: str) -> Stand:
    """Raises NotFound (also: another branch's, or one without a directory)."""
    admin.require(READ)
    found = department_of(idp, admin, department_id)
    return _stand(idp, found, next(iter(idp.ports.truth.runs.of(department_id, 1)), None))


def past(idp: Idp, admin: Admin, department_id: str) -> Sequence[SyncRun]:
    """Newest first."""
    admin.require(READ)
    return idp.ports.truth.runs.of(department_of(idp, admin, department_id).id, MOST_ROUNDS)


def kept(idp: Idp, admin: Admin, run: SyncRun, most: int) -> tuple[Kept, ...]:
    """Those whom that round holds, so many at most."""
    admin.require(READ)
    admin.require_sees_department(run.department_id)
    return tuple(Kept(one, idp.ports.truth.people.get(one.subject_id)) for one in run.held[:most])


def foreseen(idp: Idp, admin: Admin, department_id: str, now: datetime) -> Preview:
    """A dry run of everybody. Raises NotAllowed, NotFound, Unavailable (it cannot be read whole)."""
    admin.require(WRITE)
    return preview(idp, department_of(idp, admin, department_id), now)


def department_of(idp: Idp, admin: Admin, department_id: str) -> Department:
    """Raises NotFound."""
    found = idp.department(department_id)
    if found is None or not admin.sees(department_id):
        raise NotFound(f"no department {department_id!r} in this branch")
    if not has_directory(found):
        raise NotFound(f"{department_id} keeps its people here: there is no directory to read")
    return found


def has_directory(department: Department) -> bool:
    return department.connector not in (None, "local")


def _stand(idp: Idp, department: Department, last: SyncRun | None) -> Stand:
    people = idp.ports.truth.links.count(department.id)
    if last is None:
        return Stand(department, people)
    asked = last if last.state == "held" else standing(idp, department.id)
    return Stand(department, people, last, asked if asked and asked.state == "held" else None)
