"""What a person sees and changes of their own: applications, ways to sign in, sessions.

Every change proves that it is theirs: the caller's live session names the subject, nothing in the request does.
Spec: ASVS 5.0 V7.4-5 (see and end sessions), NIST SP 800-63B-4 §4.4 (removing an authenticator).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from idp.authn.assurance import meets, rank
from idp.authn.factors import FACTORS
from idp.authn.ledger import VOUCHING_ACR
from idp.errors import Forged, Invalid
from idp.events import FactorRemoved
from idp.flows import devices, notices, sessions
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.decide import decide, on_our_pages
from idp.model import AAL2, AAL2_PHR, ADMINISTRATOR_ROLES, Authenticator, Client, Session, SignIn, Text
from policies.roles import HELP_DESK

RECENT = timedelta(minutes=10)
"""A change of factors asks again when the last proof is older."""


@dataclass(frozen=True, slots=True)
class Opens:
    """An application that this person may open now, what they may do there, and until when."""

    client: Client
    may: tuple[Text, ...]
    until: datetime | None


def applications(idp: Idp, visit: Visit, me: SignedInAs) -> list[Opens]:
    """Every application with a page that policy opens to this post now, perhaps after one more proof."""
    standing = idp.ports.truth.people.standing(me.subject.id, visit.now, me.session.post_id)
    if standing is None:
        return []
    configuration = idp.ports.truth.configuration()
    here = on_our_pages(visit, me.session, "sign-in")
    found = []
    for client in configuration.clients.values():
        if client.home_url is None or client.disabled or client.id == "gerege-console":
            continue
        permissions = configuration.permissions_of(client)
        verdict = decide(idp, standing, client, permissions, here)
        if verdict.opens:
            held = [permissions[name.name][1] for name in verdict.decision.permissions]
            ends = [g.ends_at for g in standing.grants if g.ends_at and any(g.role in one.roles for one in held)]
            found.append(Opens(client, tuple(one.name_text for one in held), min(ends, default=None)))
    return sorted(found, key=lambda one: one.client.name.en)


def is_administrator(idp: Idp, me: SignedInAs, now: datetime) -> bool:
    """Whether the console has anything for them."""
    standing = idp.ports.truth.people.standing(me.subject.id, now, me.session.post_id)
    return standing is not None and not standing.roles.isdisjoint({*ADMINISTRATOR_ROLES, HELP_DESK})


def last_sign_in(idp: Idp, me: SignedInAs) -> SignIn | None:
    """The one before this session, so that its owner would notice a stranger's."""
    rows = idp.ports.truth.history.sign_ins(me.subject.id, me.session.created_at - timedelta(days=90), 50)
    return next((row for row in rows if row.outcome == "succeeded" and row.at < me.session.authenticated_at), None)


def methods(idp: Idp, me: SignedInAs) -> list[Authenticator]:
    """Their ways to sign in, the strongest first."""
    held = [one for one in idp.ports.truth.authenticators.of(me.subject.id) if one.disabled_at is None]
    order = {name: place for place, name in enumerate((*FACTORS, "password"))}
    return sorted(held, key=lambda one: (order[one.factor], one.created_at))


def remove_method(idp: Idp, visit: Visit, me: SignedInAs, authenticator_id: str) -> None:
    """Remove a way. Raises Invalid for the last factor and when the last proof is not recent or not strong enough."""
    held = methods(idp, me)
    mine = next((one for one in ways(held) if one.id == authenticator_id), None)
    if mine is None:
        raise Forged("not this person's authenticator")
    if len(ways(held)) < 2:
        raise Invalid("last")
    if not is_recent(visit, me) or not meets(me.session.acr, VOUCHING_ACR):
        raise Invalid("prove-again")
    with idp.ports.truth.begin() as tx:
        if tx.authenticators.remove(mine.id, visit.now):
            tx.record(
                FactorRemoved(
                    subject_id=me.subject.id,
                    sid=me.session.sid,
                    network=visit.network,
                    factor=mine.factor,
                    authenticator_id=mine.id,
                    by=me.subject.id,
                )
            )
            notices.tell(idp, tx, me.subject.id, "factor-removed", factor=mine.factor, name=mine.label)


def ways(held: Sequence[Authenticator]) -> list[Authenticator]:
    """Those that one may rely on beside the password. Recovery codes stand in for what was lost and are none."""
    return [one for one in held if one.factor in ("passkey", "totp")]


def protection(idp: Idp, held: Sequence[Authenticator]) -> Literal["strong", "fair", "weak"]:
    """strong: a key that cannot be phished, and as many ways as are advised, so that losing one shuts nobody out
    (SP 800-63B-4 §4.2); fair: a second factor; weak: a password alone."""
    best = max((rank(one.bound_acr) for one in ways(held)), default=-1)
    if best >= rank(AAL2_PHR) and len(ways(held)) >= idp.settings.enrolment.advised:
        return "strong"
    return "fair" if best >= rank(AAL2) else "weak"


def is_recent(visit: Visit, me: SignedInAs) -> bool:
    """The last proof is recent, and was given here: a device that was trusted earlier does not stand for it."""
    return visit.now - me.session.authenticated_at <= RECENT and devices.proved_here(me.session)


def own_sessions(idp: Idp, visit: Visit, me: SignedInAs) -> Sequence[Session]:
    return idp.ports.truth.sessions.of(me.subject.id, visit.now)


def end_session(idp: Idp, visit: Visit, me: SignedInAs, sid: str) -> int:
    """End one of their own. How many ended."""
    if all(one.sid != sid for one in own_sessions(idp, visit, me)):
        raise Forged("not this person's session")
    with idp.ports.truth.begin() as tx:
        ended = sessions.end(idp, tx, sid, visit.now, why="person", by=me.subject.id)
    return 1 if ended else 0


def end_others(idp: Idp, visit: Visit, me: SignedInAs) -> int:
    """End all but this one. How many ended."""
    others = [one for one in own_sessions(idp, visit, me) if one.sid != me.session.sid]
    with idp.ports.truth.begin() as tx:
        ended = sum(
            sessions.end(idp, tx, one.sid, visit.now, why="person", by=me.subject.id) is not None for one in others
        )
        if ended:
            notices.tell(idp, tx, me.subject.id, "sessions-ended", count=str(ended))
    return ended
