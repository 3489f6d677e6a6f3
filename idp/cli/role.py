"""`gerege role`: roles on posts, given and taken with a reason."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from idp.cli.person import department_option
from idp.cli.terminal import EXIT_CODES, Terminal, columns, verb
from idp.errors import Conflict
from idp.flows.admin import people, roles
from idp.flows.admin.scope import OPERATOR
from idp.model import PendingChange

why_option = click.option("--reason", required=True, help="Why; kept with the role and in the log.")


@click.group(epilog=EXIT_CODES)
def role() -> None:
    """Roles. A permission of an application names the roles that may hold it."""


@role.command("list", epilog=EXIT_CODES)
@verb
def list_(terminal: Terminal) -> None:
    """Every role, what it allows, who holds it."""
    with terminal.open() as idp:
        found = roles.listed(idp, OPERATOR, idp.ports.now())
    rows = [
        (
            one.name,
            ", ".join(permission.name for permission in one.allows) or "-",
            ", ".join(subject.identifiers[0] for subject, _ in one.holders) or "-",
        )
        for one in found
    ]
    told = [
        {
            "role": one.name,
            "allows": [permission.name for permission in one.allows],
            "holders": [subject.id for subject, _ in one.holders],
        }
        for one in found
    ]
    terminal.say(columns(rows, ("ROLE", "ALLOWS", "HELD BY")), told)


@role.command(epilog=EXIT_CODES)
@click.argument("who")
@click.argument("name")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, YYYY-MM-DD; without it the role has no end."
)
@click.option("--post", help="Id of the post that it hangs on; the default post where there is none.")
@department_option
@why_option
@verb
def grant(
    terminal: Terminal,
    who: str,
    name: str,
    until: datetime | None,
    post: str | None,
    department: str | None,
    reason: str,
) -> None:
    """Give WHO the role NAME. An administrator's role waits for a second person in the console."""
    with terminal.open() as idp:
        now = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, now, department)
        end = end_of(until.date(), idp.settings.server.time_zone) if until else None
        given = roles.grant(idp, OPERATOR, subject.id, name, reason, now, post_id=post, until=end)
    if isinstance(given, PendingChange):
        words = f"{name} for {who} waits for a second person: an administrator approves it in the console"
        terminal.say(words, {"waiting": given.id, "role": name, "subject": subject.id})
        return
    ends = f" until {until:%Y-%m-%d}" if until else ""
    terminal.say(f"{who} has the role {name}{ends}", {"grant": given.id, "role": name, "subject": subject.id})


def end_of(day: date, zone: str) -> datetime:
    """The end of that day in the service's time zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


@role.command(epilog=EXIT_CODES)
@click.argument("who")
@click.argument("name")
@department_option
@why_option
@verb
def take(terminal: Terminal, who: str, name: str, department: str | None, reason: str) -> None:
    """Take the role NAME from WHO; it is missed at their next request."""
    with terminal.open() as idp:
        now = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, now, department)
        held = [
            one
            for one in people.get(idp, OPERATOR, subject.id, now).roles
            if one.role == name and (one.ends_at is None or one.ends_at > now)
        ]
        if not held:
            raise Conflict(f"{who} does not hold {name}")
        for one in sorted(held, key=lambda each: each.source):
            roles.take(idp, OPERATOR, subject.id, one.id, reason, now)
    terminal.say(f"{who} has lost the role {name}", {"role": name, "subject": subject.id, "taken": len(held)})
