"""Applications that a person has let in: what each was given, since when, when it last used it, and taking it back.

Taking back ends consent, grants and refresh families in one transaction, and tells the application that its sessions
are over. Spec: OIDC Core §3.1.2.4 (consent), RFC 7009 §2.1, OIDC Back-Channel Logout 1.0; PIPL articles 15 and 16.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.errors import Forged
from idp.events import ConsentWithdrawn, GrantRevoked
from idp.flows.context import Idp, SignedInAs, Visit
from idp.model import Client, Grant, LogoutDelivery, RefreshFamily, Subject
from idp.oidc import claims_request
from idp.ports import Tx


@dataclass(frozen=True, slots=True)
class Connected:
    """One application. `scopes`: what it holds or may take again unasked; `lasts`: also while they are away."""

    client: Client
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    grants: tuple[Grant, ...]
    since: datetime | None
    used_at: datetime | None
    lasts: bool


def applications(idp: Idp, now: datetime, subject: Subject) -> list[Connected]:
    """All that hold something now or were agreed to, by name."""
    truth = idp.ports.truth
    live = {one.sid for one in truth.sessions.of(subject.id, now)}
    families: dict[str, RefreshFamily] = {
        one.grant_id: one for one in truth.grants.families_of(subject.id) if _good(one, now)
    }
    grants = [
        one
        for one in truth.grants.of_subject(subject.id)
        if one.revoked_at is None and (one.sid in live or one.id in families)
    ]
    agreed = truth.grants.consents(subject.id)
    clients = truth.configuration().clients
    wanted = {one.client_id for one in grants} | {client_id for client_id, _ in agreed}
    idle = timedelta(days=idp.settings.life.refresh_idle_days)
    found = []
    for client in (clients[name] for name in wanted if name in clients):
        theirs = tuple(one for one in grants if one.client_id == client.id)
        held = [scope for grant in theirs for scope in grant.scopes]
        held += [scope for client_id, scope in agreed if client_id == client.id]
        named = tuple(one for one in dict.fromkeys(held) if one.startswith(claims_request.CONSENT))
        moved = [families[one.id].idle_expires_at - idle for one in theirs if one.id in families]
        found.append(
            Connected(
                client,
                tuple(one for one in dict.fromkeys(held) if one not in named),
                tuple(one.removeprefix(claims_request.CONSENT) for one in named),
                theirs,
                min((one.created_at for one in theirs), default=None),
                max((*moved, *(one.created_at for one in theirs)), default=None),
                any(one.id in families for one in theirs),
            )
        )
    return sorted(found, key=lambda one: one.client.name.en)


def revoke(idp: Idp, visit: Visit, me: SignedInAs, client_id: str) -> Client:
    """Take everything back from one application. Raises Forged: it holds nothing of this person."""
    held = next((one for one in applications(idp, visit.now, me.subject) if one.client.id == client_id), None)
    if held is None:
        raise Forged("not an application of this person")
    with idp.ports.truth.begin() as tx:
        alive = [
            one for one in tx.grants.of_subject(me.subject.id) if one.client_id == client_id and one.revoked_at is None
        ]
        tx.grants.withdraw(me.subject.id, client_id, visit.now)
        for grant in alive:
            tx.record(
                GrantRevoked(
                    subject_id=me.subject.id, client_id=client_id, sid=grant.sid, grant_id=grant.id, why="person"
                )
            )
        tx.record(ConsentWithdrawn(subject_id=me.subject.id, client_id=client_id, sid=me.session.sid))
        _tell(idp, tx, visit, me, held.client, {one.sid for one in alive})
    return held.client


def _tell(idp: Idp, tx: Tx, visit: Visit, me: SignedInAs, client: Client, sids: set[str]) -> None:
    """Its sessions are over too, where it can hear that."""
    for sid in sorted(sids) if client.backchannel_logout_uri else ():
        delivery = LogoutDelivery(idp.id("logout"), client.id, sid, me.subject.id, visit.now, next_at=visit.now)
        tx.desk.queue_logout(delivery)


def _good(family: RefreshFamily, now: datetime) -> bool:
    return family.revoked_at is None and family.expires_at > now and family.idle_expires_at > now
