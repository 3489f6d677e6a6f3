"""`gerege audit`: the tamper-evident log: search, verify, export for an offline check, the public key."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from adapters import keyring_of, truth_of
from adapters.sql.truth import SqlTruth
from config.settings import Settings
from idp.audit.bundle import checkpoint_line, row_line
from idp.audit.findings import Report
from idp.cli.person import department_option
from idp.cli.role import end_of
from idp.cli.terminal import EXIT_CODES, REFUSED, Terminal, WrongInput, verb
from idp.cli.words import sentence
from idp.flows.admin import log, people
from idp.flows.admin.scope import OPERATOR
from idp.flows.admin.sentences import Teller
from idp.ports import AuditRow, ReasonState


@click.group(epilog=EXIT_CODES)
def audit() -> None:
    """The audit log: RFC 9162 tree, signed checkpoints. It holds ids only; names are looked up when it is read."""


@audit.command(epilog=EXIT_CODES)
@click.option("--event", help="Name of an event, such as sign-in.failed.")
@click.option("--person", help="Whom it is about.")
@click.option("--app", help="Through which application.")
@click.option("--reference", help="The reference code of a decision.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--limit", type=click.IntRange(1, log.MOST), default=50, show_default=True)
@department_option
@verb
def search(
    terminal: Terminal,
    event: str | None,
    person: str | None,
    app: str | None,
    reference: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    department: str | None,
) -> None:
    """Events, newest first, in plain sentences."""
    with terminal.open() as idp:
        zone = idp.settings.server.time_zone
        subject = people.resolve(idp, OPERATOR, person, idp.ports.now(), department) if person else None
        wanted = log.Wanted(
            name=event,
            subject_id=subject.id if subject else None,
            client_id=app,
            reference=reference,
            since=datetime.fromisoformat(f"{since:%Y-%m-%d}T00:00:00+00:00") if since else None,
            until=end_of(until.date(), zone) if until else None,
        )
        rows = log.search(idp, OPERATOR, wanted, limit)
        teller = Teller(idp, OPERATOR, frozenset(terminal.messages.catalogues["en"]))
        lines = []
        for row in rows:
            message, facts = teller.tell(row)
            told = sentence(terminal, message, facts)
            lines.append(f"{row.seq or '-':>8}  {row.at:%Y-%m-%d %H:%M:%S}Z  {row.name:24} {told}")
    terminal.say("\n".join(lines) or "nothing found", [_facts(row) for row in rows])


def _facts(row: AuditRow) -> dict[str, object]:
    """A row for programs; `reason` is what a person typed, where it can be read and is what was written."""
    reason = {} if row.reason_state is ReasonState.NONE else {"reason": row.reason, "reason_state": row.reason_state}
    return {"seq": row.seq, "at": row.at, "event": row.name, **json.loads(row.body), **reason}


@contextmanager
def opened(settings: Settings) -> Iterator[SqlTruth]:
    """The log without the rest of the house: it must be readable when that is broken."""
    truth = truth_of(settings, keyring_of(settings))
    try:
        yield truth
    finally:
        truth.close()


@audit.command(epilog=EXIT_CODES)
@click.option(
    "--against", type=click.Path(path_type=Path, exists=True), multiple=True, help="A checkpoint kept elsewhere."
)
@verb
def verify(terminal: Terminal, against: tuple[Path, ...]) -> None:
    """Prove that no row was edited, removed, reordered or cut off; name those that were. Exit 1 if any was.

    Reasons that administrators typed are kept beside the rows; each is checked against what its row commits to.
    """
    settings = terminal.settings()
    with opened(settings) as truth:
        report = checked(truth, settings, against)
    told = {
        "ok": report.ok,
        "rows": report.rows,
        "size": report.size,
        "root": report.root,
        "findings": [
            {"kind": str(one.kind), "first": one.first, "last": one.last, "message": one.message}
            for one in report.findings
        ],
        "omitted": report.omitted,
    }
    if not report.ok:
        more = [f"and {report.omitted} more"] if report.omitted else []
        head = f"the log does not hold: {report.rows} rows"
        terminal.fail(REFUSED, "\n".join([head, *map(str, report.findings), *more]), "audit", **told)
    terminal.say(f"the log holds: {report.rows} rows, all of them signed for\nroot {report.root.hex()}", told)


def checked(truth: SqlTruth, settings: Settings, against: tuple[Path, ...] = ()) -> Report:
    """The report, also against the checkpoints that are kept outside the database."""
    outside = [read_note(path) for path in (settings.keys.checkpoint_file, *against) if path.exists()]
    return log.looked_at(truth.audit, outside)


def read_note(path: Path) -> str:
    """Raises WrongInput."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInput(f"{path}: cannot be read: {error}") from error


@audit.command(epilog=EXIT_CODES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@verb
def export(terminal: Terminal, folder: Path) -> None:
    """Write the log into FOLDER for tools/audit_verify.py, which checks it offline with the public key.

    Reasons that administrators typed are left out: they may hold names.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with opened(terminal.settings()) as truth:
            notes = _write(folder / "checkpoints.jsonl", map(checkpoint_line, truth.audit.stored_checkpoints()))
            rows = _write(folder / "rows.jsonl", map(row_line, truth.audit.stored_rows()))
    except OSError as error:
        raise WrongInput(f"{folder}: cannot be written: {error.strerror}") from error
    words = f"{rows} rows and {notes} checkpoints in {folder}"
    terminal.say(words, {"folder": str(folder), "rows": rows, "checkpoints": notes})


def _write(path: Path, lines: Iterator[str]) -> int:
    with path.open("w", encoding="utf-8") as file:
        count = 0
        for line in lines:
            file.write(line)
            count += 1
    return count


@audit.command(epilog=EXIT_CODES)
@verb
def vkey(terminal: Terminal) -> None:
    """The log's public key (C2SP vkey). Keep it where nobody who can change the log can change it."""
    with opened(terminal.settings()) as truth:
        key = truth.audit.vkey()
    terminal.say(key, {"vkey": key})
