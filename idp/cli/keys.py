"""`gerege keys`: the master key that seals, and the keys that sign."""

from pathlib import Path

import click

from adapters.master_key import MasterKey
from idp.cli.terminal import EXIT_CODES, Terminal, WrongInput, columns, verb
from idp.flows import keys as signing
from idp.flows.admin.scope import OPERATOR


@click.group(epilog=EXIT_CODES)
def keys() -> None:
    """Keys."""


@keys.command("make-master", epilog=EXIT_CODES)
@click.option("--file", "path", type=click.Path(path_type=Path), help="Instead of the one in the settings.")
@verb
def make_master(terminal: Terminal, path: Path | None) -> None:
    """Make a new master key file (0600). It never overwrites one; keep a copy offline, apart from the backups."""
    file = path or terminal.settings().keys.master_key_file
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = MasterKey.create(file)
    except OSError as error:
        raise WrongInput(f"{file}: cannot be written: {error.strerror}") from error
    words = f"{file} holds the master key {made.id.hex()}.\nKeep a copy offline: without it nothing sealed can be read."
    terminal.say(words, {"file": str(file), "id": made.id.hex()})


@keys.command("list", epilog=EXIT_CODES)
@verb
def list_(terminal: Terminal) -> None:
    """The keys that sign tokens, newest first."""
    with terminal.open() as idp:
        now = idp.ports.now()
        found = signing.listed(idp)
        published = {key.kid for key in signing.published(idp, now)}
        current = signing.signing_key(idp, now).kid if found else None
    rows, told = [], []
    for key in found:
        state = "signs" if key.kid == current else "published" if key.kid in published else "retired"
        rows.append((key.kid, key.alg, f"{key.active_from:%Y-%m-%d %H:%M}Z", state))
        told.append({"kid": key.kid, "alg": key.alg, "active_from": key.active_from, "state": state})
    terminal.say(columns(rows, ("KEY", "ALGORITHM", "SIGNS FROM", "STATE")), told)


@keys.command(epilog=EXIT_CODES)
@click.option("--now", "at_once", is_flag=True, help="Sign with it at once: the old key may be in wrong hands.")
@verb
def rotate(terminal: Terminal, at_once: bool) -> None:
    """Make a new signing key; the old one stays published until nothing signed by it is alive."""
    with terminal.open() as idp:
        key = signing.rotate(idp, by=OPERATOR.subject_id, at_once=at_once)
    words = f"{key.kid} signs from {key.active_from:%Y-%m-%d %H:%M}Z on"
    terminal.say(words, {"kid": key.kid, "alg": key.alg, "active_from": key.active_from})
