"""The page of each step: what the interaction knows, put into a view-model. Decides nothing, asks nobody for proofs."""

from collections.abc import Callable
from typing import Literal, get_args
from urllib.parse import urlencode

from flask import request

from idp.authn.authenticator_policy import Lack
from idp.authn.factors import totp
from idp.errors import Expired
from idp.flows import devices
from idp.flows.answers import StepName
from idp.flows.case import Case
from idp.flows.context import Visit
from idp.flows.sign_in import enrol, renewed, welcome
from idp.flows.sign_in.identify import choosable
from idp.flows.sign_in.reasons import reasons_of
from idp.flows.why import facts_of
from idp.model import Client, Department, Interaction, Subject, Text
from idp.web import acting_page as delegations_page
from idp.web import card, consent_page, pages, password_pages, signals
from idp.web.answers import step_url
from idp.web.crests import crest_of
from idp.web.front import Front
from idp.web.pages import Page, Reason
from idp.web.pages.parts import Choice

SIGN_IN_ERRORS = ("empty", "unreadable", "passkey", "expired", "recalled")
Builder = Callable[[Front, Visit, Interaction, str, Case], Page]


def identify(
    front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case, action: str | None = None
) -> Page:
    """`action`: where the form goes when the page stands in for another one."""
    return pages.SignIn(
        action=action or request.full_path,
        options=options_url(iid, "identify"),
        identifier=interaction.identifier or interaction.stage.get("hint", ""),
        error=interaction.error if interaction.error in SIGN_IN_ERRORS else None,  # type: ignore[arg-type]
        example=_example(front, case.client),
        signals=signals.unknown(front, interaction),
        card=card.link(front, iid),
        known=tuple(_known(front, one) for one in welcome.known_here(front.idp, visit, interaction, front.signed_in())),
        shared=None if devices.in_shared_zone(front.idp, visit) else interaction.stage.get("shared") == "yes",
    )


def _known(front: Front, one: welcome.KnownHere) -> pages.KnownPerson:
    kept = front.idp.department(one.subject.department_id)
    return pages.KnownPerson(
        one.choice, one.subject.display_name, kept.name if kept else "", one.signed_in, crest_of(kept)
    )


def department(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    departments = front.idp.ports.truth.configuration().departments
    return pages.Department(
        action=request.full_path,
        identifier=interaction.identifier or "",
        departments=tuple(
            Choice(one.id, one.name, group=_group(one, departments), crest=crest_of(one))
            for one in choosable(front.idp)
        ),
        change=step_url("identify", iid),
        missing=interaction.error == "missing",
    )


def password(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    kept = front.idp.department(interaction.department_id or "")
    due = interaction.error in ("expired", "must_change")
    return pages.Password(
        action=request.full_path,
        identifier=interaction.identifier or "",
        department=kept.name if kept else "",
        change=step_url("identify", iid),
        change_department=step_url("department", iid) if len(choosable(front.idp)) > 1 else None,
        forgotten=kept.forgotten_url if kept else None,
        wrong=interaction.error == "wrong",
        others=_others(front, interaction, iid),
        access_pass=step_url("pass", iid),
        notice=interaction.error if due else None,  # type: ignore[arg-type]
        renew=kept.forgotten_url if kept else None,
        renew_here=bool(kept and due and renewed.able(front.idp.ports.directories.of(kept))),
        refused=interaction.stage.get("new_refused") or None,  # type: ignore[arg-type]
        challenge=devices.challenge_for(front.idp, interaction, visit.now) if visit.device else None,
        crest=crest_of(kept),
    )


def totp_code(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    minutes = interaction.stage.get("clock")
    shapes = [totp.shape_of(one.state) for one in case.known.authenticators if one.factor == "totp"]
    digits = {shape.digits for shape in shapes}
    return pages.Totp(
        action=request.full_path,
        reasons=reasons(front, interaction),
        reference=interaction.reference,
        error=interaction.error if interaction.error in ("empty", "wrong", "used", "clock", "wait") else None,  # type: ignore[arg-type]
        clock_minutes=int(minutes) if minutes and interaction.error == "clock" else None,
        remember_hours=devices.offered(front.idp, visit, interaction, case.client),
        others=len(interaction.stage.get("ways", "").split()) > 1,
        not_me=True,
        why=f"/why/{interaction.reference}" if interaction.reference and interaction.session_sid else None,
        digits=digits.pop() if len(digits) == 1 else None,
        device=any(shape.own_clock for shape in shapes),
    )


def passkey(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    return pages.Passkey(
        action=request.full_path,
        options=options_url(iid, "passkey"),
        remember_hours=devices.offered(front.idp, visit, interaction, case.client),
        reasons=reasons(front, interaction),
        reference=interaction.reference,
        failed=interaction.error in ("passkey", "recalled"),
        recalled=interaction.error == "recalled",
        signals=signals.unknown(front, interaction),
        after_password=any(proof.factor == "password" for proof in interaction.proofs),
        others=len(interaction.stage.get("ways", "").split()) > 1,
        not_me=True,
        why=f"/why/{interaction.reference}" if interaction.reference and interaction.session_sid else None,
    )


def certificate(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    return card.page(front, interaction, iid, reasons(front, interaction))


def ways(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    usable = interaction.stage.get("ways", "").split()
    held = {one.factor: one for one in case.known.authenticators if one.factor in usable}
    return pages.ChooseWay(
        action=request.full_path,
        ways=tuple(pages.Way(way, way, held[way].label, held[way].last_used_at) for way in usable if way in held),
    )


def enrol_choose(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    have = len([one for one in case.known.authenticators if one.factor != "password"])
    needs = _needs(case)
    why = (*reasons(front, interaction), *((needs,) if needs else ()))
    return pages.EnrolChoose(request.full_path, _offered(interaction), why, have)


def enrol_code(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    kept = front.idp.department(subject_of(case).department_id)
    return pages.EnrolCode(
        action=request.full_path,
        department=kept.name if kept else "",
        error=interaction.error if interaction.error in ("empty", "wrong", "wait", "low") else None,  # type: ignore[arg-type]
    )


def enrol_totp(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    subject = subject_of(case)
    seed = enrol.seed_of(front.idp, enrol.new_seed(front.idp, interaction))
    shape = totp.new_shape(seed)
    issuer = Text(front.idp.settings.server.service_name_en, front.idp.settings.server.service_name_zh)
    return pages.EnrolTotp(
        action=request.full_path,
        uri=totp.uri(seed, subject.mail or subject.identifiers[0], issuer.in_language(visit.language), shape),
        key=totp.key_text(seed),
        algorithm=None if shape.algorithm == "SHA1" else shape.algorithm,
        error=interaction.error if interaction.error in ("empty", "wrong", "wait") else None,  # type: ignore[arg-type]
        others=len(_offered(interaction)) > 1,
    )


def enrol_passkey(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    return pages.EnrolPasskey(
        action=request.full_path,
        options=options_url(iid, "enrol-passkey"),
        name=" · ".join(filter(None, (visit.browser, visit.system))),
        failed=interaction.error == "passkey",
        others=len(_offered(interaction)) > 1,
        needs=_needs(case),
        lack=Reason(f"authenticator.lack.{interaction.error}") if interaction.error in LACKS else None,
        keepable=interaction.error in LACKS and interaction.error != "recalled",
    )


BUILDERS: dict[StepName, Builder] = {
    "identify": identify,
    "department": department,
    "password": password,
    "new-password": password_pages.choose_new,
    "totp": totp_code,
    "passkey": passkey,
    "certificate": certificate,
    "ways": ways,
    "enrol": enrol_choose,
    "enrol-code": enrol_code,
    "enrol-totp": enrol_totp,
    "enrol-passkey": enrol_passkey,
    "acting": delegations_page.acting,
    "consent": consent_page.consent,
}


def reasons(front: Front, interaction: Interaction) -> tuple[Reason, ...]:
    """Why one more proof is asked, with names instead of ids."""
    configuration = front.idp.ports.truth.configuration()
    return tuple(Reason(name, facts_of(configuration, params)) for name, params in reasons_of(interaction))


LACKS = frozenset(get_args(Lack))


def _needs(case: Case) -> Reason | None:
    """Which kind of passkey is asked for, and why; None where every one does."""
    if case.wanted.kind == "any":
        return None
    return Reason(f"authenticator.needs.{case.wanted.kind}", {"application": case.client.name})


def subject_of(case: Case) -> Subject:
    """Whoever has proved something. Raises Expired when nobody has: the page came too early or too late."""
    if case.standing is None:
        raise Expired("nobody has proved anything here")
    return case.standing.subject


ENROLLABLE: tuple[Literal["passkey", "totp"], ...] = ("passkey", "totp")


def options_url(iid: str, step: str) -> str:
    """Where a passkey ceremony of that step gets its options."""
    return f"/sign-in/passkey/options?{urlencode({'i': iid, 'step': step})}"


def _offered(interaction: Interaction) -> tuple[Literal["passkey", "totp"], ...]:
    ways = interaction.stage.get("ways", "").split()
    return tuple(way for way in ENROLLABLE if way in ways)


def _others(front: Front, interaction: Interaction, iid: str) -> tuple[tuple[str, str], ...]:
    """After a failure, whoever it is: ways that nobody guesses, which are heard when passwords are not."""
    if interaction.error != "wrong":
        return ()
    steps: tuple[tuple[str, StepName], ...] = (("passkey", "identify"), ("recovery", "recovery"), ("pass", "pass"))
    cards = card.link(front, iid)
    return (*((way, step_url(step, iid)) for way, step in steps), *((("certificate", cards),) if cards else ()))


def _group(one: Department, departments: dict[str, Department]) -> Text | None:
    parent = departments.get(one.parent_id or "")
    return parent.name if parent else None


def _example(front: Front, client: Client) -> str | None:
    """An address of the application's own department, else of any: the shape, not a person."""
    named = [one for one in choosable(front.idp) if one.domains]
    named.sort(key=lambda one: one.id != client.department_id)
    return f"zhang.wei@{named[0].domains[0]}" if named else None
