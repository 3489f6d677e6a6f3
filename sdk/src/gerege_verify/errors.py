"""What can be wrong with a token, and the exact words that tell the caller.

`str(error)` and `challenge()` are safe to send to strangers. `reason` says which check failed, for the log only.

Spec: RFC 6750 §3, RFC 9470 §3. Deliberately not here: anything about HTTP frameworks.
"""

from datetime import timedelta


class VerifyError(Exception):
    """The root: a token that was not accepted.

    VerifyError
    ├── MissingToken                      401, a bare challenge
    ├── InvalidToken                      401 invalid_token
    │   └── ExpiredToken
    ├── InsufficientUserAuthentication    401 insufficient_user_authentication
    ├── InsufficientScope                 403 insufficient_scope
    └── IssuerUnavailable                 503, no challenge: the caller did nothing wrong
    """

    status = 401
    code = "invalid_token"
    description = "The access token is not valid"

    def __init__(self, reason: str = "") -> None:
        super().__init__(self.description)
        self.reason = reason

    def challenge(self) -> str | None:
        """The value of `WWW-Authenticate`; None when no header belongs on the answer. Spec: RFC 6750 §3."""
        return _bearer(error=self.code, error_description=self.description, **self._parameters())

    def _parameters(self) -> dict[str, str]:
        return {}


class MissingToken(VerifyError):
    """No bearer token came with the request. Spec: RFC 6750 §3.1, last paragraph: no error code is sent."""

    code = "missing_token"
    description = "An access token is required"

    def __init__(self, realm: str = "api") -> None:
        super().__init__("no bearer token")
        self.realm = realm

    def challenge(self) -> str:
        return _bearer(realm=self.realm)


class InvalidToken(VerifyError):
    """Malformed, forged, revoked, or of another issuer, audience or type. Spec: RFC 6750 §3.1."""


class ExpiredToken(InvalidToken):
    """The token was good and its time is over. Spec: RFC 6750 §3.1."""

    description = "The access token expired"


class InsufficientScope(VerifyError):
    """The token is good and does not carry a needed permission. Spec: RFC 6750 §3.1."""

    status = 403
    code = "insufficient_scope"
    description = "The request needs a permission that the access token does not carry"

    def __init__(self, needed: frozenset[str]) -> None:
        super().__init__("scope")
        self.needed = needed

    def _parameters(self) -> dict[str, str]:
        return {"scope": " ".join(sorted(self.needed))}


class InsufficientUserAuthentication(VerifyError):
    """The person must prove more, or again. The challenge names all that is demanded. Spec: RFC 9470 §3."""

    code = "insufficient_user_authentication"
    description = "A stronger or more recent sign-in is required"

    def __init__(self, acr_values: tuple[str, ...] = (), max_age: timedelta | None = None, reason: str = "") -> None:
        super().__init__(reason)
        self.acr_values = acr_values
        self.max_age = max_age

    def _parameters(self) -> dict[str, str]:
        parameters = {}
        if self.acr_values:
            parameters["acr_values"] = " ".join(self.acr_values)
        if self.max_age is not None:
            parameters["max_age"] = str(int(self.max_age.total_seconds()))
        return parameters


class IssuerUnavailable(VerifyError):
    """The issuer's keys cannot be had and none that we hold may still be used: neither a yes nor a no."""

    status = 503
    code = "temporarily_unavailable"
    description = "The identity provider cannot be reached"
    retry_after = timedelta(seconds=5)

    def challenge(self) -> None:
        return None


def _bearer(**parameters: str) -> str:
    """`Bearer name="value", …`, each value a quoted-string. Spec: RFC 9110 §5.6.4, §11.6.1."""
    return "Bearer " + ", ".join(f'{name}="{_quoted(value)}"' for name, value in parameters.items())


def _quoted(value: str) -> str:
    # Control characters would split the header; RFC 6750 §3 allows none of them in any parameter.
    printable = "".join(character for character in value if " " <= character <= "~")
    return printable.replace("\\", "\\\\").replace('"', '\\"')
