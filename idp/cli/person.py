"""`gerege person`: people of every department, and accounts of those who have no directory."""

import sys
from datetime import timedelta

import click

from idp.cli.terminal import EXIT_CODES, Terminal, columns, verb
from idp.flows.admin import accounts, people
from idp.flows.admin.scope import OPERATOR
from idp.model import Subject, Text
from idp.secret import Secret

reason_option = click.option("--reason", default="by the operator", show_default=True, help="Why; kept in the log.")
department_option = click.option("--department", help="The department, when the name alone does not tell.")


@click.group(epilog=EXIT_CODES)
def person() -> None:
    """People. WHO is what they type to sign in (alice@mof.example), or their subject id."""


def facts(subject: Subject) -> dict[str, object]:
    """A person as JSON."""
    return {
        "id": subject.id,
        "department": subject.department_id,
        "identifiers": list(subject.identifiers),
        "name": {"en": subject.display_name.en, "zh": subject.display_name.zh},
        "mail": subject.mail,
        "disabled": subject.disabled,
        "clearance": subject.clearance,
    }


@person.command("list", epilog=EXIT_CODES)
@click.argument("text", default="")
@department_option
@click.option("--page", default=1, show_default=True)
@verb
def list_(terminal: Terminal, text: str, department: str | None, page: int) -> None:
    """People whose name or identifier matches TEXT; all of them without it."""
    with terminal.open() as idp:
        found = people.search(idp, OPERATOR, text, department, page)
    rows = [
        (
            one.identifiers[0] if one.identifiers else "-",
            one.display_name.in_language(terminal.language),
            one.department_id,
            "disabled" if one.disabled else "active",
            one.id,
        )
        for one in found.people
    ]
    table = columns(rows, ("SIGNS IN AS", "NAME", "DEPARTMENT", "STATE", "SUBJECT"))
    terminal.say(
        f"{table}\n{found.total} in all", {"total": found.total, "people": [facts(one) for one in found.people]}
    )


@person.command(epilog=EXIT_CODES)
@click.argument("who")
@department_option
@verb
def show(terminal: Terminal, who: str, department: str | None) -> None:
    """One person: posts, roles, factors, sessions."""
    with terminal.open() as idp:
        at = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, at, department)
        one = people.get(idp, OPERATOR, subject.id, at)
    held = [role for role in one.roles if role.ends_at is None or role.ends_at > at]
    lines = [
        f"{subject.display_name.in_language(terminal.language)} ({', '.join(subject.identifiers)})",
        f"  {subject.id}, {subject.department_id}, {'disabled' if subject.disabled else 'active'}, "
        f"clearance {subject.clearance}",
        *(f"  post {post.id}: {post.kind} in {post.department_id} {post.title or ''}".rstrip() for post in one.posts),
        *(f"  role {role.role} by {role.source}: {role.reason}" + _until(role.ends_at) for role in held),
        *(
            f"  factor {method.factor} {method.label} since {method.created_at:%Y-%m-%d}"
            for method in one.authenticators
        ),
        *(
            f"  session {session.sid} at {session.acr}, seen {session.last_seen_at:%Y-%m-%d %H:%M}Z"
            for session in one.sessions
        ),
    ]
    terminal.say(
        "\n".join(lines),
        {
            **facts(subject),
            "posts": [{"id": post.id, "department": post.department_id, "kind": post.kind} for post in one.posts],
            "roles": [
                {"id": role.id, "role": role.role, "source": role.source, "ends_at": role.ends_at} for role in held
            ],
            "factors": [
                {"id": method.id, "factor": method.factor, "label": method.label} for method in one.authenticators
            ],
            "sessions": [{"sid": session.sid, "acr": session.acr} for session in one.sessions],
        },
    )


def _until(end: object) -> str:
    return f" (until {end:%Y-%m-%d})" if end else ""


@person.command(epilog=EXIT_CODES)
@click.argument("identifier")
@click.option("--department", required=True, help="A department that keeps its people here.")
@click.option("--name", required=True, help="Display name.")
@click.option("--name-zh", help="The same in Chinese; the English one where there is none.")
@click.option("--also", multiple=True, help="Another name they may type; repeatable.")
@click.option("--mail")
@click.option("--title", help="Title of the post.")
@click.option("--clearance", type=click.IntRange(1, 4), default=1, show_default=True, help="Highest data grade.")
@click.option("--password-stdin", is_flag=True, help="Read a first password from standard input.")
@reason_option
@verb
def add(
    terminal: Terminal,
    identifier: str,
    department: str,
    name: str,
    name_zh: str | None,
    also: tuple[str, ...],
    mail: str | None,
    title: str | None,
    clearance: int,
    password_stdin: bool,
    reason: str,
) -> None:
    """Add a person who has no directory; they sign in as IDENTIFIER."""
    new = accounts.NewPerson(department, (identifier, *also), Text(name, name_zh or name), mail, title, clearance)
    password = _from_stdin() if password_stdin else None
    with terminal.open() as idp:
        at = idp.ports.now()
        subject = accounts.add(idp, OPERATOR, new, reason, at)
        if password is not None:
            accounts.set_password(idp, OPERATOR, subject.id, password, reason, at)
    terminal.say(f"{identifier} is added as {subject.id}", facts(subject))


@person.command("enrol-code", epilog=EXIT_CODES)
@click.argument("who")
@department_option
@reason_option
@verb
def enrol_code(terminal: Terminal, who: str, department: str | None, reason: str) -> None:
    """A one-time code with which WHO may enrol a first factor. Shown once; earlier unspent codes are void."""
    with terminal.open() as idp:
        at = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, at, department)
        code, until = people.enrolment_code(idp, OPERATOR, subject.id, reason, at)
    hours = round((until - at) / timedelta(hours=1))
    words = f"{code}\nGive it to {subject.identifiers[0]} directly, never by mail. It is good once, for {hours} hours."
    terminal.say(words, {"code": code, "until": until, "subject": subject.id})


@person.command(epilog=EXIT_CODES)
@click.argument("who")
@department_option
@reason_option
@verb
def disable(terminal: Terminal, who: str, department: str | None, reason: str) -> None:
    """End everything of WHO at once; they can no longer sign in."""
    with terminal.open() as idp:
        at = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, at, department)
        people.disable(idp, OPERATOR, subject.id, reason, at)
    terminal.say(f"{who} is disabled", {"id": subject.id, "disabled": True})


@person.command(epilog=EXIT_CODES)
@click.argument("who")
@department_option
@reason_option
@verb
def enable(terminal: Terminal, who: str, department: str | None, reason: str) -> None:
    """Let WHO sign in again; what had ended stays ended."""
    with terminal.open() as idp:
        subject = people.resolve(idp, OPERATOR, who, idp.ports.now(), department)
        people.enable(idp, OPERATOR, subject.id, reason)
    terminal.say(f"{who} is enabled", {"id": subject.id, "disabled": False})


@person.command("end-sessions", epilog=EXIT_CODES)
@click.argument("who")
@department_option
@reason_option
@verb
def end_sessions(terminal: Terminal, who: str, department: str | None, reason: str) -> None:
    """Sign WHO out everywhere; they may sign in again."""
    with terminal.open() as idp:
        at = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, at, department)
        count = people.end_sessions(idp, OPERATOR, subject.id, reason, at)
    terminal.say(f"{count} sessions of {who} ended", {"id": subject.id, "ended": count})


@person.command("set-password", epilog=EXIT_CODES)
@click.argument("who")
@department_option
@click.option("--stdin", is_flag=True, help="Read it from standard input instead of asking.")
@reason_option
@verb
def set_password(terminal: Terminal, who: str, department: str | None, stdin: bool, reason: str) -> None:
    """Set the password of a person who has no directory; their sessions end."""
    password = (
        _from_stdin() if stdin else Secret(click.prompt("New password", hide_input=True, confirmation_prompt=True))
    )
    with terminal.open() as idp:
        at = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, at, department)
        accounts.set_password(idp, OPERATOR, subject.id, password, reason, at)
    terminal.say(f"the password of {who} is set", {"id": subject.id})


def _from_stdin() -> Secret[str]:
    """The first line; never an argument, which every process on the machine could read."""
    return Secret(sys.stdin.readline().rstrip("\r\n"))
