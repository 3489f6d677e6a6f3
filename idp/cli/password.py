"""`gerege password`: the lists of passwords that nobody may choose. Spec: NIST SP 800-63B-4 §3.1.1.2."""

import sys
from pathlib import Path

import click

from adapters import breached
from idp.cli.terminal import EXIT_CODES, Terminal, verb
from idp.errors import Invalid
from idp.secret import Secret


@click.group(epilog=EXIT_CODES)
def password() -> None:
    """Passwords that are kept here. A person's own is set by `gerege person set-password`."""


@password.group("filter", epilog=EXIT_CODES)
def filter_() -> None:
    """The filter of breached passwords (`passwords.breached_file`)."""


@filter_.command(epilog=EXIT_CODES)
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@verb
def build(terminal: Terminal, source: Path, target: Path) -> None:
    """Make the filter TARGET of the list SOURCE: a password or its SHA-1 (`DIGEST:count`) on each line."""
    try:
        count = breached.build(source, target)
    except ValueError as error:
        raise Invalid(str(error)) from error
    size = target.stat().st_size
    terminal.say(f"{target} holds {count} passwords in {size} octets", {"passwords": count, "octets": size})


@filter_.command(epilog=EXIT_CODES)
@click.argument("target", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@verb
def check(terminal: Terminal, target: Path) -> None:
    """Whether the filter TARGET knows a password, which is asked for or read from standard input."""
    asked = Secret(
        click.prompt("Password", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    )
    try:
        known = breached.Lists.open(target, None).knows(asked) is not None
    except ValueError as error:
        raise Invalid(str(error)) from error
    terminal.say("it was found in a breach" if known else "it is not in the filter", {"breached": known})
