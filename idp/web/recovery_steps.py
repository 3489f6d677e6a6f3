"""The steps of whoever lost something: pages and forms of saved codes, passes and the help desk. Decides nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

from flask import request

from idp.flows.answers import StepName
from idp.flows.case import Case
from idp.flows.context import Visit
from idp.flows.sign_in import access_pass, lost, recovery
from idp.model import Department, Interaction, Subject, Text
from idp.web import pages
from idp.web.answers import step_url
from idp.web.front import Front
from idp.web.pages import Page
from idp.web.pages.parts import HelpDesk
from idp.web.pages.recovery import CodeError
from idp.web.step_pages import Builder, reasons, subject_of

ERRORS = get_args(CodeError)
RENEW = "/me/methods/recovery"


def help_desk(department: Department | None) -> HelpDesk | None:
    """Whom the people of a department ask, from the `[help_desk]` of its file."""
    kept = department.settings.get("help_desk") if department is not None else None
    if not isinstance(kept, dict) or not kept.get("name"):
        return None
    return HelpDesk(
        name=_text(kept, "name") or "",
        phone=kept.get("phone"),
        email=kept.get("email"),
        hours=_text(kept, "hours"),
        bring=_text(kept, "bring"),
        url=kept.get("url"),
    )


def _text(kept: dict[str, str], key: str) -> Text | None:
    said = kept.get(key)
    return Text(said, kept.get(f"{key}_zh") or said) if said else None


def recovery_page(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    asked = case.standing is not None
    return pages.Recovery(
        action=request.full_path,
        error=_error(interaction),
        reasons=reasons(front, interaction) if asked else (),
        reference=interaction.reference if asked else None,
        others=asked and len(interaction.stage.get("ways", "").split()) > 1,
        not_me=asked,
    )


def left_page(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    return pages.RecoveryLeft(request.full_path, int(interaction.stage.get("left", "0")), RENEW)


def codes_page(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    have = len([one for one in case.known.authenticators if one.factor != "password"])
    sealed = interaction.stage.get("codes") if interaction.error == "unticked" else None
    return new_codes(front, visit, subject_of(case), sealed, (have, front.idp.settings.enrolment.ways))


def new_codes(
    front: Front,
    visit: Visit,
    subject: Subject,
    sealed: str | None,
    progress: tuple[int, int] | None,
    old: bool = False,
) -> Page:
    """A new set, or (`sealed`) the one that came back unticked. `old`: there is one that it replaces."""
    server, unticked = front.idp.settings.server, sealed is not None
    if sealed is None:
        shown, sealed = recovery.new_set(front.idp, subject, visit.now)
    else:
        shown = recovery.shown_again(front.idp, sealed)
    return pages.RecoveryCodes(
        action=request.full_path.rstrip("?"),
        codes=shown,
        sealed=sealed,
        person=subject.display_name,
        service=Text(server.service_name_en, server.service_name_zh),
        unticked=unticked,
        progress=progress,
        replaces=old,
    )


def pass_page(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    return pages.AccessPass(
        action=request.full_path,
        identifier=interaction.identifier or "",
        back=step_url("password" if case.standing is None else "lost", iid),
        error=_error(interaction),
    )


def lost_page(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Page:
    department = front.idp.department(interaction.department_id or "")
    return pages.Lost(
        action=request.full_path,
        department=department.name if department else "",
        ticket=interaction.stage.get(lost.TICKET, ""),
        access_pass=step_url("pass", iid),
        help=help_desk(department),
    )


def _error(interaction: Interaction) -> CodeError | None:
    return interaction.error if interaction.error in ERRORS else None  # type: ignore[return-value]


def _take_recovery(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    return recovery.prove(front.idp, visit, interaction, _proved(case), request.form.get("code", ""))


def _take_pass(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    return access_pass.prove(front.idp, visit, interaction, _proved(case), request.form.get("code", ""))


def _take_left(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    return recovery.told(interaction)


def _take_codes(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    """Bound only when the person says that they are saved; the same form twice is one set."""
    sealed = request.form.get("codes", "")
    if request.form.get("saved") != "yes":
        return replace(interaction, error="unticked", stage={**interaction.stage, "codes": sealed})
    recovery.keep(front.idp, visit, subject_of(case), case.proofs, sealed)
    return replace(interaction, stage={key: value for key, value in interaction.stage.items() if key != "codes"})


def _back(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    return interaction


def _proved(case: Case) -> Subject | None:
    return case.standing.subject if case.standing is not None else None


BUILDERS: dict[StepName, Builder] = {
    "recovery": recovery_page,
    "recovery-left": left_page,
    "enrol-recovery": codes_page,
    "pass": pass_page,
    "lost": lost_page,
}
POSTERS: dict[StepName, Callable[[Front, Visit, Interaction, Case], Interaction]] = {
    "recovery": _take_recovery,
    "recovery-left": _take_left,
    "enrol-recovery": _take_codes,
    "pass": _take_pass,
    "lost": _back,
}
