"""`gerege admin`: the first three administrators."""

import click

from idp.cli.prepare import prepare
from idp.cli.terminal import EXIT_CODES, Terminal, verb
from idp.flows.admin import people
from idp.flows.admin.bootstrap import bootstrap as appoint
from idp.flows.admin.scope import OPERATOR


@click.group(epilog=EXIT_CODES)
def admin() -> None:
    """Administrators: three roles, three people, none of whom can do everything."""


@admin.command(epilog=EXIT_CODES)
@click.option("--system", help="An existing person; without it a new account is made.")
@click.option("--security", help="Likewise.")
@click.option("--audit", help="Likewise.")
@verb
def bootstrap(terminal: Terminal, system: str | None, security: str | None, audit: str | None) -> None:
    """Appoint the first three administrators, once; prints what each needs for the first sign-in, only this once."""
    named = {"system-administrator": system, "security-administrator": security, "audit-administrator": audit}
    with terminal.open() as idp:
        prepare(idp)
        now = idp.ports.now()
        chosen = {name: people.resolve(idp, OPERATOR, who, now) for name, who in named.items() if who}
        made = appoint(idp, chosen, now)
        address = idp.issuer.rstrip("/") + "/admin"
    lines = [f"Open {address} and sign in; each is asked to set up a second proof with the code."]
    for one in made:
        lines += [f"{one.role}", f"    signs in as      {one.subject.identifiers[0]}"]
        lines += [f"    first password   {one.password}"] if one.password else []
        lines += [f"    enrolment code   {one.code}   (once, until {one.until:%Y-%m-%d %H:%M}Z)"]
    lines.append("These are shown only this once. Give each to its person directly.")
    told = [
        {
            "role": one.role,
            "subject": one.subject.id,
            "signs_in_as": one.subject.identifiers[0],
            "password": one.password,
            "code": one.code,
            "until": one.until,
        }
        for one in made
    ]
    terminal.say("\n".join(lines), {"address": address, "administrators": told})
