"""Where applications leave their authorization requests. Spec: RFC 9126 §2. Deliberately not here: any rules."""

from typing import TYPE_CHECKING

from idp.flows.context import Idp
from idp.flows.push import push
from idp.web.machine.answers import Answer, as_json
from idp.web.machine.presented import presented

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def at_par(idp: Idp, environ: "WSGIEnvironment") -> Answer:
    """Spec: RFC 9126 §2.2."""
    found = push(idp, presented(idp, environ))
    return as_json({"request_uri": found.request_uri, "expires_in": found.expires_in}, 201)
