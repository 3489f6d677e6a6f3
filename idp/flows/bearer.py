"""An access token of ours that comes back: proved, and everything it came from asked again.

Used by userinfo, introspection and revocation, which all see an end at the next request.
Spec: RFC 9068 §4, RFC 7662 §2.2. Deliberately not here: what the token may do now (`idp.flows.entitlement`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from idp.errors import (
    InsufficientUserAuthentication,
    InvalidDpopProof,
    InvalidGrant,
    InvalidRequest,
    InvalidToken,
    MissingToken,
    UseDpopNonce,
)
from idp.flows import agreements, delegations, keys, opaque, possession
from idp.flows.context import Idp
from idp.flows.origin import Origin, trace
from idp.flows.presented import Presented
from idp.model import Client
from idp.oidc import confirmation, tokens
from idp.oidc.profiles import rules_of
from idp.oidc.signing import prove
from idp.oidc.tokens import AccessToken


@dataclass(frozen=True, slots=True)
class Bearer:
    """A live token, its client, and what it came from (None for a machine)."""

    token: AccessToken
    client: Client
    origin: Origin | None


def shown(idp: Idp, presented: Presented, now: datetime) -> AccessToken:
    """The token that a request to an API of ours shows, with everything that it is bound to. Whether it is still alive
    is not asked yet (`live`).

    Raises: MissingToken, InvalidToken, InvalidDpopProof, UseDpopNonce (all 401); InvalidRequest: shown in two ways.
    Spec: RFC 6750 §2, RFC 9449 §7.1, §7.2, RFC 8705 §3.
    """
    scheme, value = _of_request(presented)
    token = read(idp, value, now)
    if scheme != "dpop":
        confirmation.verify(token.cnf, None, presented.certificate)
        return token
    client = idp.ports.truth.configuration().clients.get(token.client_id)
    try:
        nonce = client is not None and rules_of(client).dpop_nonce
        proof = possession.held(idp, presented, now, nonce=nonce, access_token=value)
        if proof is None:
            raise InvalidDpopProof("the DPoP proof is not valid", "there is none")
        confirmation.verify(token.cnf, proof.jkt, presented.certificate)
        possession.spend(idp, proof)
    except (InvalidDpopProof, UseDpopNonce) as error:
        error.status = 401  # here it is the way to show a token that failed: RFC 9449 §7.1, §9
        raise
    return token


def _of_request(presented: Presented) -> tuple[str, str]:
    """Scheme and token, of the header or of a POST's body; never of the query. Spec: RFC 6750 §2, RFC 9110 §11.1."""
    scheme, _, value = (presented.authorization or "").partition(" ")
    in_body = [text for name, text in presented.pairs if name == "access_token"]
    known = scheme.lower() in ("bearer", "dpop")
    if len(in_body) + known > 1:
        raise InvalidRequest("the token was sent more than once")
    if in_body:
        return "bearer", in_body[0]
    if not known:
        raise MissingToken
    return scheme.lower(), value.strip()


def require_recent(found: Bearer, now: datetime) -> None:
    """The person signed in as lately as the application registered. Raises InsufficientUserAuthentication.

    A refreshed token keeps the time of its sign-in, which so grows too old. Spec: RFC 9470 §3, OIDC Registration §2.
    """
    most, since = found.client.default_max_age, found.token.authenticated_at
    if most is not None and since is not None and (now - since).total_seconds() > most:
        raise InsufficientUserAuthentication("a more recent sign-in is needed", most)


def read(idp: Idp, value: str, now: datetime) -> AccessToken:
    """Ours, an access token, and not over; what it is bound to is not asked. Raises InvalidToken."""
    if opaque.is_ours(value):
        return tokens.read(opaque.read(idp, value), idp.issuer, now)
    return tokens.read(prove(value, tokens.TYPE, keys.published(idp, now)), idp.issuer, now)


def live(idp: Idp, token: AccessToken, now: datetime) -> Bearer:
    """The token with all that it rests on. Raises InvalidToken: revoked, or something that it came from ended."""
    revoked, grant, session, subject = idp.ports.truth.grants.token_state(token.jti, token.grant)
    if revoked:
        raise InvalidToken("the token is not valid", "revoked")
    client = idp.ports.truth.configuration().clients.get(token.client_id)
    if token.grant is None:
        return Bearer(token, _machine(client, token), None)
    if token.agreement is not None and grant is not None:  # its grant was given to who stands first in the chain
        client = idp.ports.truth.configuration().clients.get(grant.client_id)
    origin = trace(client, grant, session, subject, now)
    if isinstance(origin, str):
        raise InvalidToken("the token is not valid", origin)
    try:
        delegations.behind(idp, origin.grant, origin.client, now)
    except InvalidGrant as error:
        raise InvalidToken("the token is not valid", error.detail) from error
    if token.agreement is not None:
        origin = replace(origin, client=_actor(idp, token, now))
    return Bearer(token, origin.client, origin)


def _actor(idp: Idp, token: AccessToken, now: datetime) -> Client:
    """The application that acts for the person; all that act before it live too, and the agreement is in force.

    Spec: RFC 8693 §4.1.
    """
    configuration = idp.ports.truth.configuration()
    if not agreements.in_force(configuration.agreements.get(token.agreement or ""), now):
        raise InvalidToken("the token is not valid", "the agreement is over")
    act: object = token.act
    while isinstance(act, Mapping):
        _machine(configuration.clients.get(str(act.get("sub"))), token)
        act = act.get("act")
    return _machine(configuration.clients.get(token.client_id), token)


def _machine(client: Client | None, token: AccessToken) -> Client:
    if client is None or client.disabled:
        raise InvalidToken("the token is not valid", "the client is gone or disabled")
    if client.ended_before is not None and token.issued_at <= client.ended_before:
        raise InvalidToken("the token is not valid", "everything of the client was ended")
    return client
