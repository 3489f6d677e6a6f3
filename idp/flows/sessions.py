"""Who is signed in at this browser, and ending it: the session, all that follows from it, and every application.

Spec: OIDC Back-Channel Logout 1.0 §2; ASVS 5.0 V7. Ending is one transaction; applications are told afterwards.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from idp.authn import session as rules
from idp.events import AlertRaised, GrantRevoked, SessionEnded, SessionStolen
from idp.flows import devices
from idp.flows.context import Idp, SignedInAs, Visit, hash_of
from idp.model import Alert, LogoutDelivery, Session
from idp.ports import Tx


def current(idp: Idp, visit: Visit) -> SignedInAs | None:
    """The live session that this browser shows, from the device it was given to.

    A cookie shown by another device is a stolen one: the session ends and an alert is opened.
    """
    if not visit.session:
        return None
    session = idp.ports.truth.sessions.by_id_hash(hash_of(visit.session))
    if session is None:
        return None
    subject = idp.ports.truth.people.get(session.subject_id)
    if subject is None or rules.state(session, subject, visit.now) != "live":
        return None
    if session.device_hash is not None and session.device_hash != visit.device_hash:
        _stolen(idp, visit, session)
        return None
    return SignedInAs(session, subject)


def touch(idp: Idp, visit: Visit, me: SignedInAs) -> SignedInAs:
    """This browser was here; once a minute is enough. The session as it stands then."""
    session, place = me.session, visit.place
    if visit.now - session.last_seen_at >= timedelta(minutes=1):
        with idp.ports.truth.begin() as tx:
            zones = tuple(sorted(visit.zones))
            tx.sessions.touch(session.sid, visit.now, visit.network, place.country, place.asn, zones)
        return replace(me, session=replace(session, last_seen_at=visit.now))
    return me


def end(
    idp: Idp, tx: Tx, sid: str, now: datetime, *, why: str, by: str | None = None, reason: str | None = None
) -> Session | None:
    """End one session, revoke its grants, and put a logout token on its way to each application that can hear it.

    Args:
        why: a word of ours; `reason` is what an administrator typed.
    """
    session = tx.sessions.end(sid, now)
    if session is None:
        return None
    clients = idp.ports.truth.configuration().clients
    told: set[str] = set()
    for grant in tx.grants.of_session(sid):
        if grant.revoked_at is None and tx.grants.revoke(grant.id, now):
            tx.record(
                GrantRevoked(
                    subject_id=grant.subject_id, client_id=grant.client_id, sid=sid, grant_id=grant.id, why=why
                )
            )
        client = clients.get(grant.client_id)
        if client is not None and client.backchannel_logout_uri and client.id not in told:
            told.add(client.id)
            tx.desk.queue_logout(LogoutDelivery(idp.id("logout"), client.id, sid, session.subject_id, now, next_at=now))
    tx.record(SessionEnded(subject_id=session.subject_id, sid=sid, why=why, by=by, reason=reason))
    return session


def end_everything(
    idp: Idp, tx: Tx, subject_id: str, now: datetime, *, why: str, by: str | None = None, reason: str | None = None
) -> int:
    """End all of a person's sessions, the grants that outlived theirs, and all trust in devices. How many sessions."""
    sessions = tx.sessions.of(subject_id, now)
    for session in sessions:
        end(idp, tx, session.sid, now, why=why, by=by, reason=reason)
    devices.untrust_all(tx, subject_id)
    for grant in tx.grants.of_subject(subject_id):
        if grant.revoked_at is None and tx.grants.revoke(grant.id, now):
            tx.record(GrantRevoked(subject_id=subject_id, client_id=grant.client_id, grant_id=grant.id, why=why))
    return len(sessions)


def _stolen(idp: Idp, visit: Visit, session: Session) -> None:
    alert = Alert(
        idp.id("alert"),
        "stolen-session",
        visit.now,
        "alert.stolen-session",
        {"country": visit.place.country or "", "network": visit.network[:12]},
        session.subject_id,
    )
    with idp.ports.truth.begin() as tx:
        tx.record(
            SessionStolen(
                subject_id=session.subject_id, sid=session.sid, network=visit.network, country=visit.place.country
            )
        )
        end(idp, tx, session.sid, visit.now, why="stolen")
        tx.desk.raise_alert(alert)
        tx.record(AlertRaised(kind="stolen-session", subject_id=session.subject_id, sid=session.sid))
