"""How an answer goes back to the application.

Spec: RFC 6749 §4.1.2, RFC 9207 §2 (`iss` always), OAuth 2.0 Form Post Response Mode.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from idp.errors import OAuthError
from idp.model import AuthorizationRequest


@dataclass(frozen=True, slots=True)
class AuthorizationAnswer:
    """Fields for a validated redirect URI."""

    redirect_uri: str
    response_mode: str
    fields: tuple[tuple[str, str], ...]

    @property
    def location(self) -> str:
        """The redirect URI with the fields in its query; a query that it has is kept (RFC 6749 §3.1.2)."""
        parts = urlsplit(self.redirect_uri)
        query = "&".join(part for part in (parts.query, urlencode(self.fields, quote_via=quote)) if part)
        return urlunsplit(parts._replace(query=query))


def success(request: AuthorizationRequest, issuer: str, code: str) -> AuthorizationAnswer:
    """Spec: RFC 6749 §4.1.2."""
    return _answer(request.redirect_uri, request.response_mode, issuer, request.state, (("code", code),))


def failure(
    redirect_uri: str, response_mode: str, state: str | None, issuer: str, error: OAuthError
) -> AuthorizationAnswer:
    """Spec: RFC 6749 §4.1.2.1. Only the registered code and our own ASCII words leave."""
    fields = [("error", error.code)]
    if error.description:
        fields.append(("error_description", error.description))
    return _answer(redirect_uri, response_mode, issuer, state, tuple(fields))


def _answer(
    redirect_uri: str, mode: str, issuer: str, state: str | None, fields: tuple[tuple[str, str], ...]
) -> AuthorizationAnswer:
    extra = (("state", state),) if state is not None else ()
    return AuthorizationAnswer(redirect_uri, mode, (*fields, *extra, ("iss", issuer)))
