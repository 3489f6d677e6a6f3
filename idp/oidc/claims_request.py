"""The `claims` parameter: single claims, asked for by name, for userinfo or for the ID token.

Only what the product can say of a person and what the client is registered for is kept; everything else is passed over,
as the specification asks. What is kept is put before the person like a scope.
Spec: OIDC Core §5.5, §5.5.1, §5.5.1.1 (acr), §5.5.2. Deliberately not here: the values of the claims
(`idp.oidc.claims`), distributed and aggregated claims.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from idp.errors import InvalidRequest, UnmetAuthenticationRequirements
from idp.model import ACR_ORDER, AuthorizationRequest, Client, Grant
from idp.oidc.claims import scope_of
from idp.oidc.jose import JoseError
from idp.oidc.jose.parse import object_of

LONGEST = 8192
MOST = 50
"""Claims in one member."""
MEMBERS = ("userinfo", "id_token")
CONSENT = "claim:"
"""How a claim that was asked by name stands among what a person agreed to."""

Requests = dict[str, dict[str, object]]


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """What is left of the parameter.

    named: member → claim → null or what is asked of it; only claims that this client may ask for. subject: the only
    `sub` that will do. acr: values that are welcome; essential_acr: one of these, or the request fails.
    """

    named: Requests = field(default_factory=dict)
    subject: str | None = None
    acr: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()


def read(text: str | None, client: Client) -> ClaimsRequest:
    """The parameter, strictly.

    Raises: InvalidRequest: not JSON, too long, or not of the specification's shape. UnmetAuthenticationRequirements: an
        essential `acr` that nobody here can reach.
    """
    if text is None:
        return ClaimsRequest()
    members = _members(text)
    essential, welcome = _acr(members.get("id_token", {}).get("acr"))
    named = {member: _permitted(members[member], client) for member in MEMBERS if member in members}
    return ClaimsRequest(
        named={member: claims for member, claims in named.items() if claims},
        subject=_subject(members),
        acr=welcome,
        essential_acr=essential,
    )


def granted(request: AuthorizationRequest) -> dict[str, object]:
    """What a grant keeps of it: the claims, and which `acr` values the application cannot do without."""
    kept: dict[str, object] = dict(request.claims)
    if request.essential_acr:
        kept["acr"] = list(request.essential_acr)
    return kept


def acr_told(grant: Grant) -> str:
    """The `acr` of an ID token: the strongest of the essential values that was reached, else what was reached.

    Levels are ordered, so that who reached a stronger one has reached the weaker one that was asked.
    Spec: OIDC Core §5.5.1.1: it must be one of the requested values.
    """
    listed = grant.claims.get("acr")
    reached = ACR_ORDER.index(grant.acr) if grant.acr in ACR_ORDER else -1
    asked = [one for one in ACR_ORDER[: reached + 1] if isinstance(listed, list) and one in listed]
    return asked[-1] if asked else grant.acr


def names(request: AuthorizationRequest) -> tuple[str, ...]:
    """The claims that a request names and that its scopes do not give anyway, each once."""
    found = (name for member in MEMBERS for name in of_member(request.claims, member))
    return tuple(dict.fromkeys(name for name in found if scope_of(name) not in request.scopes))


def consents(claims: Iterable[str]) -> tuple[str, ...]:
    """As they stand among what a person agreed to."""
    return tuple(f"{CONSENT}{name}" for name in claims)


def of_member(claims: Mapping[str, object], member: str) -> tuple[str, ...]:
    """The claims of a grant that go into userinfo or the ID token."""
    found = claims.get(member)
    return tuple(found) if isinstance(found, Mapping) else ()


def _members(text: str) -> Requests:
    if len(text) > LONGEST:
        raise InvalidRequest("claims is too long")
    try:
        said = object_of(text.encode("utf-8", "surrogatepass"))
    except JoseError as error:
        raise InvalidRequest("claims is not a JSON object", str(error)) from error
    found: Requests = {}
    for member in MEMBERS:
        claims = said.get(member, {})
        if not isinstance(claims, dict) or len(claims) > MOST:
            raise InvalidRequest(f"claims: {member} is not an object of bearable size")
        for asked in claims.values():
            _well_said(asked)
        found[member] = claims
    return found


def _well_said(asked: object) -> None:
    """Null, or an object whose members are as the specification has them; others are ignored. Spec: §5.5.1."""
    if asked is None:
        return
    if not isinstance(asked, dict):
        raise InvalidRequest("claims: a claim is asked by null or by an object")
    if not isinstance(asked.get("essential", False), bool):
        raise InvalidRequest("claims: essential is true or false")
    if not isinstance(asked.get("values", []), list):
        raise InvalidRequest("claims: values is a list")


def _permitted(claims: Mapping[str, object], client: Client) -> dict[str, object]:
    """What the product has, of the scopes that the client is registered for."""
    return {
        name: {"essential": True} if isinstance(asked, dict) and asked.get("essential") else None
        for name, asked in claims.items()
        if scope_of(name) in client.scopes
    }


def _subject(members: Requests) -> str | None:
    """Spec: §5.5.1: with a value, the sign-in is this person's or fails."""
    wanted = {value for member in MEMBERS for value in _values(members[member].get("sub"))}
    if len(wanted) > 1:
        raise InvalidRequest("claims: sub has one value")
    return next(iter(wanted), None)


def _acr(asked: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(essential, welcome), the ones that exist here. Spec: §5.5.1.1."""
    values = _values(asked)
    known = tuple(value for value in ACR_ORDER if value in values)
    if not isinstance(asked, dict) or not asked.get("essential"):
        return (), known
    if values and not known:
        raise UnmetAuthenticationRequirements("no such acr is known here")
    return known, ()


def _values(asked: object) -> tuple[str, ...]:
    if not isinstance(asked, dict):
        return ()
    listed = asked.get("values", [])
    found = [asked["value"]] if "value" in asked else []
    return tuple(value for value in (*found, *listed) if isinstance(value, str))
