"""An application exchanges the token that it was called with for one to call on, for the same person.

Only along an agreement that administrators made: this application, from that API, to this one, these permissions. The
new token says who acts (`act`, the chain of all before it), opens no more than agreement, registration and policy all
allow, and ends with the one that it came from. Without refresh: who wants another exchanges again.
Spec: RFC 8693 §2, §4.1; RFC 8707. Deliberately not here: impersonation, actor tokens, tokens of machines.
"""

from idp.errors import InvalidRequest, InvalidScope, InvalidTarget, InvalidToken, UnauthorizedClient
from idp.flows import agreements, bearer
from idp.flows.bearer import Bearer
from idp.flows.context import Idp
from idp.flows.grants.kind import Call, Claim, Exchanged, GrantType, Rejected, Renewal
from idp.flows.origin import Origin
from idp.model import SharingAgreement

TOKEN_TYPES = frozenset({"urn:ietf:params:oauth:token-type:access_token", "urn:ietf:params:oauth:token-type:jwt"})
LONGEST_CHAIN = 4
"""Applications that act for one another, at most."""
_INVALID = "the subject token is not valid"


def redeem(idp: Idp, call: Call) -> Claim:
    """Prove the token that came, find the agreement, and ask for what it shares."""
    _lawful(call)
    found = _presented(idp, call)
    audience = _target(call)
    agreement = agreements.found(call.configuration, call.client.id, found.token.audience, audience, call.now)
    if agreement is None:
        raise Rejected(
            "no agreement allows this exchange",
            f"{call.client.id}: {found.token.audience} → {audience}",
            found.token.grant,
        )
    if found.origin is None:
        raise Rejected(_INVALID, "a machine's token: machines ask for themselves")
    if found.origin.grant.delegation_id is not None:
        raise Rejected(_INVALID, "what an assistant does for somebody is not handed on", found.token.grant)
    acted = Exchanged(_act(call, found), agreement.id)
    origin = Origin(call.client, found.origin.grant, found.origin.session, found.origin.subject)
    scopes = _scopes(call, found, agreement)
    return Claim(origin, scopes, audience, "refresh", ends=found.token.expires_at, exchanged=acted)


def renew(idp: Idp, call: Call, claim: Claim) -> Renewal:
    """Spec: RFC 8693 §2.2.1: a refresh token would outlive what it came from."""
    return Renewal()


def _lawful(call: Call) -> None:
    """Spec: RFC 8693 §2.1."""
    asked = call.asked
    if call.client.is_public:
        raise UnauthorizedClient("a public client cannot act for a person")
    if asked.get("actor_token") or asked.get("actor_token_type"):
        raise InvalidRequest("actor_token is not supported: the client itself is the actor")
    if asked.get("subject_token") is None or asked.get("subject_token_type") not in TOKEN_TYPES:
        raise InvalidRequest("subject_token must be an access token of this issuer")
    if (asked.get("requested_token_type") or next(iter(TOKEN_TYPES))) not in TOKEN_TYPES:
        raise InvalidRequest("requested_token_type must be an access token")


def _presented(idp: Idp, call: Call) -> Bearer:
    """The token that the application was called with: alive, and made for one of its own APIs.

    One sentence whatever is wrong. Whose it was is known only of a proved token.
    """
    try:
        token = bearer.read(idp, call.asked.get("subject_token") or "", call.now)
        if token.audience not in call.client.audiences:
            raise InvalidToken(_INVALID, f"a token for {token.audience} was shown by {call.client.id}")
        return bearer.live(idp, token, call.now)
    except InvalidToken as error:
        raise Rejected(_INVALID, error.detail) from error


def _target(call: Call) -> str:
    """The one API that is asked for, by `resource` or `audience`. Spec: RFC 8693 §2.1, RFC 8707 §2."""
    named = call.asked.get("audience")
    wanted = dict.fromkeys((*call.asked.resources, *((named,) if named else ())))
    if len(wanted) != 1:
        raise InvalidTarget("ask for one resource")
    target: str = next(iter(wanted))
    if target not in call.client.audiences or target not in call.configuration.resources:
        raise InvalidTarget("resource is not one that this client may ask for")
    return target


def _scopes(call: Call, found: Bearer, agreement: SharingAgreement) -> tuple[str, ...]:
    """What is shared, or those of it that are asked for. Never wider than the token, where both know the permission."""
    registered = call.configuration.permissions_of(call.client)
    shared = [
        one
        for one in sorted(agreement.scopes)
        if one in registered and registered[one][0].audience == agreement.to_audience
    ]
    if agreement.to_audience == found.token.audience:
        shared = [one for one in shared if one in found.token.scope]
    wanted = call.asked.words("scope")
    if not set(wanted) <= set(shared) or not shared:
        raise InvalidScope("more than is shared")
    return wanted or tuple(shared)


def _act(call: Call, found: Bearer) -> dict[str, object]:
    """The actor, and within it who acted before. Raises Rejected: the chain is too long. Spec: RFC 8693 §4.1."""
    act: dict[str, object] = {"sub": call.client.id}
    before = found.token.act
    if before is not None:
        act["act"] = dict(before)
    if _length(act) > LONGEST_CHAIN:
        raise Rejected(_INVALID, f"more than {LONGEST_CHAIN} applications act for one another", found.token.grant)
    return act


def _length(act: object) -> int:
    return 1 + _length(act.get("act")) if isinstance(act, dict) else 0


TOKEN_EXCHANGE = GrantType(redeem, renew)
