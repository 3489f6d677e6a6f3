"""`gerege fido`: FIDO metadata, imported from a file, and models of authenticators that are recalled."""

from pathlib import Path

import click

from adapters import fido as metadata
from idp.cli.person import reason_option
from idp.cli.terminal import EXIT_CODES, Terminal, WrongInput, columns, verb
from idp.flows.admin import models
from idp.flows.admin.models import Seen
from idp.flows.admin.scope import OPERATOR

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(epilog=EXIT_CODES)
def fido() -> None:
    """Models of security keys and other authenticators, by FIDO metadata."""


@fido.command("import", epilog=EXIT_CODES)
@click.argument("blob", type=FILE)
@click.option("--root", required=True, type=FILE, help="The root certificate that is trusted for it (PEM or DER).")
@click.option("--signer", default=metadata.SIGNER, show_default=True, help="DNS name in the signing certificate.")
@reason_option
@verb
def import_(terminal: Terminal, blob: Path, root: Path, signer: str, reason: str) -> None:
    """Import BLOB, the signed metadata as it was downloaded. Bad entries are left out and told; nothing is fetched."""
    with terminal.open() as idp:
        try:
            told = metadata.read(blob.read_bytes(), root.read_bytes(), idp.ports.now(), signer)
        except metadata.WrongMetadata as wrong:
            raise WrongInput(f"{blob}: {wrong}") from wrong
        taken = models.take(idp, OPERATOR, told, reason)
    words = [f"metadata number {told.serial}, due {told.due}: {len(told.models)} models, {taken.changed} changed"]
    words += [f"RECALLED {one.name} ({one.aaguid}): {', '.join(one.statuses)}" for one in taken.recalled]
    words += [f"left out entry {one.place} ({one.called}): {one.problem}" for one in told.refused]
    facts = {
        "serial": told.serial,
        "due": str(told.due),
        "models": len(told.models),
        "changed": taken.changed,
        "recalled": [one.aaguid for one in taken.recalled],
        "refused": [{"entry": one.place, "called": one.called, "problem": one.problem} for one in told.refused],
    }
    terminal.say("\n".join(words), facts)


@fido.command("list", epilog=EXIT_CODES)
@click.argument("query", default="")
@verb
def list_(terminal: Terminal, query: str) -> None:
    """Models that are recalled or that somebody holds; with QUERY, all whose name or AAGUID has it."""
    with terminal.open() as idp:
        found = models.listed(idp, OPERATOR, query)
    rows = [
        (one.model.aaguid, one.model.name, str(one.holders), "recalled" if one.model.recalled_at else "trusted")
        for one in found
    ]
    terminal.say(columns(rows, ("AAGUID", "MODEL", "HOLDERS", "STATE")), [_told(one) for one in found])


@fido.command(epilog=EXIT_CODES)
@click.argument("aaguid")
@verb
def show(terminal: Terminal, aaguid: str) -> None:
    """One model: its status, and while it is recalled who still holds one."""
    with terminal.open() as idp:
        seen = models.shown(idp, OPERATOR, aaguid)
    model = seen.model
    words = [f"{model.name} ({model.aaguid}): {', '.join(model.statuses) or 'no status'}", f"holders: {seen.holders}"]
    if model.recalled_at is not None:
        words.append(f"recalled {model.recalled_at:%Y-%m-%d %H:%M}Z; {seen.replaced} have another passkey")
        words += [f"  {one.subject.id} {'replaced' if one.replaced else 'open'}" for one in seen.people]
    people = [{"subject": one.subject.id, "replaced": one.replaced} for one in seen.people]
    terminal.say("\n".join(words), _told(seen) | {"people": people})


@fido.command(epilog=EXIT_CODES)
@click.argument("aaguid")
@reason_option
@verb
def recall(terminal: Terminal, aaguid: str, reason: str) -> None:
    """Trust this model no more: its holders are told, and asked for another way at their next sign-in."""
    with terminal.open() as idp:
        holders = models.recall(idp, OPERATOR, aaguid, reason)
    terminal.say(f"{aaguid} is recalled; {holders} hold it", {"aaguid": aaguid, "recalled": True, "holders": holders})


@fido.command(epilog=EXIT_CODES)
@click.argument("aaguid")
@reason_option
@verb
def restore(terminal: Terminal, aaguid: str, reason: str) -> None:
    """Trust it again."""
    with terminal.open() as idp:
        models.restore(idp, OPERATOR, aaguid, reason)
    terminal.say(f"{aaguid} is trusted again", {"aaguid": aaguid, "recalled": False})


def _told(seen: Seen) -> dict[str, object]:
    model = seen.model
    return {
        "aaguid": model.aaguid,
        "name": model.name,
        "statuses": list(model.statuses),
        "hardware": model.hardware,
        "recalled_at": model.recalled_at,
        "serial": model.serial,
        "holders": seen.holders,
        "replaced": seen.replaced,
    }
