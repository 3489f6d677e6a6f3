"""`python -m certification prepare …` and `python -m certification serve …`: see docs/howto/certification.md."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from werkzeug.serving import run_simple

from certification.approve import at_approval
from certification.bank import at_accounts, at_payments
from certification.prepare import SUITE, write
from config.load import load
from idp.app import build
from idp.flows.context import Idp
from idp.web.machine.answers import Answer, as_json, endpoint
from idp.web.machine.interaction_id import named

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/certification"


def application(idp: Idp) -> "WSGIApplication":
    """The hook and the API, below one prefix that the proxy sends here."""
    places: dict[str, WSGIApplication] = {
        f"{PREFIX}/approve": endpoint(partial(at_approval, idp), ("POST",), cors=False),
        f"{PREFIX}/accounts": named(endpoint(partial(at_accounts, idp), ("GET", "POST"), cors=False)),
        f"{PREFIX}/payments": named(endpoint(partial(at_payments, idp), ("GET", "POST"), cors=False)),
    }
    nowhere = endpoint(_nowhere, ("GET", "POST"), cors=False)

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> object:
        return places.get(environ.get("PATH_INFO", ""), nowhere)(environ, start)

    return answer  # type: ignore[return-value]


def _nowhere(environ: "WSGIEnvironment") -> Answer:
    return as_json({"error": "invalid_request"}, 400)


@click.group()
def main() -> None:
    """What conformance runs need beside the server."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--suite", default=SUITE, show_default=True, help="Where the suite is.")
@click.option("--alias", default="gerege", show_default=True, help="The alias of the suite's test plans.")
def prepare(folder: Path, suite: str, alias: str) -> None:
    """Write the plan for one suite, with new keys, secrets, passwords and client certificates beside it."""
    click.echo(write(folder, suite.rstrip("/"), alias))


@main.command()
@click.option("--config", type=click.Path(path_type=Path, exists=True), required=True, help="The server's settings.")
@click.option("--port", default=8010, show_default=True)
def serve(config: Path, port: int) -> None:
    """Serve the approval hook and the API on loopback, beside a server that runs with these settings."""
    settings = load(config, {name: value for name, value in os.environ.items() if name != "GEREGE_CONFIG"})
    if settings.mode == "production":
        raise click.ClickException('this speaks for people: it never runs beside production (mode = "demonstration")')
    run_simple("127.0.0.1", port, application(build(settings)), threaded=True)


if __name__ == "__main__":
    main(prog_name="python -m certification")
