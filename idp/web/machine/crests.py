"""Crests of departments, as bare WSGI: pictures that browsers keep for a year.

What is served was checked when it was read (`adapters.connectors.crest`); should anything have slipped through, its own
policy lets it do nothing, opened by itself as well: no script, no style, nothing fetched, an origin of its own.
Spec: RFC 9111 §5.2, RFC 8246, CSP Level 3 §6.3.2 (`sandbox`). A path is looked up in a dict, so no path walks anywhere.
"""

from typing import TYPE_CHECKING

from idp.flows.context import Idp
from idp.web.crests import crest_of
from idp.web.machine.answers import Answer, Respond

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

HEADERS = (
    ("Content-Type", "image/svg+xml"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ("Cache-Control", "public, max-age=31536000, immutable"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_NONE = Answer(404, headers=(("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")))


def crests(idp: Idp) -> Respond:
    """Answers with the crests in force; the dict is made anew when the configuration moves."""
    made: tuple[int, dict[str, Answer]] = (-1, {})

    def respond(environ: "WSGIEnvironment") -> Answer:
        nonlocal made
        now = idp.ports.truth.configuration()
        if made[0] != now.epoch:
            shown = [(crest_of(one), one.crest) for one in now.departments.values()]
            found = {path: Answer(200, crest.encode(), HEADERS) for path, crest in shown if path and crest}
            made = (now.epoch, found)
        return made[1].get(environ.get("PATH_INFO", ""), _NONE)

    return respond
