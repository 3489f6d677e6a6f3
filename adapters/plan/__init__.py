"""A plan as an operator writes it: TOML with departments, APIs, clients, agreements, issuers and people, read as one.

    references.py   secrets and keys, which stand elsewhere        client_table.py   `[clients.…]`
    registered.py   APIs, agreements, issuers                      person_table.py   `[people.…]`

Several files make one plan. Every mistake of all of them is told at once, with file, line, key and the way to mend it.
Spec: TOML 1.0.0. Deliberately knows nothing of what is in force: `idp.flows.admin.plan` says what cannot be.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar, get_args

from adapters.connectors.department_file import read_department
from adapters.connectors.toml_table import Problem, Reader, Table, WrongFile, read_toml
from adapters.plan.client_table import read_client
from adapters.plan.person_table import read_person
from adapters.plan.references import References
from adapters.plan.registered import read_agreement, read_issuer, read_resource
from idp.flows.admin import plan as wanted
from idp.flows.admin.plan import Plan, Purpose

Noun = TypeVar("Noun")
FIX = "correct it"


@dataclass(slots=True)
class PlanFile:
    """A plan and where each of its things stands: section and id, as `clients.payroll` → the file's reader."""

    plan: Plan = field(default_factory=Plan)
    places: dict[str, Reader] = field(default_factory=dict)
    first: str = ""

    def wrong(self, problems: Iterable[wanted.Problem]) -> WrongFile:
        """What the rules found wrong, at its lines."""
        found = []
        for one in problems:
            reader = next((held for place, held in self.places.items() if _is_in(one.place, place)), None)
            if reader is None:
                found.append(Problem(self.first, 1, one.place, one.told, FIX))
            else:
                told, _, fix = one.told.partition("; ")
                found.append(reader.problem(one.place, told, fix or FIX))
        return WrongFile(tuple(sorted(found, key=lambda problem: (problem.file, problem.line))))


def load_plan(paths: Sequence[Path], environment: Mapping[str, str] = os.environ) -> PlanFile:
    """Read files as one plan.

    Args:
        environment: where `secret_env` and `password_env` are looked up.
    Raises:
        WrongFile: with everything that is wrong in all of them.
    """
    found, problems = PlanFile(first=str(paths[0])), list[Problem]()
    for path in paths:
        try:
            _read(path, environment, found)
        except WrongFile as wrong:
            problems += wrong.problems
    if problems:
        raise WrongFile(tuple(problems))
    return found


def _read(path: Path, environment: Mapping[str, str], found: PlanFile) -> None:
    reader, root = read_toml(path)
    references = References(path.resolve().parent, environment)
    purposes: tuple[Purpose, ...] = get_args(Purpose)
    purpose = root.choice("purpose", purposes[0], purposes)
    plan = found.plan

    def each(section: str, read: Callable[[str, Table], Noun]) -> tuple[Noun, ...]:
        table = root.table(section)
        made = []
        for name in table.keys():  # noqa: SIM118 - not a dict
            place = f"{section}.{name}"
            if place in found.places:
                table.refuse(name, f"stands in {found.places[place].source} too", "keep one of the two")
            found.places[place] = reader
            made.append(read(name, table.table(name)))
        return tuple(made)

    found.plan = replace(
        plan,
        purpose=purpose if plan.purpose == purposes[0] else plan.purpose,
        departments=plan.departments
        + each("departments", lambda name, it: read_department(it, references.folder, department_id=name).department),
        resources=plan.resources + each("resources", read_resource),
        clients=plan.clients + each("clients", lambda name, it: read_client(name, it, references)),
        agreements=plan.agreements + each("agreements", read_agreement),
        issuers=plan.issuers + each("issuers", lambda name, it: read_issuer(name, it, references)),
        people=plan.people + each("people", lambda name, it: read_person(name, it, references)),
    )
    root.close()
    reader.finish()


def _is_in(place: str, of: str) -> bool:
    return place == of or place.startswith(f"{of}.")
