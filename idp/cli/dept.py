"""`gerege dept`: departments and their directories, from one TOML file each."""

from pathlib import Path

import click

from adapters.connectors.department_file import load_department
from idp.cli import dept_told
from idp.cli.person import reason_option
from idp.cli.terminal import EXIT_CODES, REFUSED, Terminal, WrongInput, columns, verb
from idp.flows.admin import departments
from idp.flows.admin.directory import wizard
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Idp
from idp.flows.sync.preview import memberships
from idp.model import Department
from idp.ports.diagnosis import Question, StepName
from idp.secret import Secret


@click.group(epilog=EXIT_CODES)
def dept() -> None:
    """Departments: a tree, each with its own directory."""


@dept.command(epilog=EXIT_CODES)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@reason_option
@verb
def add(terminal: Terminal, files: tuple[Path, ...], reason: str) -> None:
    """Add or change departments by their files (folders: every *.toml in them), all or none."""
    paths = [one for path in files for one in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    loaded = [load_department(path).department for path in paths]
    with terminal.open() as idp:
        changed = departments.put(idp, OPERATOR, loaded, reason)
    unchanged = [one.id for one in loaded if one.id not in changed]
    words = [f"{name} is kept" for name in changed] + [f"{name} was so already" for name in unchanged]
    terminal.say("\n".join(words), {"changed": list(changed), "unchanged": unchanged})


@dept.command("list", epilog=EXIT_CODES)
@verb
def list_(terminal: Terminal) -> None:
    """The tree."""
    with terminal.open() as idp:
        tree = departments.tree(idp, OPERATOR)
    rows = [
        (
            "  " * seen.depth + seen.department.id,
            seen.department.name.in_language(terminal.language),
            seen.department.level,
            seen.department.connector or "-",
        )
        for seen in tree
    ]
    told = [
        {
            "id": seen.department.id,
            "parent": seen.department.parent_id,
            "name": {"en": seen.department.name.en, "zh": seen.department.name.zh},
            "level": seen.department.level,
            "connector": seen.department.connector,
        }
        for seen in tree
    ]
    terminal.say(columns(rows, ("DEPARTMENT", "NAME", "LEVEL", "KEEPS PEOPLE IN")), told)


@dept.command(epilog=EXIT_CODES)
@click.argument("department")
@click.option("--person", default="", help="Somebody as they sign in: what is read of them, and what each group gives.")
@click.option("--sign-in", "sign_in", is_flag=True, help="Try the password of PERSON once; it is asked for.")
@verb
def test(terminal: Terminal, department: str, person: str, sign_in: bool) -> None:
    """Try DEPARTMENT, or its FILE, against the real directory: address, certificate, account, people, mapping.

    A file's own examples are run first, and nothing of it is kept.
    """
    if sign_in and not person:
        raise WrongInput("--sign-in needs --person: whose password is it?")
    path = Path(department)
    password = Secret(click.prompt(f"Password of {person}", hide_input=True, err=True)) if sign_in else None
    with terminal.open() as idp:
        loaded = load_department(path) if path.suffix == ".toml" or path.is_file() else None
        kept = loaded.department if loaded else departments.get(idp, OPERATOR, department)
        if kept.connector != "ldap":
            _short(terminal, idp, kept)
            return
        until: StepName = "sign-in" if sign_in else "person"
        report, derived = wizard.examine(idp, kept, Question(until, sample=person, password=password))
        why = memberships(kept, report.sample.entry) if report.sample else {}
        threshold = _threshold(idp, kept) if report.well else None
    dept_told.tell(terminal, kept, report, derived, why, threshold, examples=len(loaded.examples) if loaded else None)


def _threshold(idp: Idp, kept: Department) -> int | None:
    """Wrong passwords after which the directory itself locks an account."""
    connector = idp.ports.diagnosis.open(kept)
    try:
        return connector.lockout_threshold()
    finally:
        connector.close()


def _short(terminal: Terminal, idp: Idp, kept: Department) -> None:
    """A department whose directory is reached in another way, or that has none: one question."""
    health = departments.ask(idp, kept)
    if health is None:
        terminal.say(f"{kept.id} keeps its people here", {"department": kept.id, "up": True})
        return
    told = {"department": kept.id, "up": health.up, "latency": health.latency, "error": health.error}
    if not health.up:
        terminal.fail(REFUSED, f"{kept.id} does not answer: {health.error}", "directory", **told)
    terminal.say(f"{kept.id} answers in {health.latency.total_seconds() * 1000:.0f} ms", told)
