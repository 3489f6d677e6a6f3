"""Pages that call with `credentials: "include"`, as keycloak-js does: a browser then takes no `*`, but their origin.

Only origins of registered public clients are named; everybody else's pages go on with `*`, for which a browser sends
nothing that it holds. The endpoint behind knows no cookies, so that nothing of the browser's is believed here either.
Spec: Fetch §3.2.5 (CORS protocol and credentials), RFC 9110 §12.5.5 (Vary).
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from idp.flows.context import Idp
from idp.oidc.redirects import origin_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ANY = ("Access-Control-Allow-Origin", "*")
VARY = ("Vary", "Origin")


def credentialed(idp: Idp, endpoint: "WSGIApplication") -> "WSGIApplication":
    """The same endpoint, whose answers pages of public clients may read when they call with credentials too."""

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or origin not in _origins(idp, idp.ports.truth.configuration().epoch):
            return endpoint(environ, start)
        named = (("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"))

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start(status, [*(one for one in headers if one != ANY), *named, VARY], *more)

        return endpoint(environ, begin)

    return answer


@lru_cache(maxsize=8)
def _origins(idp: Idp, epoch: int) -> frozenset[str]:
    """Where the pages of public clients come from. `epoch` is part of what it is kept under."""
    clients = idp.ports.truth.configuration().clients.values()
    public = (one for one in clients if one.auth_method == "none" and not one.disabled)
    return frozenset(origin_of(uri) for one in public for uri in one.redirect_uris)
