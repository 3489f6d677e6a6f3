"""Delegations: an assistant acts for somebody in named applications, for a time, under their own name.

The principal makes one for themselves alone; either ends it at any time, and then everything that was given under it
fails at its next use. The assistant proves who they are by their own factors; what may be done is what the principal's
post may do, as policy sees it now. Every token names both. What an assistant was lent they cannot lend on: a delegation
is made from one's own session, which is never an acting one.
Spec: RFC 8693 §4.1 (`act`). Deliberately not here: pages, and the recent proof that a change takes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.errors import Expired, Forged, Invalid, InvalidGrant
from idp.events import DelegationEnded, DelegationMade, GrantRevoked
from idp.flows import notices, subjects
from idp.flows.built_in import CONSOLE_ID
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.origin import Origin
from idp.flows.sign_in.identify import bare, clean
from idp.model import AAL2, ADMINISTRATOR_ROLES, Client, Delegation, Grant, Interaction, Standing, Subject

LONGEST = timedelta(days=90)
NEVER, EVEN_SO = "no-delegation", "delegation-ok"
"""Labels: no delegation for this application; one even though its data are of grade 4."""
SELF = "self"
ACTING_ACR = AAL2
"""What the assistant proves at least before acting."""
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Acting:
    """A delegation with the person behind it, as the assistant is asked *For whom?*"""

    delegation: Delegation
    principal: Subject


# --- one's own pages ---------------------------------------------------------------------------------------------


def open_to_delegation(idp: Idp) -> list[Client]:
    """Applications that may be named in one, by name."""
    clients = idp.ports.truth.configuration().clients.values()
    return sorted((one for one in clients if one.home_url and allows(one)), key=lambda one: one.name.en)


def allows(client: Client) -> bool:
    """Never the console, a disabled application, or data of grade 4 unless its label says so."""
    if client.id == CONSOLE_ID or client.disabled or NEVER in client.labels:
        return False
    return client.grade < 4 or EVEN_SO in client.labels


def make(
    idp: Idp,
    visit: Visit,
    me: SignedInAs,
    *,
    delegate: str,
    clients: Collection[str],
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> Delegation:
    """Let somebody act for oneself.

    Args:
        delegate: what the assistant would type to sign in.
    Raises: Invalid: `person`, `self`, `clients`, `dates` or `reason`, which is the field that is wrong.
    """
    named = frozenset(clients)
    if not named or not named <= {one.id for one in open_to_delegation(idp)}:
        raise Invalid("clients")
    if not visit.now - timedelta(days=1) < starts_at < ends_at <= starts_at + LONGEST or ends_at <= visit.now:
        raise Invalid("dates")
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise Invalid("reason")
    found = _assistant(idp, me.subject, delegate)
    if found.id == me.subject.id:
        raise Invalid("self")
    made = Delegation(
        id=idp.id("delegation"),
        principal_id=me.subject.id,
        delegate_id=found.id,
        client_ids=tuple(sorted(named)),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip(),
        made_by=me.subject.id,
        created_at=visit.now,
    )
    with idp.ports.truth.begin() as tx:
        tx.delegations.add(made)
        tx.record(
            DelegationMade(
                subject_id=me.subject.id,
                sid=me.session.sid,
                network=visit.network,
                delegation_id=made.id,
                delegate_id=found.id,
                clients=made.client_ids,
                until=ends_at.isoformat(),
                reason=made.reason,
            )
        )
        until = ends_at.isoformat()
        notices.tell(idp, tx, me.subject.id, "delegation-made", person=_name(found), until=until)
        notices.tell(idp, tx, found.id, "delegation-received", person=_name(me.subject), until=until)
    return made


def end(idp: Idp, visit: Visit, me: SignedInAs, delegation_id: str) -> bool:
    """End it, by either of both; everything that was given under it ends too. False when it had ended before."""
    found = idp.ports.truth.delegations.get(delegation_id)
    if found is None or me.subject.id not in (found.principal_id, found.delegate_id):
        raise Forged("not this person's delegation")
    principal, delegate = (idp.ports.truth.people.get(one) for one in (found.principal_id, found.delegate_id))
    with idp.ports.truth.begin() as tx:
        if not tx.delegations.end(found.id, visit.now):
            return False
        for grant in tx.grants.of_subject(found.delegate_id):
            if grant.delegation_id == found.id and grant.revoked_at is None and tx.grants.revoke(grant.id, visit.now):
                tx.record(
                    GrantRevoked(
                        subject_id=grant.subject_id, client_id=grant.client_id, grant_id=grant.id, why="delegation"
                    )
                )
        tx.record(
            DelegationEnded(
                subject_id=found.principal_id,
                sid=me.session.sid,
                delegation_id=found.id,
                delegate_id=found.delegate_id,
                by=me.subject.id,
            )
        )
        if principal is not None and delegate is not None:
            notices.tell(idp, tx, principal.id, "delegation-ended", person=_name(delegate))
            notices.tell(idp, tx, delegate.id, "delegation-over", person=_name(principal))
    return True


def _assistant(idp: Idp, principal: Subject, typed: str) -> Subject:
    """One person of the same branch. One answer for nobody, somebody disabled and somebody of another branch."""
    name, configuration = bare(clean(typed)), idp.ports.truth.configuration()
    branch = [one for one in configuration.departments if same_branch(idp, one, principal.department_id)]
    found = (
        [one for one in (idp.ports.truth.people.find(name, dept) for dept in branch) if one is not None] if name else []
    )
    if len(found) != 1 or found[0].disabled:
        raise Invalid("person")
    return found[0]


def same_branch(idp: Idp, one: str, other: str) -> bool:
    """One department is the other, or stands above it."""
    lineage = idp.ports.truth.configuration().lineage
    return one in (other, *lineage(other)) or other in lineage(one)


def _name(subject: Subject) -> str:
    return subject.display_name.zh if subject.language == "zh-CN" else subject.display_name.en


# --- at sign-in --------------------------------------------------------------------------------------------------


def choices(idp: Idp, subject: Subject, client: Client, now: datetime) -> list[Acting]:
    """For whom this person may act in this application now, beside themselves."""
    if not allows(client):
        return []
    held = idp.ports.truth.delegations.held_by(subject.id)
    found = [(one, _principal(idp, one, client, now)) for one in held]
    return [Acting(one, principal) for one, principal in found if principal is not None]


def chosen(idp: Idp, interaction: Interaction, subject: Subject, client: Client, now: datetime) -> Acting | None:
    """The delegation that was chosen in this sign-in, while it is in force. Raises Expired: it is not."""
    delegation_id = interaction.stage.get("acting", SELF)
    if delegation_id == SELF:
        return None
    acting = next((one for one in choices(idp, subject, client, now) if one.delegation.id == delegation_id), None)
    if acting is None:
        raise Expired("the delegation is over")
    return acting


def is_missing(idp: Idp, interaction: Interaction, subject: Subject, client: Client, now: datetime) -> bool:
    """Whether *For whom?* is still to be asked. A silent request is always for oneself."""
    if "acting" in interaction.stage or "none" in interaction.request.prompt:
        return False
    return bool(choices(idp, subject, client, now))


def choose(
    idp: Idp, interaction: Interaction, subject: Subject, client: Client, now: datetime, typed: str
) -> Interaction:
    """Take the answer; one that was not offered is none."""
    offered = {SELF, *(one.delegation.id for one in choices(idp, subject, client, now))}
    if typed not in offered:
        return replace(interaction, error="missing")
    return replace(interaction, error=None, stage={**interaction.stage, "acting": typed})


def standing(idp: Idp, acting: Acting, now: datetime) -> Standing:
    """The principal's default post now, without any administrator's role. Raises Expired: they hold none."""
    found = idp.ports.truth.people.standing(acting.principal.id, now)
    if found is None:
        raise Expired("the principal holds no post")
    return lendable(found)


def lendable(found: Standing) -> Standing:
    """A post as somebody else may use it: what administers this system is never lent."""
    return replace(found, grants=tuple(one for one in found.grants if one.role not in ADMINISTRATOR_ROLES))


# --- afterwards --------------------------------------------------------------------------------------------------


def behind(idp: Idp, grant: Grant, client: Client, now: datetime) -> Acting | None:
    """For whom a grant acts; None: for nobody but its own subject. Raises InvalidGrant: that is over."""
    if grant.delegation_id is None:
        return None
    found = idp.ports.truth.delegations.get(grant.delegation_id)
    principal = _principal(idp, found, client, now) if found is not None else None
    if found is None or principal is None or found.delegate_id != grant.subject_id or not allows(client):
        raise InvalidGrant("the grant is not valid", "the delegation is over")
    return Acting(found, principal)


def told(idp: Idp, origin: Origin, now: datetime) -> tuple[Subject, dict[str, object] | None]:
    """Whom a token is about, and who acts. Raises InvalidGrant: the delegation is over. Spec: RFC 8693 §4.1."""
    acting = behind(idp, origin.grant, origin.client, now)
    if acting is None:
        return origin.subject, None
    return acting.principal, {"sub": subjects.named(idp, origin.client, origin.subject.id)}


def _principal(idp: Idp, one: Delegation, client: Client, now: datetime) -> Subject | None:
    """Whose it is, if it is good in this application now."""
    if not one.in_force(now) or client.id not in one.client_ids or one.made_by != one.principal_id:
        return None
    found = idp.ports.truth.people.get(one.principal_id)
    return None if found is None or found.disabled or found.id == one.delegate_id else found


def of_person(idp: Idp, me: SignedInAs) -> tuple[Sequence[Delegation], Sequence[Delegation]]:
    """(given, held), newest first, ended ones too."""
    kept = idp.ports.truth.delegations
    return kept.given_by(me.subject.id), kept.held_by(me.subject.id)
