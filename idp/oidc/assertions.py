"""A client's signed word that it is the client, for us alone, once, and for a moment.

Spec: RFC 7521 §4.2, RFC 7523 §3, draft-ietf-oauth-rfc7523bis §4 (the audience is the issuer as one text), OIDC Core §9,
FAPI 2.0 SP §5.3.2.1. Deliberately not here: where keys come from, and remembering what was spent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from idp.model import Client
from idp.oidc.jose import JoseError, jws
from idp.oidc.jose.jwk import PublicKey
from idp.oidc.jose.jws import Unverified
from idp.oidc.profiles import rules_of
from idp.secret import Secret

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPS: Final = frozenset({"", "jwt", "client-authentication+jwt"})
LONGEST_LIFE = timedelta(hours=1)
SKEW = timedelta(seconds=30)
"""How far clocks may differ: 8 seconds are met in practice, a minute is refused."""
LONGEST_JTI = 256


@dataclass(frozen=True, slots=True)
class Said:
    """A proved assertion that must be spent. `life`: for how long it could come again."""

    jti: str
    life: timedelta


def client_of(assertion: Unverified) -> str:
    """Whom it names. Raises JoseError: nobody, or two. Spec: RFC 7523 §3 (iss and sub are the client_id)."""
    issuer, subject = assertion.claims.get("iss"), assertion.claims.get("sub")
    if not isinstance(issuer, str) or not issuer or issuer != subject:
        raise JoseError("iss and sub are not one client")
    return issuer


def is_symmetric(assertion: Unverified) -> bool:
    """Whether a shared secret must prove it: no public key is ever tried on it, and no secret on another."""
    return assertion.alg in jws.HMACS


def verify_signed(assertion: Unverified, keys: Sequence[PublicKey], client: Client, issuer: str, now: datetime) -> Said:
    """By one of the client's public keys. Raises JoseError. Spec: RFC 7523 §3."""
    algs = _algs(client) - jws.HMACS.keys()
    return _said(jws.verify(assertion, keys, algs, TYPS), client, issuer, now)


def verify_shared(
    assertion: Unverified, secrets: Iterable[Secret[str]], client: Client, issuer: str, now: datetime
) -> Said:
    """By one of the secrets that it shares with us. Raises JoseError. Spec: OIDC Core §9 (client_secret_jwt)."""
    algs = _algs(client) & jws.HMACS.keys()
    problem = JoseError("no secret is kept")
    for secret in secrets:
        try:
            claims = jws.verify_hmac(assertion, secret.reveal().encode(), algs, TYPS)
        except JoseError as error:
            problem = error
        else:
            return _said(claims, client, issuer, now)
    raise problem


def _algs(client: Client) -> frozenset[str]:
    """As its profile allows, and as it registered. Spec: OIDC Registration §2."""
    registered = client.token_endpoint_auth_signing_alg
    allowed = rules_of(client).algs
    return allowed & {jws.SAME.get(registered, registered)} if registered else allowed


def _said(claims: Mapping[str, object], client: Client, issuer: str, now: datetime) -> Said:
    """Spec: RFC 7523 §3, in its order."""
    _audience(claims.get("aud"), client, issuer)
    ends = _moment(claims, "exp", now)
    if ends is None or not -SKEW < ends - now <= LONGEST_LIFE + SKEW:
        raise JoseError("exp is missing, over, or more than an hour ahead")
    begins, issued = _moment(claims, "nbf", now), _moment(claims, "iat", now)
    if any(one is not None and one - now > SKEW for one in (begins, issued)):
        raise JoseError("nbf or iat lies ahead")
    if issued is not None and issued > ends:
        raise JoseError("it ends before it was issued")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
        raise JoseError("jti is missing or too long")
    return Said(jti, ends - now + SKEW)


def _audience(aud: object, client: Client, issuer: str) -> None:
    """The issuer, as one text: what was meant for another server, or for several, is not for us."""
    if aud == issuer:
        return
    if client.lenient_assertion_audience and rules_of(client).lenient_audience:
        listed = aud if isinstance(aud, list) else [aud]
        if issuer in listed or f"{issuer}/token" in listed:
            return
    raise JoseError(f"aud is {str(aud)[:80]!r}")


def _moment(claims: Mapping[str, object], name: str, now: datetime) -> datetime | None:
    """A NumericDate. Raises JoseError: not a number, or beyond any calendar. Spec: RFC 7519 §2."""
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise JoseError(f"{name} is not a number")
    try:
        return datetime.fromtimestamp(value, now.tzinfo)
    except (OverflowError, ValueError, OSError) as error:
        raise JoseError(f"{name} is no time") from error
