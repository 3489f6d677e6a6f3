"""Everything is there: the session begins or is raised, the grant is written, the code is minted.

One transaction holds the session, the device, the history row, the grant and their events; the code is put into the
short-lived store after it. Only the code's hash is stored.
Spec: RFC 6749 §4.1.2, ASVS 5.0 V7 (a new id at each sign-in).
"""

from dataclasses import dataclass
from datetime import timedelta

from idp.authn.assurance import assess, lasting
from idp.authn.session import limits
from idp.errors import AccessDenied, InvalidRequestUri
from idp.events import CodeIssued, SignedIn
from idp.flows import built_in, delegations, devices, notices, respond
from idp.flows.answers import Answer, Arrive, SendBack
from idp.flows.context import Idp, SignedInAs, Visit, hash_of
from idp.flows.decide import Verdict
from idp.flows.people import is_degraded, lives_until
from idp.flows.sessions import end
from idp.flows.sign_in import consent
from idp.model import AAL1, Client, Code, Device, Grant, Interaction, Proof, PushedRequest, Session, SignIn, Standing
from idp.oidc.claims_request import granted as granted_claims
from idp.ports import Tx


@dataclass(frozen=True, slots=True)
class Cookies:
    """Raw values to set; None leaves what the browser has."""

    session: str | None = None
    device: str | None = None
    shared: bool = False
    """The device's is for as long as the browser is open."""


def finish(
    idp: Idp,
    visit: Visit,
    interaction: Interaction,
    client: Client,
    standing: Standing,
    proofs: tuple[Proof, ...],
    verdict: Verdict,
    signed_in: SignedInAs | None,
) -> Answer:
    """End the interaction with an answer to the application, or at our own page."""
    request = interaction.request
    if not _first_use(idp, interaction):
        error = InvalidRequestUri("this request was used before")
        return SendBack(respond.failure(idp, client, request, error), client)
    with idp.ports.truth.begin() as tx:
        session, cookies = _session(idp, tx, visit, interaction, standing, proofs, verdict, signed_in)
        if client.id == built_in.ACCOUNT.id:
            grant = None
        else:
            grant = _grant(idp, tx, visit, interaction, client, standing, session, proofs)
        devices.trust(idp, tx, visit, interaction, client, session, proofs)
    if interaction.version:
        idp.ports.brief.close_interaction(interaction.id_hash)
    if grant is None:
        return Arrive(request.redirect_uri, cookies.session, cookies.device, shared=cookies.shared)
    code = idp.token()
    idp.ports.brief.put_code(
        hash_of(code), _code(interaction, grant, visit), timedelta(seconds=idp.settings.life.code_seconds)
    )
    answer = respond.success(idp, client, request, code)
    interactive = interaction.version > 0
    return SendBack(answer, client, cookies.session, cookies.device, interactive=interactive, shared=cookies.shared)


def finish_without(
    idp: Idp,
    visit: Visit,
    interaction: Interaction,
    client: Client,
    standing: Standing,
    proofs: tuple[Proof, ...],
    verdict: Verdict,
    signed_in: SignedInAs | None,
) -> SendBack:
    """The person said no to the application: their session begins or is raised all the same, and nothing is given."""
    _first_use(idp, interaction)
    with idp.ports.truth.begin() as tx:
        _, cookies = _session(idp, tx, visit, interaction, standing, proofs, verdict, signed_in)
        consent.deny(tx, interaction, standing.subject)
    if interaction.version:
        idp.ports.brief.close_interaction(interaction.id_hash)
    answer = respond.failure(idp, client, interaction.request, AccessDenied("the person said no"))
    return SendBack(answer, client, cookies.session, cookies.device, interactive=True, shared=cookies.shared)


def _first_use(idp: Idp, interaction: Interaction) -> bool:
    """A pushed request is spent when a sign-in with it is over, by one atomic step; then it cannot be opened again.

    It may have been opened more than once before: all of those sign-ins outlive it, and the mark outlives them.
    Spec: RFC 9126 §4, §7.3.
    """
    pushed = interaction.request.pushed_hash
    if pushed is None:
        return True
    life = timedelta(minutes=idp.settings.life.interaction_minutes + 5)
    first = idp.ports.brief.spend("pushed", pushed, life)
    idp.ports.brief.drop(PushedRequest, pushed)
    return first


def _session(
    idp: Idp,
    tx: Tx,
    visit: Visit,
    interaction: Interaction,
    standing: Standing,
    proofs: tuple[Proof, ...],
    verdict: Verdict,
    signed_in: SignedInAs | None,
) -> tuple[Session, Cookies]:
    """The session that this rests on: as it was, raised by new proofs (same sid, new cookie), or a new one."""
    if signed_in is not None and not interaction.proofs:
        session = signed_in.session
        if visit.now - session.last_seen_at >= timedelta(minutes=1):
            place = visit.place
            zones = tuple(sorted(visit.zones))
            tx.sessions.touch(session.sid, visit.now, visit.network, place.country, place.asn, zones)
        return session, Cookies()
    cookie, device = idp.token(), visit.device or idp.token()
    acr, amr = assess(proofs)
    absolute, idle = limits(acr or AAL1, idp.settings.life.session_hours, idp.settings.life.session_idle_minutes)
    shared = devices.is_shared(idp, visit, interaction) or (signed_in is not None and signed_in.session.shared)
    if shared:
        idle = min(idle, timedelta(minutes=idp.settings.devices.shared_idle_minutes))
    ends = (signed_in.session.created_at if signed_in else visit.now) + absolute
    degraded = is_degraded(interaction, signed_in.session if signed_in else None)
    session = Session(
        id_hash=hash_of(cookie),
        sid=signed_in.session.sid if signed_in else idp.id("sid"),
        subject_id=standing.subject.id,
        post_id=standing.post.id,
        created_at=signed_in.session.created_at if signed_in else visit.now,
        authenticated_at=visit.now,
        last_seen_at=visit.now,
        expires_at=lives_until(idp, standing.subject, ends) if degraded else ends,
        idle_limit=idle,
        proofs=_latest(proofs),
        acr=acr or AAL1,
        amr=amr,
        device_hash=hash_of(device),
        network=visit.network,
        country=visit.place.country,
        asn=visit.place.asn,
        browser=visit.browser,
        system=visit.system,
        degraded=degraded,
        zones=tuple(sorted(visit.zones)),
        band=verdict.band,
        city=visit.place.city,
        operator=visit.place.operator,
        shared=shared,
    )
    if signed_in is not None:
        tx.sessions.renew(session, signed_in.session.id_hash)
    else:
        _replace_old(idp, tx, visit)
        tx.sessions.add(session)
    if not session.shared:
        _see_device(idp, tx, visit, session, hash_of(device))
    _remember(idp, tx, visit, interaction, session, verdict, stepped_up=signed_in is not None)
    return session, Cookies(cookie, device if device != visit.device else None, session.shared)


def _see_device(idp: Idp, tx: Tx, visit: Visit, session: Session, device_hash: str) -> None:
    """Known from now on. Its person hears of one that they never used, unless it is their first."""
    known = tx.sessions.device(device_hash, session.subject_id)
    if known is None and tx.sessions.devices_of(session.subject_id):
        notices.tell(idp, tx, session.subject_id, "new-device", **notices.seen(visit))
    tx.sessions.see_device(Device(device_hash, session.subject_id, visit.now, visit.now))


def _replace_old(idp: Idp, tx: Tx, visit: Visit) -> None:
    """Whatever session this browser showed is over: another person's, or one whose limits had passed."""
    if visit.session:
        old = idp.ports.truth.sessions.by_id_hash(hash_of(visit.session))
        if old is not None and old.ended_at is None and old.device_hash == visit.device_hash:
            end(idp, tx, old.sid, visit.now, why="replaced")


def _remember(
    idp: Idp, tx: Tx, visit: Visit, interaction: Interaction, session: Session, verdict: Verdict, *, stepped_up: bool
) -> None:
    """History and log. A sign-in counts as confirmed, and so teaches the risk score, only with two factors or a quiet
    score: whoever poisons a history with a stolen password alone teaches nothing."""
    tx.history.add_sign_in(
        SignIn(
            id=idp.id("try"),
            subject_id=session.subject_id,
            at=visit.now,
            outcome="succeeded",
            client_id=interaction.request.client_id,
            network=visit.network,
            country=visit.place.country,
            asn=visit.place.asn,
            browser=visit.browser,
            system=visit.system,
            device_hash=session.device_hash,
            confirmed=session.acr != AAL1 or verdict.band == "low",
            factors=tuple(dict.fromkeys(proof.factor for proof in session.proofs)),
            city=visit.place.city,
            operator=visit.place.operator,
            sid=session.sid,
        )
    )
    tx.record(
        SignedIn(
            subject_id=session.subject_id,
            client_id=interaction.request.client_id,
            sid=session.sid,
            reference=interaction.reference,
            network=visit.network,
            country=visit.place.country,
            acr=session.acr,
            amr=session.amr,
            band=verdict.band,
            stepped_up=stepped_up,
            degraded=session.degraded,
        )
    )


def _grant(
    idp: Idp,
    tx: Tx,
    visit: Visit,
    interaction: Interaction,
    client: Client,
    standing: Standing,
    session: Session,
    proofs: tuple[Proof, ...],
) -> Grant:
    request = interaction.request
    acr, amr = session.acr, session.amr
    if devices.leans(session.proofs) and not devices.leans(proofs):  # trust did not count here, so it is not said
        acr, amr = assess(proofs)[0] or AAL1, assess(proofs)[1]
    acting = delegations.chosen(idp, interaction, standing.subject, client, visit.now)
    post = delegations.standing(idp, acting, visit.now).post if acting else standing.post
    grant = Grant(
        id=idp.id("grant"),
        subject_id=standing.subject.id,
        client_id=client.id,
        post_id=post.id,
        sid=session.sid,
        scopes=request.scopes,
        audience=request.audience,
        acr=acr,
        amr=amr,
        authenticated_at=session.authenticated_at,
        created_at=visit.now,
        nonce=request.nonce,
        device_hash=session.device_hash,
        consented=interaction.consented,
        details=request.details,
        claims=granted_claims(request),
        delegation_id=acting.delegation.id if acting else None,
    )
    tx.grants.add(grant)
    tx.record(
        CodeIssued(
            subject_id=grant.subject_id,
            client_id=client.id,
            sid=session.sid,
            grant_id=grant.id,
            asked=request.scopes,
            principal_id=acting.principal.id if acting else None,
        )
    )
    return grant


def _code(interaction: Interaction, grant: Grant, visit: Visit) -> Code:
    request = interaction.request
    return Code(
        grant_id=grant.id,
        client_id=grant.client_id,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        scopes=request.scopes,
        audience=request.audience,
        nonce=request.nonce,
        issued_at=visit.now,
        dpop_jkt=request.dpop_jkt,
    )


def _latest(proofs: tuple[Proof, ...]) -> tuple[Proof, ...]:
    """The newest proof of each authenticator."""
    newest: dict[tuple[str, str | None], Proof] = {}
    for proof in sorted(lasting(proofs), key=lambda one: one.at):
        newest[(proof.factor, proof.authenticator_id)] = proof
    return tuple(newest.values())
