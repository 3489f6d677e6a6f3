"""*Test sign-in now*: the whole road to an application, gone by an administrator, with its answer caught by us.

The question is lawful by the same checks as anybody's, but its return address is a page of the console: no registration
can hold it, so nobody else can ask this. The answer is believed only in the browser and from the administrator that it
was begun by; the code is taken once, by the very code that /token takes it with, and what it would give is shown. No
token is made, and the grant ends there. Spec: RFC 6749 §4.1, RFC 7636, RFC 9207, RFC 9700 §4.5 and §4.7.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.errors import Conflict, Expired, Forged, Invalid
from idp.events import ClientTested, GrantRevoked
from idp.flows import authorize, entitlement, refusals, subjects
from idp.flows.admin import clients
from idp.flows.admin.scope import Admin
from idp.flows.answers import Answer
from idp.flows.context import Idp, SignedInAs, Visit, hash_of
from idp.flows.grants.authorization_code import redeem
from idp.flows.grants.kind import Call, Claim, Rejected, Replayed
from idp.flows.origin import Origin
from idp.flows.presented import Presented
from idp.flows.why import Said, facts_of
from idp.model import Client, Configuration, Text
from idp.oidc import authorization_request as requests
from idp.oidc import claims, id_token
from idp.oidc.client_metadata import CODE
from idp.oidc.pkce import challenge_of

STARTING = timedelta(minutes=30)
_PURPOSE = "app-test"
Answered = Mapping[str, str]
"""The parameters that the browser came back with."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope that was asked for. `rules` dropped it; `because`: a message id with its facts."""

    name: str
    granted: bool
    rules: tuple[str, ...] = ()
    because: Said | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What the application would be given of this sign-in."""

    name: Text
    subject: str
    acr: str
    amr: tuple[str, ...]
    scopes: tuple[Scope, ...]
    id_token: dict[str, object] | None
    userinfo: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class Tested:
    """How the test ended: with `given`, or with the `error` that the application would have been sent."""

    client: Client
    given: Given | None
    error: str | None = None
    description: str | None = None


def can_be_tested(client: Client) -> bool:
    """Whether people sign in to it, by way of a browser."""
    return CODE in client.grant_types and not client.disabled


def address_of(client_id: str) -> str:
    """Where the answer comes back to. It has no scheme and no host: no registered address is ever equal to it."""
    return f"/admin/apps/{client_id}/tested"


def begin(idp: Idp, visit: Visit, admin: Admin, client_id: str) -> tuple[Answer, str]:
    """The first step of the sign-in, and the sealed state that its answer must match.

    Raises: NotAllowed, NotFound. Conflict: nobody signs in to it. OAuthError: what any application would hear.
    """
    admin.require("admin.apps.write")
    client = clients.get(idp, admin, client_id)
    if not can_be_tested(client):
        raise Conflict("nobody signs in to this application")
    state, verifier, nonce = idp.token(), idp.token(), idp.token()
    configuration = idp.ports.truth.configuration()
    pairs = [
        ("client_id", client.id),
        ("response_type", "code"),
        ("scope", " ".join(client.scopes)),
        ("state", state),
        ("nonce", nonce),
        ("code_challenge", challenge_of(verifier)),
        ("code_challenge_method", "S256"),
        *(("resource", one) for one in _apis(configuration, client)[:1]),
    ]
    request = requests.check(requests.read(pairs), client, address_of(client.id), configuration)
    kept = {
        "state": state,
        "verifier": verifier,
        "client": client.id,
        "subject": admin.subject_id,
        "binding": hash_of(visit.binding),
        "at": visit.now.isoformat(),
    }
    return authorize.start(idp, visit, request), idp.ports.sealer.seal(_PURPOSE, json.dumps(kept).encode())


def finish(
    idp: Idp,
    visit: Visit,
    admin: Admin,
    me: SignedInAs | None,
    client_id: str,
    cookie: str | None,
    given: dict[str, str],
) -> Tested:
    """Take the answer once, and say what it is worth.

    Raises:
        Expired: not begun in this browser, or too long ago. Forged: somebody else's answer.
        OAuthError: the code is not good. NotAllowed, NotFound.
    """
    admin.require("admin.apps.write")
    client = clients.get(idp, admin, client_id)
    kept = _kept(idp, visit, cookie)
    bound = (client.id, admin.subject_id, hash_of(visit.binding))
    if (kept["client"], kept["subject"], kept["binding"]) != bound or me is None or me.subject.id != admin.subject_id:
        raise Forged("the test was begun by somebody else, elsewhere or for another application")
    if not hmac.compare_digest(given.get("state", "").encode(), kept["state"].encode()):
        raise Forged("state is not that of this browser")
    if given.get("iss") != idp.issuer:
        raise Forged("the answer is not ours")
    if "error" in given:
        _record(idp, admin, client, "refused")
        return Tested(client, None, given["error"][:100], given.get("error_description", "")[:300])
    call = _call(idp, client, given.get("code", ""), kept["verifier"], visit.now)
    claim, origin = _taken(idp, call, admin)
    found = Tested(client, _given(idp, client, claim, origin, visit.now))
    _record(idp, admin, client, "given", origin, visit.now)
    return found


def _kept(idp: Idp, visit: Visit, cookie: str | None) -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(idp.ports.sealer.open(_PURPOSE, cookie or ""))
    except (Invalid, ValueError) as error:
        raise Expired("the test was not begun in this browser") from error
    if visit.now - datetime.fromisoformat(kept["at"]) > STARTING:
        raise Expired("it was begun too long ago")
    return kept


def _call(idp: Idp, client: Client, code: str, verifier: str, now: datetime) -> Call:
    """As the application would come to /token; we stand for it, since nobody knows its secret."""
    pairs = (
        ("grant_type", CODE),
        ("code", code),
        ("redirect_uri", address_of(client.id)),
        ("client_id", client.id),
        ("code_verifier", verifier),
    )
    presented = Presented("POST", idp.issuer.rstrip("/") + "/token", pairs)
    return Call(client, presented.asked(), idp.ports.truth.configuration(), now, presented)


def _taken(idp: Idp, call: Call, admin: Admin) -> tuple[Claim, Origin]:
    try:
        claim = redeem(idp, call)
    except Replayed as error:
        refusals.replayed(idp, call, error)
        raise
    except Rejected as error:
        refusals.rejected(idp, call, CODE, error.detail, error.grant_id)
        raise
    if claim.origin is None or claim.origin.subject.id != admin.subject_id:
        raise Forged("the code is another person's")
    return claim, claim.origin


def _given(idp: Idp, client: Client, claim: Claim, origin: Origin, now: datetime) -> Given:
    standing = entitlement.standing_of(idp, origin, now)
    configuration = idp.ports.truth.configuration()
    rows: dict[str, Scope] = {}
    for audience in dict.fromkeys((claim.audience, *_apis(configuration, client))):
        entitled = entitlement.of_person(idp, origin, standing, client.scopes, audience, "sign-in", now)
        rows |= {name: Scope(name, granted=True) for name in entitled.identity}
        facts = {one.name: facts_of(configuration, one.params) for one in entitled.verdict.decision.dropped}
        for row in entitled.difference:
            because = (row.because, facts.get(row.asked, {})) if row.because else None
            rows[row.asked] = Scope(row.asked, row.granted, row.dropped_by, because)
    scopes = tuple(rows.get(one) or Scope(one, granted=False) for one in client.scopes)
    identity = tuple(one.name for one in scopes if one.granted and one.name in claims.IDENTITY_SCOPES)
    opened = entitlement.has_identity(identity)
    return Given(
        name=origin.subject.display_name,
        subject=subjects.named(idp, client, origin.subject.id),
        acr=origin.grant.acr,
        amr=origin.grant.amr,
        scopes=scopes,
        id_token=_id_token(idp, client, claim, origin, now) if opened else None,
        userinfo=_userinfo(idp, client, origin, identity) if opened else None,
    )


def _id_token(idp: Idp, client: Client, claim: Claim, origin: Origin, now: datetime) -> dict[str, object]:
    """Its claims; unsigned, and without the hash of an access token that is not made."""
    life = timedelta(minutes=idp.settings.life.id_token_minutes)
    said = id_token.claims(idp.issuer, origin.grant, "", now, life, claim.nonce)
    said["sub"] = subjects.named(idp, client, origin.subject.id)
    del said["at_hash"]
    return said


def _userinfo(idp: Idp, client: Client, origin: Origin, identity: tuple[str, ...]) -> dict[str, object]:
    said = claims.userinfo(origin.subject, identity, idp.settings.server.default_language)
    said["sub"] = subjects.named(idp, client, origin.subject.id)
    return said


def _record(
    idp: Idp, admin: Admin, client: Client, outcome: str, origin: Origin | None = None, now: datetime | None = None
) -> None:
    """What was tested and how it ended, in one transaction with the end of its grant."""
    with idp.ports.truth.begin() as tx:
        if origin is not None and now is not None and tx.grants.revoke(origin.grant.id, now):
            about = {"subject_id": origin.subject.id, "client_id": client.id, "sid": origin.grant.sid}
            tx.record(GrantRevoked(**about, grant_id=origin.grant.id, why="only a test"))
        tx.record(ClientTested(client_id=client.id, by=admin.subject_id, outcome=outcome))


def _apis(configuration: Configuration, client: Client) -> list[str]:
    """The APIs that it has permissions of."""
    return list(dict.fromkeys(api.audience for api, _ in configuration.permissions_of(client).values()))
