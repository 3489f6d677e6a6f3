"""One decorator that guards an ASGI application: `@protect(verifier, audience="…", scope="…")`.

It works with whatever speaks ASGI (Starlette, FastAPI, Quart, Django), for a whole application or one mounted part of
it. The accepted token is `scope["token"]`. A refusal is answered here, with the challenge and its JSON. Other than
HTTP nothing is let through: a WebSocket without a token is closed.

Spec: RFC 6750 §2.1, §3; ASGI 3.0. Deliberately not here: tokens in the form body or the query (RFC 9700 §4.3.2).
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from datetime import timedelta
from functools import wraps
from typing import Any

from .errors import IssuerUnavailable, MissingToken, VerifyError
from .verifier import Verifier

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
_log = logging.getLogger(__name__)


def protect(
    verifier: Verifier,
    *,
    audience: str,
    scope: str | Iterable[str] = (),
    acr: str | None = None,
    max_age: timedelta | None = None,
) -> Callable[[Application], Application]:
    """Let a request through only with a token that `Verifier.verify` accepts; the arguments are the same."""
    if acr is not None and acr not in verifier.acr_order:  # at start, not at the first request
        raise ValueError(f"{acr!r} is not among {verifier.acr_order}")
    needed = scope if isinstance(scope, str) else tuple(scope)

    def guard(application: Application) -> Application:
        @wraps(application)
        async def guarded(connection: Scope, receive: Receive, send: Send) -> None:
            if connection["type"] == "lifespan":
                await application(connection, receive, send)
                return
            if connection["type"] != "http":
                await send({"type": "websocket.close", "code": 1008})
                return
            try:
                text = bearer(connection, audience)
                # In a thread: now and then keys are fetched, and the loop must not wait for them.
                token = await asyncio.to_thread(
                    verifier.verify, text, audience=audience, scope=needed, acr=acr, max_age=max_age
                )
            except VerifyError as error:
                await refuse(error, send)
                return
            await application({**connection, "token": token}, receive, send)

        return guarded

    return guard


def bearer(connection: Scope, realm: str) -> str:
    """The token of this request. Raises MissingToken, also when there are two. Spec: RFC 6750 §2.1."""
    found = [value for name, value in connection["headers"] if name.lower() == b"authorization"]
    scheme, _, token = (found[0] if len(found) == 1 else b"").decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise MissingToken(realm)
    return token.strip()


async def refuse(error: VerifyError, send: Send) -> None:
    """The answer to a token that was not accepted: status, challenge, JSON; the reason goes to the log only."""
    _log.info("token refused: %s (%s)", error.code, error.reason)
    body = json.dumps({"error": error.code, "error_description": str(error)}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    challenge = error.challenge()
    if challenge is not None:
        headers.append((b"www-authenticate", challenge.encode("latin-1", "replace")))
    if isinstance(error, IssuerUnavailable):
        headers.append((b"retry-after", str(int(error.retry_after.total_seconds())).encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
