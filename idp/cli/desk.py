"""`gerege desk`: temporary access passes by whoever has the server's shell, under the desk's own rules."""

import click

from idp.cli.person import department_option
from idp.cli.terminal import EXIT_CODES, Terminal, verb
from idp.flows.admin import people
from idp.flows.admin.scope import OPERATOR
from idp.flows.desk import passes, script, verification


@click.group(epilog=EXIT_CODES)
def desk() -> None:
    """The help desk. WHO is what they type to sign in (alice@mof.example), or their subject id."""


@desk.command("checks", epilog=EXIT_CODES)
@click.argument("who")
@department_option
@verb
def checks(terminal: Terminal, who: str, department: str | None) -> None:
    """The script by which this person is verified, and what each check is worth."""
    with terminal.open() as idp:
        subject = people.resolve(idp, OPERATOR, who, idp.ports.now(), department)
        found = script.checks_for(idp, subject)
        settings = idp.settings.desk
    chinese = terminal.language == "zh-CN"
    lines = [f"{one.id:<16}{one.strength}  {one.zh if chinese else one.en}" for one in found]
    needs = f"one person's help takes {settings.enough}, two people's {settings.enough_strong}"
    rows = [{"id": one.id, "strength": one.strength, "en": one.en, "zh": one.zh} for one in found]
    facts = {"checks": rows, "enough": settings.enough, "enough_strong": settings.enough_strong}
    terminal.say("\n".join([*lines, needs]), facts)


@desk.command("pass", epilog=EXIT_CODES)
@click.argument("who")
@department_option
@click.option(
    "--check", "done", multiple=True, required=True, help="A check that was done (`desk checks`); repeatable."
)
@click.option("--note", required=True, help="What was seen or heard; kept in the log.")
@click.option("--reason", required=True, help="Why; kept in the log.")
@click.option("--strong", is_flag=True, help="For phishing-resistant factors: waits for a second person.")
@verb
def pass_(
    terminal: Terminal, who: str, department: str | None, done: tuple[str, ...], note: str, reason: str, strong: bool
) -> None:
    """Make a temporary access pass. For privileged people it waits for a second person at /admin/desk/approvals."""
    with terminal.open() as idp:
        now = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, now, department)
        verified = verification.verify(idp, OPERATOR, subject.id, done, note, now)
        made = passes.give(idp, OPERATOR, verified, subject.id, reason, now, strong=strong)
    waits = "It opens nothing until a second person approves it at /admin/desk/approvals. " if made.waits else ""
    terminal.say(
        f"{made.code}\n{waits}Say it to {subject.identifiers[0]} directly. Good once, until {made.until:%H:%M} UTC.",
        {"code": made.code, "until": made.until, "waits": made.waits, "subject": subject.id},
    )


@desk.command(epilog=EXIT_CODES)
@click.argument("code_id", required=False)
@click.option("--reason", default="", help="Why; kept in the log.")
@verb
def approve(terminal: Terminal, code_id: str | None, reason: str) -> None:
    """Passes that wait for a second person; with CODE_ID, approve that one. Never one that the operator made."""
    with terminal.open() as idp:
        now = idp.ports.now()
        if code_id:
            subject = passes.approve(idp, OPERATOR, code_id, reason, now)
            return terminal.say("The pass is good now.", {"approved": code_id, "subject": subject.id})
        found = passes.waiting(idp, OPERATOR, now)
    lines = [f"{one.made.id}  {one.subject.identifiers[0]}  until {one.made.expires_at:%H:%M} UTC" for one in found]
    rows = [{"id": one.made.id, "subject": one.subject.id, "until": one.made.expires_at} for one in found]
    return terminal.say("\n".join(lines) or "Nothing waits for a second person.", {"waiting": rows})
