"""`gerege doctor`: looks at everything that must be well, and says of each red line how to mend it."""

import click

from idp.cli.checks import Line, examine
from idp.cli.terminal import EXIT_CODES, REFUSED, Terminal, verb

SIGNS = {"ok": "ok     ", "warn": "careful", "fail": "RED    "}


@click.command(epilog=EXIT_CODES)
@verb
def doctor(terminal: Terminal) -> None:
    """Examine settings, keys, stores, directories, policies and the audit log. Exit 1 if anything is red."""
    lines = examine(terminal)
    words = "\n".join(_told(one) for one in lines)
    told = [{"check": one.check, "state": one.state, "told": one.told, "fix": one.fix} for one in lines]
    if any(one.state == "fail" for one in lines):
        terminal.fail(REFUSED, words, "unwell", checks=told)
    terminal.say(words, {"checks": told})


def _told(line: Line) -> str:
    fix = f"\n                              → {line.fix}" if line.fix and line.state != "ok" else ""
    return f"{SIGNS[line.state]}  {line.check:20} {line.told}{fix}"
