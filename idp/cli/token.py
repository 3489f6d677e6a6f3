"""`gerege token`: hardware tokens: a maker's file into the cupboard, one to a person, back, or lost."""

import string
from pathlib import Path

import click

from adapters import pskc
from idp.cli.person import department_option
from idp.cli.terminal import EXIT_CODES, Terminal, WrongInput, verb
from idp.flows.admin import people, tokens
from idp.flows.admin.scope import OPERATOR
from idp.secret import Secret

reason_option = click.option("--reason", required=True, help="Why; kept in the log.")
File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(epilog=EXIT_CODES)
def token() -> None:
    """Hardware tokens. SERIAL is printed on the back; spaces and small letters do not matter."""


@token.command("import", epilog=EXIT_CODES)
@click.argument("file", type=File)
@click.option("--key-file", type=File, help="The key that was agreed on with the maker: hexadecimal, or its octets.")
@click.option("--passphrase-file", type=File, help="The passphrase, on the first line.")
@reason_option
@verb
def import_(terminal: Terminal, file: Path, key_file: Path | None, passphrase_file: Path | None, reason: str) -> None:
    """Read a maker's FILE (PSKC, RFC 6030) into the cupboard; all of it, or nothing."""
    if key_file is not None and passphrase_file is not None:
        raise WrongInput("a file is sealed by a key or by a passphrase: give one of --key-file and --passphrase-file")
    with terminal.open() as idp:
        try:
            found = pskc.read(
                file.read_bytes(),
                idp.ports.now(),
                key=_key(key_file) if key_file else None,
                passphrase=_passphrase(passphrase_file) if passphrase_file else None,
            )
        except pskc.WrongTokenFile as wrong:
            raise WrongInput(f"{file}: {wrong}") from wrong
        added, known = tokens.add(idp, OPERATOR, found, reason)
        free = idp.ports.truth.tokens.unassigned()
    words = f"{added} tokens are new, {known} were there already; {free} are nobody's now"
    terminal.say(words, {"added": added, "known": known, "unassigned": free})


@token.command(epilog=EXIT_CODES)
@click.argument("serial")
@click.argument("who")
@click.option("--code", required=True, help="What the token shows now; it is spent.")
@department_option
@reason_option
@verb
def assign(terminal: Terminal, serial: str, who: str, code: str, department: str | None, reason: str) -> None:
    """Give the token SERIAL to WHO, with a code that it shows now."""
    with terminal.open() as idp:
        at = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, at, department)
        bound = tokens.assign(idp, OPERATOR, subject.id, serial, code, reason, at)
    terminal.say(f"{who} holds token {bound.label}", {"subject": subject.id, "serial": bound.label, "id": bound.id})


@token.command("return", epilog=EXIT_CODES)
@click.argument("serial")
@click.argument("who")
@department_option
@reason_option
@verb
def return_(terminal: Terminal, serial: str, who: str, department: str | None, reason: str) -> None:
    """WHO gave the token SERIAL back; it can be given to somebody else."""
    with terminal.open() as idp:
        at = idp.ports.now()
        subject = people.resolve(idp, OPERATOR, who, at, department)
        tokens.release(idp, OPERATOR, subject.id, serial, reason, at)
    terminal.say(f"token {serial} is back", {"subject": subject.id, "serial": tokens.clean_serial(serial)})


@token.command(epilog=EXIT_CODES)
@click.argument("serial")
@reason_option
@verb
def lost(terminal: Terminal, serial: str, reason: str) -> None:
    """The token SERIAL is lost: it opens nothing any more, and its holder is signed out everywhere."""
    with terminal.open() as idp:
        tokens.lose(idp, OPERATOR, serial, reason, idp.ports.now())
    terminal.say(f"token {serial} opens nothing any more", {"serial": tokens.clean_serial(serial), "lost": True})


@token.command(epilog=EXIT_CODES)
@click.argument("serial")
@verb
def show(terminal: Terminal, serial: str) -> None:
    """One token: its shape, and who holds it."""
    with terminal.open() as idp:
        one = tokens.get(idp, OPERATOR, serial)
    holder = "lost" if one.lost_at else one.assigned_to or "nobody's"
    words = f"{one.serial}: {one.digits} digits, {one.algorithm}, every {one.period} s, {holder}"
    facts = {"algorithm": one.algorithm, "digits": one.digits, "period": one.period, "assigned_to": one.assigned_to}
    terminal.say(words, {"serial": one.serial, **facts, "lost_at": one.lost_at, "imported_at": one.imported_at})


def _key(file: Path) -> Secret[bytes]:
    octets = file.read_bytes()
    text = octets.strip().decode("ascii", "replace")
    if text and len(text) % 2 == 0 and set(text) <= set(string.hexdigits):
        octets = bytes.fromhex(text)
    return Secret(octets)


def _passphrase(file: Path) -> Secret[str]:
    return Secret(file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r"))
