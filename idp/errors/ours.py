"""What goes wrong on our own pages and behind them: proofs, policy, limits, people's and administrators' mistakes."""

from datetime import timedelta

from idp.errors.root import IdpError


class ShownError(IdpError):
    """Answered by our own page with 400: redirecting would be an open redirector. Spec: RFC 6749 §4.1.2.1."""

    status = 400
    code = "invalid_request"

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(detail or message)
        self.message = message


class ProofRejected(IdpError):
    """A password, code, key or name was not right. Which, and why, is in `detail`, for the log alone."""

    status = 400
    code = "proof_rejected"


class Ambiguous(ProofRejected):
    """A directory found more than one person by the name that was typed. Nobody is let in."""


class Refused(IdpError):
    """Policy said no. `reference` is the code on the page; `/why/<reference>` explains it to who may read it."""

    status = 403
    code = "access_denied"

    def __init__(self, reference: str, reasons: tuple[str, ...] = (), detail: str = "") -> None:
        super().__init__(detail)
        self.reference = reference
        self.reasons = reasons


class Throttled(IdpError):
    """Too much, too fast. Only machine endpoints tell `retry_after`."""

    status = 429
    code = "slow_down"

    def __init__(self, retry_after: timedelta, detail: str = "") -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Expired(IdpError):
    """The interaction is over: finished, timed out, or begun in another browser."""

    status = 410
    code = "expired"


class Forged(IdpError):
    """A form arrived without the token that this browser was given for this step, or from another origin."""

    status = 403
    code = "forged"


class Conflict(IdpError):
    """It changed since it was read (compare and set failed)."""

    status = 409
    code = "conflict"


class NotAllowed(IdpError):
    """This administrator has no such permission. The missing one is in `detail`."""

    status = 403
    code = "access_denied"


class NotFound(IdpError):
    """There is no such thing, or it is outside the administrator's branch: both read the same."""

    status = 404
    code = "not_found"


class Invalid(IdpError):
    """What was typed cannot be. `message` is shown: what is wrong and how to mend it."""

    status = 400
    code = "invalid"

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(detail or message)
        self.message = message


class Unavailable(IdpError):
    """Something we ask of the world did not answer. `what` names it for the page: a department, "store", "audit"."""

    status = 503
    code = "temporarily_unavailable"

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(detail)
        self.what = what


class Undeliverable(IdpError):
    """A letter that never will be: its address is refused for good, or no server takes our mail."""

    status = 500
    code = "server_error"
