"""An access token of ours that comes back: proved, and everything it came from asked again.

Used by userinfo, introspection and revocation, which all see an end at the next request.
Spec: RFC 9068 §4, RFC 7662 §2.2. Deliberately not here: what the token may do now (`idp.flows.entitlement`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from idp.errors import InvalidToken
from idp.flows import agreements, keys
from idp.flows.context import Idp
from idp.flows.origin import Origin, trace
from idp.model import Client
from idp.oidc import tokens
from idp.oidc.signing import prove
from idp.oidc.tokens import AccessToken


@dataclass(frozen=True, slots=True)
class Bearer:
    """A live token, its client, and what it came from (None for a machine)."""

    token: AccessToken
    client: Client
    origin: Origin | None


def read(idp: Idp, value: str, now: datetime) -> AccessToken:
    """Ours, an access token, and not over. Raises InvalidToken."""
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
