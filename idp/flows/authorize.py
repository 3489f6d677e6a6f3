"""GET /authorize and every return to it: the one dispatcher.

`begin` asks whether the question is lawful; `proceed` gathers what is known, puts it to risk and policy, and does the
one thing that `next_step` says. Steps save a proof and come back here; none calls another.
Spec: RFC 6749 §4.1, OIDC Core §3.1.2, RFC 9470 §4 (acr_values, max_age).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from idp.authn.assurance import assess, meets
from idp.authn.factors import FACTORS
from idp.authn.ledger import VOUCHING_ACR, vouches
from idp.authn.next_step import (
    AskActing,
    AskConsent,
    ChooseDepartment,
    Complete,
    Deny,
    Enrol,
    Identify,
    Prove,
    ProvePassword,
    RenewPassword,
    SaveCodes,
    SayLeft,
    Step,
    next_step,
)
from idp.errors import (
    AccessDenied,
    ConsentRequired,
    Expired,
    InteractionRequired,
    InvalidRequest,
    LoginRequired,
    OAuthError,
    TemporarilyUnavailable,
    Unavailable,
    UnmetAuthenticationRequirements,
)
from idp.flows import asking, built_in, meant, respond, sessions
from idp.flows.answers import Answer, GoTo, SendBack, StepName
from idp.flows.case import Case, decided, gather
from idp.flows.context import Idp, SignedInAs, Visit, hash_of
from idp.flows.finish import finish, finish_without
from idp.flows.sign_in.verdicts import asked_for_more, refused
from idp.flows.sign_in.ways import ordered
from idp.model import AuthorizationRequest, Client, FactorName, Interaction
from idp.oidc import authorization_request as requests
from idp.oidc.profiles import needs_pushed


def begin(idp: Idp, visit: Visit, pairs: Sequence[tuple[str, str]]) -> Answer:
    """A question from an application. Raises ShownError, Expired: nobody can be trusted with the answer."""
    outside = requests.read(pairs)
    configuration = idp.ports.truth.configuration(outside.get("client_id"))
    client = requests.client_of(outside, configuration)
    try:
        question = asking.of_browser(idp, client, outside, visit.now)
    except OAuthError as error:  # nothing inside is believed: what stands beside it must name a registered address
        return _back(idp, client, requests.redirect_of(outside, client), outside, error)
    asked = question.asked
    redirect_uri = requests.redirect_of(asked, client)
    # Only from here on may an error leave by redirect.
    try:
        if needs_pushed(client) and question.pushed_hash is None:
            raise InvalidRequest("this client must push its requests")
        return start(idp, visit, asking.lawful(idp, client, question, redirect_uri))
    except OAuthError as error:
        told: OAuthError = error
    except Unavailable:
        if "none" not in asked.words("prompt"):
            raise  # a person is there to read which directory or store is away
        told = TemporarilyUnavailable("try again in a moment")
    return _back(idp, client, redirect_uri, asked, told)


def _back(idp: Idp, client: Client, redirect_uri: str, asked: requests.Asked, error: OAuthError) -> SendBack:
    mode = requests.mode_of(asked)
    return SendBack(respond.failure_at(idp, client, redirect_uri, mode, asked.get("state"), error), client)


def enter(
    idp: Idp,
    visit: Visit,
    path: str,
    *,
    max_age: int | None = None,
    acr: str | None = None,
    enrol: FactorName | None = None,
    opens: str | None = None,
) -> Answer:
    """A question of our own pages: come back to `path` with a session (and with a new factor, if `enrol`).

    opens: the client for whose sake a proof is asked; a passkey must do there.
    """
    wanted = (acr,) if acr else ()
    request = AuthorizationRequest(built_in.ACCOUNT.id, path, (), max_age=max_age, acr_values=wanted)
    return start(idp, visit, request, enrol, opens)


def start(
    idp: Idp,
    visit: Visit,
    request: AuthorizationRequest,
    enrol: FactorName | None = None,
    opens: str | None = None,
) -> Answer:
    """Begin an interaction; it is only stored when there is something to ask."""
    interaction_id = idp.token()
    session = None if "select_account" in request.prompt else sessions.current(idp, visit)
    client = idp.ports.truth.configuration().clients.get(request.client_id, built_in.ACCOUNT)
    if session is not None and not meant.may_be(idp, request, session.subject, client, visit.now):
        session = None  # the application means somebody else
    acting = meant.hinted(idp, request, session, client, visit.now) if session else None
    draft = Interaction(
        id_hash=hash_of(interaction_id),
        version=0,
        binding_hash=hash_of(visit.binding),
        request=request,
        language=visit.language,
        created_at=visit.now,
        network=visit.network,
        session_sid=session.session.sid if session else None,
        fresh_after=_fresh_after(request, visit),
        enrolling=enrol is not None,
        way=enrol,
        stage={key: value for key, value in (("opens", opens), ("makes", enrol), ("acting", acting)) if value},
    )
    if session is not None:
        draft = replace(draft, identifier=session.subject.identifiers[0], department_id=session.subject.department_id)
    elif request.login_hint:
        draft = replace(draft, stage={**draft.stage, "hint": request.login_hint[:200]})
    return proceed(idp, visit, draft, interaction_id, session)


def proceed(
    idp: Idp, visit: Visit, interaction: Interaction, interaction_id: str, session: SignedInAs | None = None
) -> Answer:
    """Do the one thing that is next."""
    case = gather(idp, visit, interaction, session or sessions.current(idp, visit))
    who = case.standing.subject if case.standing is not None else None
    if who is not None and not meant.suits(idp, interaction, who, case.client, visit.now):
        return _failed(idp, interaction, case, LoginRequired("another person signed in"))
    interaction, step = _with_enrolment(interaction, case, next_step(case.known))
    if "none" in interaction.request.prompt and not isinstance(step, Complete):
        raise _silent(step, case)
    match step:
        case Complete():
            standing, verdict = decided(case)
            if assess(case.proofs)[0] is None:
                raise Expired("nothing was proved that an application may rest on")
            return finish(idp, visit, interaction, case.client, standing, case.proofs, verdict, case.session)
        case Deny():
            return refused(idp, visit, interaction, case)
        case (
            Identify()
            | ChooseDepartment()
            | ProvePassword()
            | Prove()
            | Enrol()
            | RenewPassword()
            | SayLeft()
            | SaveCodes()
            | AskActing()
            | AskConsent()
        ):
            return _ask(idp, visit, interaction, interaction_id, case, step)
        case _:
            assert_never(step)


def decline(
    idp: Idp, visit: Visit, interaction: Interaction, interaction_id: str, session: SignedInAs | None = None
) -> Answer:
    """The person does not give the application what it asks. They are signed in all the same: what was proved stays."""
    case = gather(idp, visit, interaction, session or sessions.current(idp, visit))
    if not isinstance(next_step(case.known), AskConsent):
        return proceed(idp, visit, interaction, interaction_id, session)
    standing, verdict = decided(case)
    return finish_without(idp, visit, interaction, case.client, standing, case.proofs, verdict, case.session)


def load(idp: Idp, visit: Visit, interaction_id: str) -> Interaction:
    """The interaction of a step's URL, for the browser that it was begun in. Raises Expired."""
    interaction = idp.ports.brief.interaction(hash_of(interaction_id))
    if interaction is None or interaction.binding_hash != hash_of(visit.binding):
        raise Expired("no such interaction in this browser")
    return interaction


def _fresh_after(request: AuthorizationRequest, visit: Visit) -> datetime | None:
    if "login" in request.prompt:
        return visit.now
    return visit.now - timedelta(seconds=request.max_age) if request.max_age is not None else None


def _with_enrolment(interaction: Interaction, case: Case, step: Step) -> tuple[Interaction, Step]:
    """A person who came to enrol a factor is not done before it is enrolled, however they proved themselves."""
    made = interaction.stage.get("makes", interaction.way)
    if not interaction.enrolling or not isinstance(step, Complete) or made not in FACTORS:
        return interaction, step
    vouched = interaction.vouched_code is not None or meets(vouches(case.proofs, ()), VOUCHING_ACR)
    return replace(interaction, way=made), Enrol((made,), vouching=not vouched)


def _silent(step: Step, case: Case) -> OAuthError:
    """What prompt=none says instead of a page. Spec: OIDC Core §3.1.2.6."""
    match step:
        case Identify() | ChooseDepartment() | ProvePassword():
            return LoginRequired("a sign-in is needed")
        case AskConsent():
            return ConsentRequired("consent is needed")
        case Prove() | Enrol() | RenewPassword() | SayLeft() | SaveCodes():
            return InteractionRequired("one more proof is needed")
        case _ if case.verdict is not None and case.verdict.opens:
            return UnmetAuthenticationRequirements("that assurance cannot be reached")
        case _:
            return AccessDenied("not allowed")


def _ask(idp: Idp, visit: Visit, interaction: Interaction, interaction_id: str, case: Case, step: Step) -> Answer:
    """Keep the interaction and go to the step's page."""
    if isinstance(step, Prove) and case.standing is not None:
        step = Prove(ordered(idp, visit, case.standing.subject.id, step.ways))
    name = page_of(step, interaction)
    stage = {**interaction.stage, "step": name}
    match step:
        case Prove(ways):
            stage |= {"ways": " ".join(ways), "enrolling": ""}
        case Enrol(ways, vouching):
            stage |= {"ways": " ".join(ways), "vouching": "yes" if vouching else "", "enrolling": "yes"}
    changed = replace(interaction, stage=stage)
    unasked = interaction.reference is None and case.verdict is not None and case.verdict.opens
    if isinstance(step, Prove | Enrol) and unasked:
        changed = asked_for_more(idp, visit, changed, case)
    if changed.version == 0:
        idp.ports.brief.open_interaction(
            replace(changed, version=1), timedelta(minutes=idp.settings.life.interaction_minutes)
        )
    else:
        idp.ports.brief.save_interaction(changed)
    return GoTo(name, interaction_id)


PAGES: dict[FactorName, StepName] = {
    "passkey": "passkey",
    "totp": "totp",
    "recovery": "recovery",
    "certificate": "certificate",
}
"""By which page an enrolled way is proved."""


EARLY: dict[FactorName | None, StepName] = {"recovery": "recovery", "pass": "pass"}
"""What may come before anything else is proved."""


def page_of(step: Step, interaction: Interaction) -> StepName:
    """Which page a step is shown by. A code that came before its turn and was wrong is asked for again."""
    if interaction.error is not None and interaction.way in EARLY:
        return EARLY[interaction.way]
    match step:
        case Identify():
            return "identify"
        case ChooseDepartment():
            return "department"
        case ProvePassword():
            return "password"
        case Prove(ways):
            return PAGES[interaction.way if interaction.way in ways else ways[0]]
        case Enrol(ways, vouching):
            if interaction.way not in ways:
                return "enrol"
            if vouching:
                return "enrol-code"
            return "enrol-totp" if interaction.way == "totp" else "enrol-passkey"
        case RenewPassword():
            return "new-password"
        case SayLeft():
            return "recovery-left"
        case SaveCodes():
            return "enrol-recovery"
        case AskActing():
            return "acting"
        case AskConsent():
            return "consent"
        case _:
            raise Expired("nothing to ask")


def _failed(idp: Idp, interaction: Interaction, case: Case, error: OAuthError) -> SendBack:
    return SendBack(respond.failure(idp, case.client, interaction.request, error), case.client)
