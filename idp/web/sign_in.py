"""The way in: GET shows a step's page, POST takes its form and hands the result to the dispatcher.

A page is only shown while it is the step that the interaction is at; anything else leads to where it is. Two tabs are
two interactions. Spec: ASVS 5.0 V3 (a token in each form).
"""

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Response, jsonify, redirect, request

from idp.flows import authorize, delegations, devices, push
from idp.flows.answers import StepName
from idp.flows.case import Case, gather
from idp.flows.context import Visit
from idp.flows.sign_in import consent, enrol, identify, lost, not_me, passkey, password, totp, welcome
from idp.model import Department, Interaction
from idp.secret import Secret
from idp.web import card, password_pages, recovery_steps, step_pages
from idp.web.answers import PATHS, SEE_OTHER, answer, step_url
from idp.web.front import Front, return_address
from idp.web.pages import Message, Reason
from idp.web.step_pages import subject_of

Poster = Callable[[Front, Visit, Interaction, Case], Interaction]
BUILDERS = step_pages.BUILDERS | recovery_steps.BUILDERS
ALWAYS: frozenset[StepName] = frozenset(
    {"identify", "department", "ways", "certificate", "lost", "pass", "recovery", "password"}
)
"""Pages that may be returned to from a later step: *Change*, *Try another way*."""
NAMED: frozenset[StepName] = frozenset({"identify", "department", "password", "consent"})
"""Pages that name departments themselves, each with its crest; the others show it above their question."""


def blueprint(front: Front) -> Blueprint:
    """All steps, by the table of paths. One that has no page or nobody who takes its form is not there at all."""
    views = Blueprint("sign_in", __name__)
    for step, path in PATHS.items():
        if step not in BUILDERS or step not in POSTERS:
            continue
        views.add_url_rule(path, f"show-{step}", _show(front, step), methods=["GET"])
        views.add_url_rule(path, f"take-{step}", _take(front, step), methods=["POST"])
    views.add_url_rule("/sign-in/passkey/options", "options", lambda: _options(front), methods=["POST"])
    views.add_url_rule("/authorize", "authorize", lambda: _authorize(front), methods=["GET"])
    views.add_url_rule("/authorize", "authorize-post", lambda: _authorize_post(front), methods=["POST"])
    return views


def _authorize(front: Front) -> Response:
    return answer(front, authorize.begin(front.idp, front.visit(), list(request.args.items(multi=True))))


def _authorize_post(front: Front) -> Response:
    """On as a GET, which carries our cookies. Spec: OIDC Core §3.1.2.1."""
    return redirect(push.posted(front.idp, front.visit(), list(request.form.items(multi=True))), SEE_OTHER)  # type: ignore[return-value]


def _show(front: Front, step: StepName) -> Callable[[], Response]:
    def view() -> Response:
        iid = request.args.get("i", "")
        visit = front.visit()
        if step == "identify" and not iid:
            return answer(front, authorize.enter(front.idp, visit, "/"))
        interaction = front.speak_for(authorize.load(front.idp, visit, iid))
        if not _stands_at(step, interaction):
            return _to_where_it_is(interaction, iid)
        case = gather(front.idp, visit, interaction, front.signed_in())
        page = BUILDERS[step](front, visit, interaction, iid, case)
        return front.page(
            page,
            purpose=f"{iid}|{step}",
            destination=case.client.name,
            may_return_to=return_address(interaction),
            department=None if step in NAMED else _department(front, interaction, case),
        )

    return view


def _department(front: Front, interaction: Interaction, case: Case) -> Department | None:
    """Of whoever has proved something, else the one whose directory is asked."""
    known = case.standing.subject.department_id if case.standing else interaction.department_id
    return front.idp.department(known or "")


def _take(front: Front, step: StepName) -> Callable[[], Response]:
    def view() -> Response:
        iid = request.args.get("i", "")
        front.require_csrf(f"{iid}|{step}")
        visit = front.visit()
        interaction = replace(front.speak_for(authorize.load(front.idp, visit, iid)), error=None)
        if not _stands_at(step, interaction):
            return _to_where_it_is(interaction, iid)
        session = front.signed_in()
        case = gather(front.idp, visit, interaction, session)
        do = request.form.get("do", "")
        if do == "another":
            return _another(front, interaction, iid)
        if do == "lost":
            return _lost(front, visit, interaction, iid, case)
        if do == "not-me":
            not_me.stop(front.idp, visit, interaction, case)
            return front.page(Message(Reason("page.stopped"), (Reason("page.stopped_body"),), "good"))
        if step == "consent" and do != "allow":
            return answer(front, authorize.decline(front.idp, visit, interaction, iid, session))
        changed = POSTERS[step](front, visit, interaction, case)
        return answer(front, authorize.proceed(front.idp, visit, changed, iid, session))

    return view


def _post_identify(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    if request.form.get("credential"):
        return passkey.prove(front.idp, visit, identify.back_to_start(interaction), request.form["credential"])
    do, choice, session = request.form.get("do"), request.form.get("person", ""), front.signed_in()
    if do == "known":
        return welcome.choose(front.idp, visit, interaction, session, choice)
    if do == "forget":
        return welcome.forget(front.idp, visit, interaction, session, choice)
    typed = request.form.get("username", "")
    remembered = front.cookie("department")
    begun = identify.at_shared(identify.back_to_start(interaction), ticked=request.form.get("shared") == "yes")
    return identify.identify(front.idp, begun, case.client, typed, remembered)


def _post_department(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    chosen = request.form.get("department", "")
    changed = identify.choose(front.idp, identify.another_department(interaction), chosen)
    if changed.department_id:
        front.set_cookie("department", changed.department_id, 365 * 24 * 3600)
    return changed


def _post_password(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    typed, new = Secret(request.form.get("password", "")), Secret(request.form.get("new", ""))
    proved = password.prove(front.idp, visit, interaction, typed, new)
    return devices.recognise(front.idp, visit, proved, request.form.get("device_proof", ""))


def _post_totp(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    return _wished(totp.prove(front.idp, visit, interaction, subject_of(case), request.form.get("code", "")))


def _post_passkey(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    pinned = replace(interaction, subject_id=subject_of(case).id)
    return _wished(passkey.prove(front.idp, visit, pinned, request.form.get("credential", "")))


def _wished(interaction: Interaction) -> Interaction:
    """*Do not ask on this device*, ticked beside a second factor."""
    ticked = request.form.get("remember") == "yes"
    return devices.wish(interaction, ticked=ticked, key=request.form.get("device_key", ""))


def _post_way(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    return enrol.choose(interaction, request.form.get("way", ""))


def _post_code(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    return enrol.vouch(front.idp, visit, interaction, subject_of(case), request.form.get("code", ""), case.known)


def _post_enrol_totp(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    form = request.form
    return enrol.finish_totp(
        front.idp, visit, interaction, subject_of(case), case.proofs, form.get("code", ""), form.get("name", "")
    )


def _post_enrol_passkey(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    form = request.form
    answer_, name = form.get("credential", ""), form.get("name", "")
    return enrol.finish_passkey(
        front.idp, visit, interaction, subject_of(case), case.proofs, answer_, name, case.wanted
    )


def _post_acting(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    whom = request.form.get("whom", "")
    return delegations.choose(front.idp, interaction, subject_of(case), case.client, visit.now, whom)


def _post_consent(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    return consent.allow(front.idp, visit, interaction, subject_of(case))


POSTERS: dict[StepName, Poster] = {
    "identify": _post_identify,
    "department": _post_department,
    "password": _post_password,
    "new-password": password_pages.post_new,
    "totp": _post_totp,
    "passkey": _post_passkey,
    "certificate": card.unchanged,
    "ways": _post_way,
    "enrol": _post_way,
    "enrol-code": _post_code,
    "enrol-totp": _post_enrol_totp,
    "enrol-passkey": _post_enrol_passkey,
    "acting": _post_acting,
    "consent": _post_consent,
}
POSTERS |= recovery_steps.POSTERS


def _another(front: Front, interaction: Interaction, iid: str) -> Response:
    """*Try another way*: among enrolled ones, or another kind to enrol."""
    enrolling = interaction.stage.get("enrolling") == "yes"
    step: StepName = "enrol" if enrolling else "ways"
    changed = replace(enrol.choose_again(interaction), stage={**interaction.stage, "step": step})
    front.idp.ports.brief.save_interaction(changed)
    return redirect(step_url(step, iid), SEE_OTHER)  # type: ignore[return-value]


def _lost(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> Response:
    """*I no longer have any of these*: a reference for the help desk; the sign-in stands where it stood."""
    front.idp.ports.brief.save_interaction(lost.report(front.idp, visit, interaction, case))
    return redirect(step_url("lost", iid), SEE_OTHER)  # type: ignore[return-value]


def _options(front: Front) -> Response:
    """Options of a passkey ceremony; nothing is written."""
    iid, step = request.args.get("i", ""), request.args.get("step", "")
    front.require_csrf(f"{iid}|{step}")
    visit = front.visit()
    interaction = authorize.load(front.idp, visit, iid)
    case = gather(front.idp, visit, interaction, front.signed_in())
    if step == "enrol-passkey":
        text = enrol.passkey_options(front.idp, visit, interaction, subject_of(case), case.wanted)
    else:
        subject = case.standing.subject if case.standing and step == "passkey" else None
        text = passkey.options(front.idp, visit, interaction, subject)
    response = jsonify()
    response.set_data(text)
    return response


def _stands_at(step: StepName, interaction: Interaction) -> bool:
    """A form is taken under the same condition as its page is shown: no step can be jumped over."""
    return interaction.stage.get("step") == step or (step in ALWAYS and _may_return(step, interaction))


def _to_where_it_is(interaction: Interaction, iid: str) -> Response:
    return redirect(step_url(interaction.stage["step"], iid), SEE_OTHER)  # type: ignore[arg-type, return-value]


def _may_return(step: StepName, interaction: Interaction) -> bool:
    if step == "certificate":
        return card.may_show(interaction)
    if step == "ways":
        return bool(interaction.stage.get("ways")) and interaction.stage.get("enrolling") != "yes"
    if step == "lost":
        return bool(interaction.stage.get("ticket"))
    if step == "password" and interaction.subject_id is not None:
        return False
    if step in ("pass", "recovery", "password"):
        return interaction.identifier is not None and interaction.department_id is not None
    return step == "identify" or interaction.identifier is not None
