"""The token endpoint: authenticate the client, pick the grant, redeem, decide by policy, mint, write, answer.

The phases are here, in this order, for every grant type; a grant type only fills in what differs. What is presented is
spent before anything is minted; the event is written with what it tells of, or the answer does not leave.
Spec: RFC 6749 §3.2, §5; RFC 9068; OIDC Core §3.1.3, §12. Deliberately not here: HTTP.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.errors import InvalidGrant, InvalidRequest, InvalidScope, OAuthError, UnauthorizedClient, UnsupportedGrantType
from idp.events import TokensIssued
from idp.flows import delegations, entitlement, opaque, refusals, subjects
from idp.flows.client_proof import prove
from idp.flows.context import Idp, base64url
from idp.flows.entitlement import Entitled
from idp.flows.grants import GRANTS
from idp.flows.grants.kind import Call, Claim, GrantType, Rejected, Renewal, Replayed
from idp.flows.keys import signed, told
from idp.flows.presented import Presented
from idp.model import Client, Detail
from idp.oidc import claims, claims_request, confirmation, details, id_token, tokens
from idp.oidc.authorization_request import Asked
from idp.oidc.confirmation import Cnf
from idp.oidc.tokens import AccessToken

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """Spec: RFC 6749 §5.1. `expires_in` in seconds."""

    access_token: str
    expires_in: int
    scope: str
    id_token: str | None = None
    refresh_token: str | None = None
    issued_token_type: str | None = None
    """Of an exchange alone. Spec: RFC 8693 §2.2.1."""
    token_type: str = "Bearer"  # noqa: S105
    details: tuple[Detail, ...] = ()
    """Spec: RFC 9396 §7."""


def token(idp: Idp, presented: Presented) -> TokenAnswer:
    """Answer one token request.

    Raises:
        OAuthError: with a code of RFC 6749 §5.2. Unavailable: a store did not answer; nothing was issued.
    """
    configuration = idp.ports.truth.configuration()
    asked = presented.asked()
    caller = prove(idp, presented, asked)
    name, kind = _kind(asked, caller.client)
    # Before anything is spent: whoever forgot the proof of a key may come again with it.
    cnf = confirmation.confirmation(caller.client, caller.jkt, presented.certificate)
    call = Call(caller.client, asked, configuration, idp.ports.now(), presented, caller.jkt)
    try:
        return _issue(idp, call, name, kind, cnf)
    except Replayed as error:
        refusals.replayed(idp, call, error)
        raise
    except Rejected as error:
        refusals.rejected(idp, call, name, error.detail, error.grant_id)
        raise


def _kind(asked: Asked, client: Client) -> tuple[str, GrantType]:
    name = asked.get("grant_type")
    if name is None:
        raise InvalidRequest("grant_type is missing")
    if name not in GRANTS:
        raise UnsupportedGrantType("this grant type is not supported")
    if name not in client.grant_types:
        raise UnauthorizedClient("this client may not use that grant type")
    return name, GRANTS[name]


def _issue(idp: Idp, call: Call, name: str, kind: GrantType, cnf: Cnf | None) -> TokenAnswer:
    claim = kind.redeem(idp, call)
    wanted = _details(call, claim)
    entitled = _entitled(idp, call, claim, wanted)
    if not entitled.allowed:
        raise _denied(idp, call, name, claim, entitled)
    if not entitled.scopes and (claim.origin is None or claim.ends is not None):
        raise InvalidScope("none of these permissions is allowed now")
    exact = tuple(one for one in wanted if one["type"] in entitled.detail_types)
    access = _access_token(idp, call, claim, entitled, cnf, exact)
    value = _written(idp, call, access)
    identity = _id_token(idp, call, claim, entitled, value)
    renewal = kind.renew(idp, call, claim)
    _write(idp, renewal, _event(idp, call, name, claim, entitled))
    return TokenAnswer(
        access_token=value,
        expires_in=int(access.expires_at.timestamp()) - int(call.now.timestamp()),
        scope=" ".join(entitled.scopes),
        id_token=identity,
        refresh_token=renewal.refresh_token,
        issued_token_type=ACCESS_TOKEN if claim.exchanged else None,
        token_type=confirmation.token_type(cnf),
        details=exact,
    )


def _details(call: Call, claim: Claim) -> tuple[Detail, ...]:
    """Those that were granted, or the ones among them that this request names; not handed on by an exchange.

    Raises: InvalidAuthorizationDetails: others. Spec: RFC 9396 §6.
    """
    if claim.origin is None or claim.exchanged is not None:
        granted: tuple[Detail, ...] = ()
    else:
        granted = claim.origin.grant.details
    if not granted and call.asked.get(details.PARAMETER) is None:
        return ()
    return details.narrowed(call.asked, granted, details.types_of(call.configuration, call.client))


def _entitled(idp: Idp, call: Call, claim: Claim, wanted: tuple[Detail, ...]) -> Entitled:
    if claim.origin is None:
        return entitlement.of_machine(idp, call.client, claim.scopes, claim.audience, claim.phase, call.now)
    try:
        standing = entitlement.standing_of(idp, claim.origin, call.now)
    except InvalidGrant as error:
        raise Rejected(error.description, error.detail, claim.origin.grant.id) from error
    types = tuple(str(one["type"]) for one in wanted)
    asked = claim.scopes, claim.audience, claim.phase, call.now, types
    return entitlement.of_person(idp, claim.origin, standing, *asked)


def _denied(idp: Idp, call: Call, name: str, claim: Claim, entitled: Entitled) -> OAuthError:
    """Policy said no. The reference leads to why, for whoever may read it."""
    origin = claim.origin
    reference = refusals.denied(idp, call, name, entitled, origin.grant.id if origin else None)
    if origin is None:
        return UnauthorizedClient(f"not allowed, reference {reference}")
    return InvalidGrant(f"not allowed now, reference {reference}", "policy")


def _written(idp: Idp, call: Call, access: AccessToken) -> str:
    """As the application registered: a JWT that APIs can read, or a handle that only we can."""
    claims = access.render(idp.issuer)
    if call.client.access_token_format == "opaque":  # noqa: S105
        return opaque.write(idp, claims)
    return signed(idp, tokens.TYPE, claims, now=call.now)


def _id_token(idp: Idp, call: Call, claim: Claim, entitled: Entitled, access_token: str) -> str | None:
    if claim.origin is None or not entitlement.has_identity(entitled.identity):
        return None
    life = timedelta(minutes=idp.settings.life.id_token_minutes)
    alg = call.client.id_token_signed_response_alg
    grant, language = claim.origin.grant, idp.settings.server.default_language
    subject, act = delegations.told(idp, claim.origin, call.now)
    asked = claims.named(subject, claims_request.of_member(grant.claims, "id_token"), language)
    said = id_token.claims(idp.issuer, grant, access_token, call.now, life, claim.nonce, alg, asked)
    said["sub"] = subjects.named(idp, call.client, subject.id)
    if act is not None:
        said["act"] = act
    if claim.origin.session.degraded:
        said["degraded"] = True
    hidden = call.client.id_token_encrypted_response_alg, call.client.id_token_encrypted_response_enc
    return told(idp, call.client, id_token.TYPE, said, alg, *hidden)


def _access_token(
    idp: Idp, call: Call, claim: Claim, entitled: Entitled, cnf: Cnf | None, exact: tuple[Detail, ...]
) -> AccessToken:
    """For an API: its permissions and nothing else. For our userinfo: the identity scopes."""
    origin = claim.origin
    subject, act = delegations.told(idp, origin, call.now) if origin else (None, None)
    return AccessToken(
        jti=base64url(idp.ports.random(16)),
        subject=subjects.named(idp, call.client, subject.id) if subject else call.client.id,
        client_id=call.client.id,
        audience=entitled.audience,
        scope=entitled.identity if entitled.audience == idp.issuer else entitled.permissions,
        issued_at=call.now,
        expires_at=_end(call, claim, entitled),
        dept=entitled.dept,
        grade=entitled.grade,
        post=entitled.post,
        sid=origin.grant.sid if origin else None,
        grant=origin.grant.id if origin else None,
        acr=origin.grant.acr if origin else None,
        amr=origin.grant.amr if origin else (),
        authenticated_at=origin.grant.authenticated_at if origin else None,
        cnf=cnf,
        details=exact,
        act=claim.exchanged.act if claim.exchanged else act,
        agreement=claim.exchanged.agreement if claim.exchanged else None,
        degraded=origin.session.degraded if origin else False,
    )


def _end(call: Call, claim: Claim, entitled: Entitled) -> datetime:
    """As policy allows, and not after the session or what was presented."""
    ends = [call.now + entitled.life]
    if claim.origin is not None:
        ends.append(claim.origin.session.expires_at)
    if claim.ends is not None:
        ends.append(claim.ends)
    return min(ends)


def _event(idp: Idp, call: Call, name: str, claim: Claim, entitled: Entitled) -> TokensIssued:
    grant = claim.origin.grant if claim.origin else None
    acting = delegations.behind(idp, grant, call.client, call.now) if grant else None
    return TokensIssued(
        subject_id=grant.subject_id if grant else None,
        principal_id=acting.principal.id if acting else None,
        client_id=call.client.id,
        sid=grant.sid if grant else None,
        grant_type=name,
        grant_id=grant.id if grant else None,
        audience=entitled.audience,
        asked=(*entitled.identity, *(row.asked for row in entitled.difference)),
        granted=entitled.scopes,
        dropped=entitled.dropped,
        policies=entitled.policy_ids,
    )


def _write(idp: Idp, renewal: Renewal, event: TokensIssued) -> None:
    """One transaction where something is kept; else the event alone, by group commit."""
    if renewal.write is None:
        idp.ports.truth.record_soon(event)
        return
    with idp.ports.truth.begin() as tx:
        renewal.write(tx)
        tx.record(event)
