"""Everything known of one sign-in at this moment: the person, the proofs that still count, the decision.

Gathers and asks risk and policy; does not choose what is next (`idp.authn.next_step` does) and saves nothing.
"""

from dataclasses import dataclass

from idp.authn import ledger
from idp.authn.assurance import assess, fresh, strictest
from idp.authn.authenticator_policy import ANY, Wanted
from idp.authn.next_step import Known
from idp.errors import Expired
from idp.flows import authenticators, built_in, delegations, devices, password
from idp.flows.context import Idp, SignedInAs, Visit
from idp.flows.decide import Verdict, at_sign_in
from idp.flows.people import is_degraded
from idp.flows.sign_in import certificate, consent
from idp.model import ACR_ORDER, Authenticator, AuthorizationRequest, Client, Interaction, Proof, Standing, Subject
from idp.oidc import details


@dataclass(frozen=True, slots=True)
class Case:
    """Everything known of one sign-in at this moment."""

    client: Client
    known: Known
    proofs: tuple[Proof, ...] = ()
    standing: Standing | None = None
    verdict: Verdict | None = None
    session: SignedInAs | None = None
    wanted: Wanted = ANY
    """Which passkeys open this application to this person."""


def gather(idp: Idp, visit: Visit, interaction: Interaction, session: SignedInAs | None) -> Case:
    """What is known now: the person, their proofs that still count, the decision, the factors they have."""
    case = _gathered(idp, visit, interaction, session, trusting=True)
    if case.verdict is None or not devices.leans(case.proofs):
        return case
    if devices.may_lean(idp, interaction, case.client, case.verdict.band, case.known.required_acr):
        return case
    return _gathered(idp, visit, interaction, session, trusting=False)


def _gathered(idp: Idp, visit: Visit, interaction: Interaction, session: SignedInAs | None, *, trusting: bool) -> Case:
    """The same, with or without a trusted device among the proofs."""
    client = client_of(idp, interaction)
    subject, proofs, kept = _who(idp, interaction, session)
    proofs = proofs if trusting else devices.without(proofs)
    if subject is None or not proofs:
        return Case(client, Known(interaction.identifier, interaction.department_id, ()), session=kept)
    standing = idp.ports.truth.people.standing(subject.id, visit.now, kept.session.post_id if kept else None)
    if standing is None:
        return Case(client, Known("", "", proofs, allowed=False), proofs, session=kept)
    held = _live(idp, subject)
    usable = _usable(idp, subject, held)
    wanted = authenticators.wanted(idp, _opened(idp, interaction, client), standing, held)
    proofs = Wanted(recalled=wanted.recalled).weigh(proofs, held)
    counted = wanted.weigh(proofs, held)
    acr, _ = assess(counted)
    acting = delegations.chosen(idp, interaction, subject, client, visit.now)
    verdict = at_sign_in(
        idp,
        visit,
        standing,
        client,
        (*interaction.request.scopes, *_behind_details(idp, interaction.request, client)),
        acr,
        degraded=is_degraded(interaction, kept.session if kept is not None else None),
        account=interaction.stage.get("account"),
        acting=delegations.standing(idp, acting, visit.now) if acting else None,
    )
    known = Known(
        identifier=interaction.identifier,
        department_id=interaction.department_id,
        proofs=counted,
        authenticators=wanted.usable(usable),
        allowed=verdict.opens,
        required_acr=strictest(
            [
                verdict.decision.acr,
                _wanted(interaction.request, verdict),
                *_essential(interaction),
                wanted.acr,
                delegations.ACTING_ACR if acting else None,
            ]
        ),
        # A passkey that does not do here may still vouch for one that does, unless its model was recalled.
        vouched=ledger.bound(proofs, held, interaction.vouched_acr),
        renew=password.due_of(idp, subject, interaction, visit.now) is not None,
        acting_missing=delegations.is_missing(idp, interaction, subject, client, visit.now),
        unenrolled=certificate.ways(idp, subject, visit.now),
        untold="left" in interaction.stage,
        unsaved=_unsaved(idp, interaction, usable),
        consent_missing=consent.is_missing(idp, interaction, client, subject),
    )
    return Case(client, known, proofs, standing, verdict, kept, wanted)


def decided(case: Case) -> tuple[Standing, Verdict]:
    """Whoever has proved something has a post and a decision, or may not go on. Raises Expired."""
    if case.verdict is None or case.standing is None:
        raise Expired("no post in force")
    return case.standing, case.verdict


def client_of(idp: Idp, interaction: Interaction) -> Client:
    """The application at the end of this road. Raises Expired when it was taken away meanwhile."""
    if interaction.request.client_id == built_in.ACCOUNT.id:
        return built_in.ACCOUNT
    client = idp.ports.truth.configuration().clients.get(interaction.request.client_id)
    if client is None or client.disabled:
        raise Expired("the application was removed")
    return client


def _who(
    idp: Idp, interaction: Interaction, session: SignedInAs | None
) -> tuple[Subject | None, tuple[Proof, ...], SignedInAs | None]:
    """The person, the proofs that count, and the session if it is this person's and the one that this began with."""
    pinned = session if session is not None and session.session.sid == interaction.session_sid else None
    if interaction.subject_id is None:
        if pinned is None or (interaction.request.prompt and "select_account" in interaction.request.prompt):
            return None, (), None
        return pinned.subject, fresh(pinned.session.proofs, interaction.fresh_after), pinned
    subject = idp.ports.truth.people.get(interaction.subject_id)
    if subject is None or subject.disabled:
        raise Expired("the person is disabled")
    if pinned is not None and pinned.subject.id != subject.id:
        pinned = None  # somebody else signed in here: they get a session of their own
    carried = fresh(pinned.session.proofs, interaction.fresh_after) if pinned else ()
    return subject, (*carried, *interaction.proofs), pinned


def _opened(idp: Idp, interaction: Interaction, client: Client) -> Client:
    """The application for whose sake our own pages ask, else the one at the end of the road."""
    return idp.ports.truth.configuration().clients.get(interaction.stage.get("opens", ""), client)


def _live(idp: Idp, subject: Subject) -> tuple[Authenticator, ...]:
    return tuple(one for one in idp.ports.truth.authenticators.of(subject.id) if one.disabled_at is None)


def _usable(idp: Idp, subject: Subject, held: tuple[Authenticator, ...]) -> tuple[Authenticator, ...]:
    """A set of recovery codes that are all spent is no way any more."""
    empty = any(one.factor == "recovery" for one in held) and not idp.ports.truth.authenticators.recovery_left(
        subject.id
    )
    return tuple(one for one in held if one.factor != "recovery") if empty else held


def _unsaved(idp: Idp, interaction: Interaction, held: tuple[Authenticator, ...]) -> bool:
    """A factor was asked for and made just now, and there are fewer ways than are wanted of everybody."""
    ways = [one for one in held if one.factor != "password"]
    return interaction.stage.get("made") == "yes" and len(ways) < idp.settings.enrolment.ways


def _wanted(request: AuthorizationRequest, verdict: Verdict) -> str | None:
    """What the application asks for: any of its values will do, so the weakest. Spec: RFC 9470 §4.

    Voluntary (OIDC Core §5.5.1.1): nobody is asked for a proof that would not bring what is asked with it. Where a
    permission stays out of reach whatever is proved, the application hears so from the scope that it is given.
    """
    ours = [value for value in ACR_ORDER if value in request.acr_values]
    dropped = verdict.decision.dropped
    pointless = bool(dropped) and all(one.needs_acr is None for one in dropped)
    return ours[0] if ours and not pointless else None


def _essential(interaction: Interaction) -> tuple[str, ...]:
    """The weakest of those that the application cannot do without. Spec: OIDC Core §5.5.1.1."""
    return interaction.request.essential_acr[:1]


def _behind_details(idp: Idp, request: AuthorizationRequest, client: Client) -> tuple[str, ...]:
    """The permissions that its authorization details rest on. Spec: RFC 9396 §7."""
    if not request.details:
        return ()
    return details.needed(request.details, details.types_of(idp.ports.truth.configuration(), client))
