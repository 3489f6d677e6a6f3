"""Access tokens: what one says, as a value that can be rendered and read again.

Spec: RFC 9068 §2 (claims and type), RFC 9470 §6.2 (acr, auth_time), RFC 8176 (amr). One audience each; nothing about
the person but what an API must decide by: no name, no mail. Deliberately not here: signatures (`idp.oidc.signing`),
and what may be in a token (`idp.flows`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from idp.errors import InvalidToken

TYPE = "at+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """One token. Times are whole seconds UTC.

    subject: whom it is about; the client itself for a machine. grade: the highest data grade that it opens.
    dept: of the post (or the machine). grant, sid, post: what it came from; None for a machine.
    cnf: what it is bound to (RFC 7800 §3.1). details: authorization details, as granted (RFC 9396 §9.1).
    degraded: their directory was away, and what is said of them is as old as the department allows; only when true.
    act, agreement: who acts for the subject, with whom they act for inside, and what allows it (RFC 8693 §4.1).
    """

    jti: str
    subject: str
    client_id: str
    audience: str
    scope: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    dept: str
    grade: int
    post: str | None = None
    sid: str | None = None
    grant: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    authenticated_at: datetime | None = None
    cnf: Mapping[str, str] | None = None
    details: tuple[Mapping[str, object], ...] = ()
    act: Mapping[str, object] | None = None
    agreement: str | None = None
    degraded: bool = False

    def render(self, issuer: str) -> dict[str, object]:
        """The claims. What does not apply is left out. Spec: RFC 9068 §2.2."""
        claims: dict[str, object] = {
            "iss": issuer,
            "sub": self.subject,
            "aud": self.audience,
            "client_id": self.client_id,
            "iat": int(self.issued_at.timestamp()),
            "exp": int(self.expires_at.timestamp()),
            "jti": self.jti,
            "dept": self.dept,
            "grade": self.grade,
        }
        if self.scope:
            claims["scope"] = " ".join(self.scope)
        if self.authenticated_at is not None:
            claims["auth_time"] = int(self.authenticated_at.timestamp())
        if self.amr:
            claims["amr"] = list(self.amr)
        if self.details:
            claims["authorization_details"] = list(self.details)
        for name in ("post", "sid", "grant", "acr", "cnf", "act", "agreement"):
            value = getattr(self, name)
            if value is not None:
                claims[name] = value
        if self.degraded:
            claims["degraded"] = True
        return claims


def read(claims: Mapping[str, object], issuer: str, now: datetime) -> AccessToken:
    """A proved token of ours that lives now.

    Raises: InvalidToken: another issuer's, over, or not what we make.
    Spec: RFC 9068 §4.
    """
    if claims.get("iss") != issuer:
        raise InvalidToken("the token is not valid", "iss")
    try:
        token = _read(claims)
    except (KeyError, TypeError) as error:
        raise InvalidToken("the token is not valid", f"claim {error}") from error
    if now >= token.expires_at:
        raise InvalidToken("the token has expired", "exp")
    return token


def _read(claims: Mapping[str, object]) -> AccessToken:
    """We signed these claims, so that their shapes are known; a missing one is a KeyError."""
    text = cast(Mapping[str, str], claims)
    number = cast(Mapping[str, int], claims)
    return AccessToken(
        jti=text["jti"],
        subject=text["sub"],
        client_id=text["client_id"],
        audience=text["aud"],
        scope=tuple(text.get("scope", "").split()),
        issued_at=moment(number["iat"]),
        expires_at=moment(number["exp"]),
        dept=text["dept"],
        grade=number["grade"],
        post=text.get("post"),
        sid=text.get("sid"),
        grant=text.get("grant"),
        acr=text.get("acr"),
        amr=tuple(cast(list[str], claims.get("amr", []))),
        authenticated_at=moment(number["auth_time"]) if "auth_time" in claims else None,
        cnf=cast(Mapping[str, str] | None, claims.get("cnf")),
        details=tuple(cast(list[Mapping[str, object]], claims.get("authorization_details", []))),
        act=cast(Mapping[str, object] | None, claims.get("act")),
        agreement=text.get("agreement"),
        degraded=claims.get("degraded") is True,
    )


def moment(seconds: int) -> datetime:
    """A NumericDate. Spec: RFC 7519 §2."""
    return datetime.fromtimestamp(seconds, UTC)
