"""The tree of departments: put as a whole or not at all, never circular, each directory's health kept for the console.

Spec: none. Reading an operator's file is the adapter's (`adapters.connectors`); connecting is the connector's.
"""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.errors import Invalid, NotFound, Unavailable
from idp.events import DepartmentChanged
from idp.flows.admin.scope import Admin, required_reason
from idp.flows.context import Idp
from idp.model import Department, Health, Text

LEVELS = ("country", "province", "city", "county", "bureau")
LOCAL = Department("local", None, "country", Text("Local", "本地"), "local")
"""Keeps people who have no directory; the administrators come from here."""
FRESH = timedelta(seconds=30)
PATIENCE = timedelta(seconds=2)
"""How long a page waits for directories that are slow; the others are shown meanwhile."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Seen:
    """One department of the tree, and how many people it has."""

    department: Department
    depth: int
    people: int = 0


def put(idp: Idp, admin: Admin, departments: Iterable[Department], reason: str) -> tuple[str, ...]:
    """Add or change departments, all or none; unchanged ones are left alone. The ids that changed.

    Raises: Invalid with every problem of the tree that would come of it.
    """
    admin.require("admin.departments.write")
    reason = required_reason(reason)
    known = idp.ports.truth.configuration().departments
    wanted = {one.id: one for one in departments}
    changed = {name: one for name, one in wanted.items() if known.get(name) != one}
    for one in changed.values():
        # Where it stands now, and where it would stand: nobody takes a neighbour's department into their branch.
        admin.require_sees_department(one.id if one.id in known else one.parent_id or one.id)
    if problems := list(problems_of({**known, **wanted}, changed)):
        raise Invalid("\n".join(problems))
    if not changed:
        return ()
    with idp.ports.truth.begin() as tx:
        for name, one in changed.items():
            tx.registry.put_department(one)
            what = "changed" if name in known else "added"
            tx.record(DepartmentChanged(department_id=name, by=admin.subject_id, what=what, reason=reason))
    return tuple(changed)


def problems_of(tree: dict[str, Department], changed: Iterable[str]) -> Iterator[str]:
    """What is wrong with the tree, told for the departments that change."""
    for name in changed:
        one = tree[name]
        if not _ID.fullmatch(name):
            yield f"{name}: the id must be small letters, digits and dashes"
        if one.parent_id is not None and one.parent_id not in tree:
            yield f"{name}: its parent {one.parent_id!r} is not there; add that department first"
        elif one.parent_id is not None and LEVELS.index(one.level) < LEVELS.index(tree[one.parent_id].level):
            yield f"{name}: a {one.level} cannot stand beneath a {tree[one.parent_id].level}"
        if _circular(tree, name):
            yield f"{name}: would stand above itself"
        for other in tree.values():
            if other.id != name:
                yield from _shared(one, other)


def _circular(tree: dict[str, Department], name: str) -> bool:
    seen = {name}
    current = tree[name].parent_id
    while current is not None and current in tree:
        if current in seen:
            return True
        seen.add(current)
        current = tree[current].parent_id
    return False


def _shared(one: Department, other: Department) -> Iterator[str]:
    """A mail domain or prefix of two departments would send one's passwords to the other's directory."""
    for domain in sorted(set(one.domains) & set(other.domains)):
        yield f"{one.id}: the mail domain {domain} is {other.id}'s"
    mine = {prefix.casefold() for prefix in one.prefixes}
    for prefix in sorted(mine & {prefix.casefold() for prefix in other.prefixes}):
        yield f"{one.id}: the prefix {prefix} is {other.id}'s"


def ensure_local(idp: Idp, admin: Admin) -> Department:
    """The department of people without a directory: the one that is there, else a new one."""
    known = idp.ports.truth.configuration().departments
    held = [one for one in known.values() if one.connector == "local"]
    if held:
        return min(held, key=lambda one: (len(idp.ports.truth.configuration().lineage(one.id)), one.id))
    put(idp, admin, [LOCAL], "people without a directory")
    return LOCAL


def tree(idp: Idp, admin: Admin) -> tuple[Seen, ...]:
    """The departments of the administrator's branch in the tree's order, with the last known health."""
    admin.require("admin.departments.read")
    known = idp.ports.truth.configuration().departments
    children: dict[str | None, list[Department]] = {}
    for one in sorted(known.values(), key=lambda each: each.name.en):
        children.setdefault(one.parent_id if one.parent_id in known else None, []).append(one)
    seen = [one for one in _walk(children, None, 0) if admin.sees(one.department.id)]
    counted = idp.ports.truth.people.counts()
    return tuple(replace(one, people=counted.get(one.department.id, 0)) for one in seen)


def _walk(children: dict[str | None, list[Department]], parent: str | None, depth: int) -> Iterator[Seen]:
    for one in children.get(parent, ()):
        yield Seen(one, depth)
        yield from _walk(children, one.id, depth + 1)


def get(idp: Idp, admin: Admin, department_id: str) -> Department:
    """Raises NotFound."""
    admin.require("admin.departments.read")
    found = idp.department(department_id)
    if found is None or not admin.sees(department_id):
        raise NotFound(f"no department {department_id!r}")
    return found


def test(idp: Idp, admin: Admin, department_id: str) -> Health | None:
    """Ask the directory now. None: the department keeps its people here, or nobody."""
    return ask(idp, get(idp, admin, department_id))


def ask(idp: Idp, department: Department) -> Health | None:
    """How a directory answers now; what keeps it from being asked at all is an answer too."""
    try:
        connector = idp.ports.directories.of(department)
        return None if connector is None else connector.health()
    except Unavailable as error:
        return Health(False, timedelta(0), error.detail)


class Healths:
    """How each directory answered last, asked again when that is old. One for each process; safe between threads."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Health, datetime]] = {}
        self._asking = ThreadPoolExecutor(max_workers=8, thread_name_prefix="health")

    def of(self, idp: Idp, shown: Iterable[Department], now: datetime) -> dict[str, tuple[Health, datetime]]:
        """By department; who has not answered within the patience keeps the last answer, or has none yet."""
        asked = [
            self._asking.submit(self.ask, idp, one, now)
            for one in shown
            if one.connector not in (None, "local") and not self._is_fresh(one.id, now)
        ]
        wait(asked, PATIENCE.total_seconds())
        return dict(self._last)

    def ask(self, idp: Idp, one: Department, now: datetime) -> Health | None:
        """Ask now and remember."""
        health = ask(idp, one)
        if health is not None:
            self._last[one.id] = (health, now)
        return health

    def _is_fresh(self, department_id: str, now: datetime) -> bool:
        last = self._last.get(department_id)
        return last is not None and now - last[1] < FRESH
