"""A person allows, in a browser of theirs, what an application asks from elsewhere: a device, or a back channel.

Risk and policy are asked as at a sign-in to that application, with the proofs of the session that approves; where they
want one more proof, the one dispatcher asks for it and comes back here. What is given is a grant of that session: it
ends with it, as every other. Nothing is remembered as consent: each request of these kinds is asked anew.
Spec: RFC 8628 §3.3, §5.4; CIBA Core §8. Deliberately not here: pages, and the requests themselves.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

from idp.authn.assurance import assess, meets, strictest
from idp.errors import Conflict, Expired
from idp.events import ApprovedAway, GrantRevoked, RefusedAway, SignInRefused
from idp.flows import authenticators, authorize
from idp.flows.answers import Answer, NotAllowed
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.decide import Verdict, at_sign_in, record
from idp.model import ACR_ORDER, BackchannelRequest, Client, DeviceRequest, Grant, Standing
from idp.model.slips import Waiting

TRIES = 5
W = TypeVar("W", DeviceRequest, BackchannelRequest)


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who may say yes now."""

    me: SignedInAs
    standing: Standing


def weigh(
    idp: Idp, visit: Visit, me: SignedInAs, client: Client, wish: DeviceRequest | BackchannelRequest, back: str
) -> Approver | Answer:
    """Whether this person may say yes, or what comes first: one more proof, or our page that says no.

    Args:
        back: the path of ours to come back to after one more proof.
    Raises: Expired: no post in force. Unavailable.
    """
    session = me.session
    standing = idp.ports.truth.people.standing(me.subject.id, visit.now, session.post_id)
    if standing is None:
        raise Expired("no post in force")
    held = idp.ports.truth.authenticators.of(me.subject.id)
    wanted = authenticators.wanted(idp, client, standing, held)
    acr, _ = assess(wanted.weigh(session.proofs, held))
    verdict = at_sign_in(idp, visit, standing, client, wish.scopes, acr, degraded=session.degraded, account=None)
    if not verdict.opens:
        return refuse(idp, visit, client, verdict)
    asked = wish.acr_values if isinstance(wish, BackchannelRequest) else ()
    required = strictest([verdict.decision.acr, next((one for one in ACR_ORDER if one in asked), None), wanted.acr])
    if not meets(acr, required):
        return authorize.enter(idp, visit, back, acr=required, opens=client.id)
    return Approver(me, standing)


def refuse(idp: Idp, visit: Visit, client: Client, verdict: Verdict) -> NotAllowed:
    """Policy says no: kept under its reference, as at a sign-in."""
    kept = record(idp, verdict, "refused", client, visit.now)
    with idp.ports.truth.begin() as tx:
        tx.history.add_decision(kept)
        tx.record(
            SignInRefused(
                subject_id=verdict.question.who.person_id,
                client_id=client.id,
                reference=kept.reference,
                network=visit.network,
                country=visit.place.country,
                policies=verdict.policy_ids,
                band=verdict.band,
            )
        )
    return NotAllowed(kept, client)


def give(
    idp: Idp, visit: Visit, by: Approver, wish: DeviceRequest | BackchannelRequest, how: str, country: str | None
) -> Grant:
    """The grant, of the session that approves, with its event: one transaction. `how`: device, backchannel."""
    session, asked = by.me.session, wish.scopes
    grant = Grant(
        id=idp.id("grant"),
        subject_id=by.me.subject.id,
        client_id=wish.client_id,
        post_id=by.standing.post.id,
        sid=session.sid,
        scopes=asked,
        audience=wish.audience,
        acr=session.acr,
        amr=session.amr,
        authenticated_at=session.authenticated_at,
        created_at=visit.now,
        device_hash=session.device_hash,
        consented=True,
    )
    with idp.ports.truth.begin() as tx:
        tx.grants.add(grant)
        tx.record(
            ApprovedAway(
                subject_id=grant.subject_id,
                client_id=grant.client_id,
                sid=grant.sid,
                network=visit.network,
                country=visit.place.country,
                how=how,
                grant_id=grant.id,
                asked=asked,
                asked_from=country,
            )
        )
    return grant


def settle(idp: Idp, id_hash: str, wish: W, state: Waiting, grant_id: str | None = None) -> None:
    """The answer, once. Compare and set: a poll in between is no answer, so that it is tried again.

    Raises: Expired: it was answered before, or is over.
    """
    for _ in range(TRIES):
        try:
            idp.ports.brief.change(id_hash, replace(wish, state=state, grant_id=grant_id))
            return
        except Conflict:
            now = idp.ports.brief.kept(type(wish), id_hash)
            if now is None or now.state != "pending":
                break
            wish = now
    raise Expired("the request was answered before")


def take_back(idp: Idp, visit: Visit, grant: Grant) -> None:
    """The request was answered otherwise, or over, before the yes reached it: the grant never counts."""
    with idp.ports.truth.begin() as tx:
        if tx.grants.revoke(grant.id, visit.now):
            about = {"subject_id": grant.subject_id, "client_id": grant.client_id, "sid": grant.sid}
            tx.record(GrantRevoked(**about, grant_id=grant.id, why="too late"))


def told_no(idp: Idp, visit: Visit, me: SignedInAs, client_id: str, how: str, country: str | None) -> None:
    """The person did not allow it."""
    with idp.ports.truth.begin() as tx:
        tx.record(
            RefusedAway(
                subject_id=me.subject.id,
                client_id=client_id,
                sid=me.session.sid,
                network=visit.network,
                country=visit.place.country,
                how=how,
                asked_from=country,
            )
        )


def may_wait(client: Client | None) -> Client:
    """The application of a request that waits. Raises Expired: it was taken away meanwhile."""
    if client is None or client.disabled:
        raise Expired("the application was removed")
    return client
