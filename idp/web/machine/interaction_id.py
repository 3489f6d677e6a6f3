"""`x-fapi-interaction-id`: one name for a call of an API, in both sides' logs.

Spec: FAPI 2.0 Implementation and Deployment Advice, FAPI 1.0 Baseline §6.2.1 (11): echoed, or made when there is none.
A wrapper for any WSGI endpoint that is a resource. Only what has a UUID's form is echoed: nothing else comes back.
"""

import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "x-fapi-interaction-id"
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def interaction_id(sent: str | None) -> str:
    """The one that was sent, when it is one; else a new one. Spec: RFC 9562 §4."""
    return sent if sent is not None and _UUID.fullmatch(sent) else str(uuid.uuid4())


def named(endpoint: "WSGIApplication") -> "WSGIApplication":
    """The same endpoint, with the id of the call in every answer, errors too."""

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        header = (HEADER, interaction_id(environ.get("HTTP_X_FAPI_INTERACTION_ID")))

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start(status, [*headers, header], *more)

        return endpoint(environ, begin)

    return answer
