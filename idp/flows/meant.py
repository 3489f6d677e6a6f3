"""Whom an application means that shows an ID token: its person, or for whom an assistant acted in it.

An ID token that was given to an assistant names the principal, so the session of the assistant who acts for them
satisfies it as a hint; nobody else's does, nor the assistant's own when they act for themselves.
Spec: OIDC Core §3.1.2.1 (`id_token_hint`), §5.5.1 (`sub`); RFC 8693 §4.1. Deliberately not here: reading the hint.
"""

from datetime import datetime

from idp.flows import delegations, subjects
from idp.flows.context import Idp, SignedInAs
from idp.model import AuthorizationRequest, Client, Grant, Interaction, Subject


def may_be(idp: Idp, request: AuthorizationRequest, subject: Subject, client: Client, now: datetime) -> bool:
    """Whether an application that says whom it means may mean this person: themselves, or for whom they may act.

    An ID token that was given to an assistant names the principal. Spec: OIDC Core §3.1.2.1 (`id_token_hint`).
    """
    sub = request.id_token_hint_sub
    if subjects.means(idp, client, sub, subject.id):
        return True
    return any(
        subjects.means(idp, client, sub, one.principal.id) for one in delegations.choices(idp, subject, client, now)
    )


def hinted(idp: Idp, request: AuthorizationRequest, session: SignedInAs, client: Client, now: datetime) -> str | None:
    """The answer to *For whom?* that the hint has given already; None: it is to be asked.

    For oneself; or for whom this very session acts there already, while the delegation and what was given are good.
    """
    sub = request.id_token_hint_sub
    if sub is None:
        return None
    if subjects.means(idp, client, sub, session.subject.id):
        return delegations.SELF
    grant = acted(idp, session.session.sid, client, sub)
    if grant is None or grant.revoked_at is not None:
        return None
    good = {one.delegation.id for one in delegations.choices(idp, session.subject, client, now)}
    return grant.delegation_id if grant.delegation_id in good else None


def acted(idp: Idp, sid: str, client: Client, sub: str) -> Grant | None:
    """The newest grant under which that session acted there for whom this `sub` names; also when it is over."""
    for grant in idp.ports.truth.grants.of_session(sid):
        found = idp.ports.truth.delegations.get(grant.delegation_id) if grant.delegation_id else None
        if found and grant.client_id == client.id and subjects.means(idp, client, sub, found.principal_id):
            return grant
    return None


def suits(idp: Idp, interaction: Interaction, subject: Subject, client: Client, now: datetime) -> bool:
    """Whether the ID token will name whom the application means; while *For whom?* is still to be asked, may name."""
    if interaction.request.id_token_hint_sub is None:
        return True
    if delegations.is_missing(idp, interaction, subject, client, now):
        return may_be(idp, interaction.request, subject, client, now)
    acting = delegations.chosen(idp, interaction, subject, client, now)
    named = acting.principal if acting is not None else subject
    return subjects.means(idp, client, interaction.request.id_token_hint_sub, named.id)
