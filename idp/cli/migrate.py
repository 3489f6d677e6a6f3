"""`gerege migrate`: people and applications of other systems come here: looked at first, then written."""

from collections import Counter
from pathlib import Path

import click

from adapters import people_files
from adapters.keycloak import export
from adapters.keycloak.document import WrongExport
from idp.cli.person import reason_option
from idp.cli.terminal import EXIT_CODES, Terminal, WrongInput, verb
from idp.flows.admin.scope import OPERATOR
from idp.flows.migration import carry
from idp.flows.migration.carry import Report
from idp.flows.migration.difference import Wishes
from idp.flows.migration.moved import Left, Moved

MOST_TOLD = 40
"""Lines of one kind on a terminal; --json has them all."""

into_option = click.option(
    "--department", required=True, help="Where they belong from now on; it keeps its people here."
)
dry_option = click.option("--dry-run", is_flag=True, help="Tell what would come and what would not; write nothing.")


@click.group(epilog=EXIT_CODES)
def migrate() -> None:
    """From other systems: a Keycloak realm, or files of people. Run again, only what is new or changed there comes."""


@migrate.command(epilog=EXIT_CODES)
@click.argument("path", metavar="EXPORT", type=click.Path(path_type=Path, exists=True))
@into_option
@dry_option
@click.option(
    "--vouch", is_flag=True, help="Codes and passkeys were bound under supervision: they are worth their full level."
)
@click.option("--compat", is_flag=True, help="Confidential applications that did not send PKCE need not here either.")
@click.option("--rp-id", help="The host that the realm's passkeys were made for, where the export does not say it.")
@reason_option
@verb
def keycloak(
    terminal: Terminal,
    path: Path,
    department: str,
    dry_run: bool,
    vouch: bool,
    compat: bool,
    rp_id: str | None,
    reason: str,
) -> None:
    """A realm: EXPORT is the file or the folder that `kc.sh export` wrote, people included."""
    with terminal.open() as idp:
        try:
            moved = export.load(path, export.Wishes(idp.party.id, rp_id, compat))
        except WrongExport as wrong:
            raise WrongInput(f"{path}: {wrong}") from wrong
        wishes = Wishes(department, vouched=vouch)
        at = idp.ports.now()
        done = (
            carry.look(idp, OPERATOR, moved, wishes, at)
            if dry_run
            else carry.carry(idp, OPERATOR, moved, wishes, reason, at)
        )
    _tell(terminal, done, dry_run)


@migrate.command(epilog=EXIT_CODES)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@into_option
@dry_option
@reason_option
@verb
def ldif(terminal: Terminal, path: Path, department: str, dry_run: bool, reason: str) -> None:
    """People of an LDIF FILE (RFC 2849), with the groups that stand in it; all of it, or nothing."""
    _people(terminal, people_files.read_ldif(path), department, dry_run, reason)


@migrate.command(epilog=EXIT_CODES)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@into_option
@dry_option
@reason_option
@verb
def csv(terminal: Terminal, path: Path, department: str, dry_run: bool, reason: str) -> None:
    """People of a CSV FILE: username, name, and any of id, name_zh, mail, title, groups, disabled; all, or nothing."""
    _people(terminal, people_files.read_csv(path), department, dry_run, reason)


def _people(terminal: Terminal, moved: Moved, department: str, dry_run: bool, reason: str) -> None:
    with terminal.open() as idp:
        at, wishes = idp.ports.now(), Wishes(department, whole=True)
        done = carry.look(idp, OPERATOR, moved, wishes, at)
        if not dry_run:
            done = carry.carry(idp, OPERATOR, moved, wishes, reason, at)
    _tell(terminal, done, dry_run)


def _tell(terminal: Terminal, report: Report, dry_run: bool) -> None:
    words = [f"{report.source}: {'would come' if dry_run else 'came'}"]
    words += [f"  {count:6} {what}" for what, count in report.counts().items()]
    also = Counter(name for one in report.lines for name in one.also)
    words += [f"  {count:6} {name} with them" for name, count in sorted(also.items())]
    if report.unmapped:
        words.append("groups and roles that give nothing here; name them in the department's file:")
        words += [f"  {count:6} have {name}" for name, count in list(report.unmapped.items())[:MOST_TOLD]]
    if report.left:
        words.append("does not come:")
        words += [f"  {one.place}: {one.why}\n      {one.fix}" for one in report.left[:MOST_TOLD]]
    if len(report.left) > MOST_TOLD or len(report.unmapped) > MOST_TOLD:
        words.append(f"  … {len(report.left)} things and {len(report.unmapped)} groups in all; --json tells each")
    terminal.say("\n".join(words), _facts(report, dry_run))


def _facts(report: Report, dry_run: bool) -> dict[str, object]:
    return {
        "source": report.source,
        "dry_run": dry_run,
        "counts": report.counts(),
        "things": [
            {"kind": one.kind, "about": one.about, "what": one.what, "with": list(one.also)} for one in report.lines
        ],
        "unmapped": report.unmapped,
        "left": [_left(one) for one in report.left],
    }


def _left(one: Left) -> dict[str, str]:
    return {"place": one.place, "why": one.why, "fix": one.fix}
