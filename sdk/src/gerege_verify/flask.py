"""One decorator that guards a Flask view: `@protect(verifier, audience="…", scope="…")`.

The accepted token is `flask.g.token`. A refusal is answered here, with the challenge and its JSON.

Spec: RFC 6750 §2.1, §3. Deliberately not here: tokens in the form body or the query (RFC 9700 §4.3.2), cookies.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec

from flask import Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from .errors import IssuerUnavailable, MissingToken, VerifyError
from .verifier import Verifier

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


def protect(
    verifier: Verifier,
    *,
    audience: str,
    scope: str | Iterable[str] = (),
    acr: str | None = None,
    max_age: timedelta | None = None,
) -> Callable[[View[P]], View[P]]:
    """Let a request through only with a token that `Verifier.verify` accepts; the arguments are the same."""
    if acr is not None and acr not in verifier.acr_order:  # at start, not at the first request
        raise ValueError(f"{acr!r} is not among {verifier.acr_order}")
    needed = scope if isinstance(scope, str) else tuple(scope)

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            try:
                g.token = verifier.verify(bearer(audience), audience=audience, scope=needed, acr=acr, max_age=max_age)
            except VerifyError as error:
                return refuse(error)
            return view(*args, **kwargs)

        return guarded

    return guard


def bearer(realm: str) -> str:
    """The token of this request. Raises MissingToken. Spec: RFC 6750 §2.1; the scheme's case does not matter."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise MissingToken(realm)
    return token.strip()


def refuse(error: VerifyError) -> Response:
    """The answer to a token that was not accepted: status, challenge, JSON; the reason goes to the log only."""
    current_app.logger.info("token refused: %s (%s)", error.code, error.reason)
    answer = jsonify(error=error.code, error_description=str(error))
    answer.status_code = error.status
    answer.headers["Cache-Control"] = "no-store"
    challenge = error.challenge()
    if challenge is not None:
        answer.headers["WWW-Authenticate"] = challenge
    if isinstance(error, IssuerUnavailable):
        answer.headers["Retry-After"] = str(int(error.retry_after.total_seconds()))
    return answer
