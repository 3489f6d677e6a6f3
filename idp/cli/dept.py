"""`gerege dept`: departments and their directories, from one TOML file each."""

from pathlib import Path

import click

from adapters.connectors.department_file import load_department
from idp.cli.person import reason_option
from idp.cli.terminal import EXIT_CODES, REFUSED, Terminal, columns, verb
from idp.flows.admin import departments
from idp.flows.admin.scope import OPERATOR


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
@verb
def test(terminal: Terminal, department: str) -> None:
    """Ask the directory of DEPARTMENT now: bind, read, certificate, lock-out threshold."""
    with terminal.open() as idp:
        kept = departments.get(idp, OPERATOR, department)
        health = departments.ask(idp, kept)
        connector = idp.ports.directories.of(kept) if health is not None and health.up else None
        threshold = connector.lockout_threshold() if connector else None
    if health is None:
        terminal.say(f"{department} keeps its people here", {"department": department, "up": True})
        return
    told = {
        "department": department,
        "up": health.up,
        "latency": health.latency,
        "error": health.error,
        "certificate_expires": health.certificate_expires,
        "lockout_threshold": threshold,
    }
    milliseconds = health.latency.total_seconds() * 1000
    if not health.up:
        terminal.fail(REFUSED, f"{department} does not answer: {health.error}", "directory", **told)
    expires = f", its certificate ends {health.certificate_expires:%Y-%m-%d}" if health.certificate_expires else ""
    locks = f", locks after {threshold} wrong passwords" if threshold else ", lock-out threshold unknown"
    terminal.say(f"{department} answers in {milliseconds:.0f} ms{expires}{locks}", told)
