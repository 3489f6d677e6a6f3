"""A registered issuer vouches for a person by a signed assertion; the application gets a token for one API.

What an assertion opens is narrow: this issuer's listed people, of one department, through listed applications, for
listed permissions, and of these what policy allows at the lowest assurance from no known place. A session of its own
stands behind it, so that the person sees it and can end it, and an administrator too.
Spec: RFC 7523 §2.1, §3, §3.1; RFC 7521 §4.1. Deliberately not here: refresh tokens, ID tokens.
"""

from datetime import datetime, timedelta

from idp.errors import InvalidRequest, InvalidScope, UnauthorizedClient
from idp.flows import client_keys
from idp.flows.context import Idp, hash_of
from idp.flows.grants.kind import Call, Claim, GrantType, Rejected, Renewal
from idp.flows.origin import Origin
from idp.model import AAL1, Grant, Session, Standing, TrustedIssuer
from idp.oidc import assertion_grant, audiences
from idp.oidc.jose import JoseError
from idp.ports import Tx

_INVALID = "the assertion is not valid"


def redeem(idp: Idp, call: Call) -> Claim:
    """Prove the assertion, spend it, and find the person whom it names."""
    if call.client.is_public:
        raise UnauthorizedClient("a public client cannot present assertions")
    token = call.asked.get("assertion")
    if token is None:
        raise InvalidRequest("assertion is missing")
    issuer, said = _proved(idp, call, token)
    standing = _person(idp, call, issuer, said)
    _spend(idp, call, issuer, said)
    scopes = _scopes(call, issuer)
    audience = audiences.chosen(call.asked, scopes, call.client, call.configuration, idp.issuer, None)
    origin = _origin(idp, call, issuer, standing, scopes, audience, said.ends)
    return Claim(origin, scopes, audience, "sign-in", ends=said.ends)


def renew(idp: Idp, call: Call, claim: Claim) -> Renewal:
    """No refresh token; the session and the grant are written with the answer's event."""
    origin = claim.origin
    if origin is None:
        return Renewal()

    def write(tx: Tx) -> None:
        tx.sessions.add(origin.session)
        tx.grants.add(origin.grant)

    return Renewal(None, write)


def _proved(idp: Idp, call: Call, token: str) -> tuple[TrustedIssuer, assertion_grant.Said]:
    """One sentence whatever is wrong."""
    try:
        named = assertion_grant.issuer_of(token)
        issuer = call.configuration.issuers.get(named)
        if issuer is None or call.client.id not in issuer.clients:
            raise JoseError(f"{call.client.id} may not present assertions of {named[:80]!r}")
        keys = client_keys.of(idp, issuer, kid=assertion_grant.kid_of(token))
        return issuer, assertion_grant.verify(token, keys, issuer, idp.issuer, call.now)
    except JoseError as error:
        raise Rejected(_INVALID, str(error)) from error


def _person(idp: Idp, call: Call, issuer: TrustedIssuer, said: assertion_grant.Said) -> Standing:
    identifier = issuer.subjects.get(said.subject)
    subject = idp.ports.truth.people.find(identifier, issuer.department_id) if identifier else None
    standing = idp.ports.truth.people.standing(subject.id, call.now) if subject and not subject.disabled else None
    if standing is None:
        raise Rejected(_INVALID, f"{issuer.issuer} names nobody who may be here")
    return standing


def _spend(idp: Idp, call: Call, issuer: TrustedIssuer, said: assertion_grant.Said) -> None:
    life = said.ends - call.now + assertion_grant.SKEW
    if not idp.ports.brief.spend("assertion", hash_of(f"{issuer.issuer}\n{said.jti}"), life):
        raise Rejected(_INVALID, f"{issuer.issuer} sent this assertion before")


def _scopes(call: Call, issuer: TrustedIssuer) -> tuple[str, ...]:
    """Permissions that the issuer is trusted for and the application is registered for."""
    registered = call.configuration.permissions_of(call.client)
    wanted = call.asked.words("scope")
    if not wanted or not set(wanted) <= (registered.keys() & issuer.scopes):
        raise InvalidScope("ask for permissions that this issuer is trusted for")
    return wanted


def _origin(
    idp: Idp,
    call: Call,
    issuer: TrustedIssuer,
    standing: Standing,
    scopes: tuple[str, ...],
    audience: str,
    ends: datetime,
) -> Origin:
    """A session that no cookie opens: nobody was seen, so it is at the lowest assurance and from nowhere."""
    session = Session(
        id_hash=hash_of(idp.token()),
        sid=idp.id("sid"),
        subject_id=standing.subject.id,
        post_id=standing.post.id,
        created_at=call.now,
        authenticated_at=call.now,
        last_seen_at=call.now,
        expires_at=ends,
        idle_limit=timedelta(hours=1),
        proofs=(),
        acr=AAL1,
        amr=(),
        device_hash=None,
        network=call.presented.network,
        country=None,
        asn=None,
        browser=issuer.issuer,
    )
    grant = Grant(
        id=idp.id("grant"),
        subject_id=standing.subject.id,
        client_id=call.client.id,
        post_id=standing.post.id,
        sid=session.sid,
        scopes=scopes,
        audience=audience,
        acr=AAL1,
        amr=(),
        authenticated_at=call.now,
        created_at=call.now,
    )
    return Origin(call.client, grant, session, standing.subject)


JWT_BEARER = GrantType(redeem, renew)
