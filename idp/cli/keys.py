"""`gerege keys`: the master key that seals, and the keys that sign."""

from datetime import datetime
from pathlib import Path

import click

from adapters.master_key import MasterKey
from idp.cli.terminal import EXIT_CODES, Terminal, WrongInput, columns, verb
from idp.flows import keys as signing
from idp.flows.admin.scope import OPERATOR
from idp.flows.context import Idp
from idp.model import SigningKey
from idp.oidc.signing import ALGS
from idp.oidc.signing.signer import OUTSIDE


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
        now, found = idp.ports.now(), signing.listed(idp)
        told = [_told(idp, key, now) for key in found]
        rows = [(key.kid, key.alg, signing.state(idp, key, now), *_times(key)) for key in found]
    terminal.say(columns(rows, ("KEY", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL")), told)


@keys.command(epilog=EXIT_CODES)
@click.option("--alg", type=click.Choice(ALGS), help="Of one algorithm; without it, of each that has a key.")
@click.option(
    "--at-once",
    is_flag=True,
    help="The old keys may be in wrong hands: they leave the key set and what they signed is believed no more. "
    "Everybody signs in again. Needs --reason.",
)
@click.option("--reason", help="Why; kept in the log.")
@verb
def rotate(terminal: Terminal, alg: str | None, at_once: bool, reason: str | None) -> None:
    """Make new signing keys; the old ones stay published until nothing signed by them is alive."""
    if at_once and not (reason or "").strip():
        raise WrongInput("--at-once needs --reason: it ends every token of the old keys, and the log says why")
    with terminal.open() as idp:
        if alg is not None and alg not in idp.ports.keys.algs:
            raise WrongInput(f"--alg: no {alg} key can be made here, only {', '.join(idp.ports.keys.algs)}")
        made = [
            signing.rotate(idp, by=OPERATOR.subject_id, alg=one, at_once=at_once, reason=reason)
            for one in ([alg] if alg else signing.offered(idp))
        ]
    words = [f"{key.kid} ({key.alg}) signs from {key.active_from:%Y-%m-%d %H:%M}Z on" for key in made]
    terminal.say("\n".join(words), [{"kid": key.kid, "alg": key.alg, "active_from": key.active_from} for key in made])


def _told(idp: Idp, key: SigningKey, now: datetime) -> dict[str, object]:
    return {
        "kid": key.kid,
        "alg": key.alg,
        "state": signing.state(idp, key, now),
        "active_from": key.active_from,
        "retired_at": key.retired_at,
        "in_token": key.private.reveal().startswith(OUTSIDE),
    }


def _times(key: SigningKey) -> tuple[str, str]:
    until = "" if key.retired_at is None else f"{key.retired_at:%Y-%m-%d %H:%M}Z"
    return f"{key.active_from:%Y-%m-%d %H:%M}Z", "" if key.revoked else until
