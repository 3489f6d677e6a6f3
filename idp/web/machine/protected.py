"""An API of ours says what it is and where to get a token for it: its document, and the way there in every refusal.

Spec: RFC 9728 §2, §3.1, §5.1. Deliberately not here: the APIs of others, which publish their own.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from idp.flows.context import Idp
from idp.oidc.discovery import WELL_KNOWN_RESOURCE

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def protected(idp: Idp, endpoint: "WSGIApplication") -> "WSGIApplication":
    """The same endpoint, whose challenges also say where its document is."""
    there = f'resource_metadata="{idp.issuer}{WELL_KNOWN_RESOURCE}"'

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            # Ends the last challenge, which has parameters of its own. Spec: RFC 9110 §11.6.1.
            told = [(name, f"{value}, {there}" if name == "WWW-Authenticate" else value) for name, value in headers]
            return start(status, told, *more)

        return endpoint(environ, begin)

    return answer
