"""How an answer goes back to the application: in the query, by a form, or as one signed JWT in either.

Spec: RFC 6749 §4.1.2, RFC 9207 §2 (`iss` always), OAuth 2.0 Form Post Response Mode, JARM §2.1, §2.3. Deliberately not
here: the signature of the JWT, and fragments, which every script of a page could read.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from idp.errors import OAuthError
from idp.model import AuthorizationRequest

MODES = ("query", "form_post", "jwt", "query.jwt", "form_post.jwt")
TYPE = "JWT"
LIFE = timedelta(minutes=5)
"""Of an answer as a JWT. JARM §2.1 recommends ten minutes at most; the code in it lives a minute."""


@dataclass(frozen=True, slots=True)
class AuthorizationAnswer:
    """Fields for a validated redirect URI."""

    redirect_uri: str
    response_mode: str
    fields: tuple[tuple[str, str], ...]

    @property
    def wants_jwt(self) -> bool:
        """Whether it may only leave as a JWT: `sealed` is what the application gets."""
        return self.response_mode.endswith("jwt")

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


def claims(answer: AuthorizationAnswer, issuer: str, client_id: str, now: datetime) -> dict[str, object]:
    """What the JWT says: the fields, for this client alone and for a few minutes. Spec: JARM §2.1."""
    return {**dict(answer.fields), "iss": issuer, "aud": client_id, "exp": int((now + LIFE).timestamp())}


def sealed(answer: AuthorizationAnswer, compact: str) -> AuthorizationAnswer:
    """The same answer as a JWT, in the query or by a form. Spec: JARM §2.3: `jwt` is the query's for a code."""
    mode = "form_post" if answer.response_mode == "form_post.jwt" else "query"
    return replace(answer, response_mode=mode, fields=(("response", compact),))
