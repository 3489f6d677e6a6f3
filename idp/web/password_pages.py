"""`/me/password`, and the page of the sign-in where a new password is chosen. What was typed is never shown again.

Spec: ASVS 5.0 V6.2.2-V6.2.3 (change, with the current one), V7.4.3 (others may end with it).
"""

from collections.abc import Callable

from flask import Blueprint, Response, g, redirect, request

from idp.authn.passwords import REFUSALS
from idp.errors import ProofRejected
from idp.flows import authorize
from idp.flows import password as own
from idp.flows.case import Case, decided
from idp.flows.context import SignedInAs, Visit
from idp.flows.sign_in import new_password
from idp.model import Interaction
from idp.secret import Secret
from idp.web.answers import SEE_OTHER, answer
from idp.web.approve import waiting
from idp.web.front import Front
from idp.web.me.own import prove_again
from idp.web.pages.password import MePassword, NewPassword

PURPOSE = "me"
PATH = "/me/password"


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("password", __name__)
    views.add_url_rule(PATH, "show", _mine(front, _show), methods=["GET"])
    views.add_url_rule(PATH, "take", _mine(front, _take), methods=["POST"])
    return views


def choose_new(front: Front, visit: Visit, interaction: Interaction, iid: str, case: Case) -> NewPassword:
    """The step's page."""
    subject = decided(case)[0].subject
    unfit = interaction.error == "unfit"
    told = interaction.stage.get("refusals", "").split() if unfit else []
    return NewPassword(
        action=request.full_path,
        identifier=interaction.identifier or subject.identifiers[0],
        why=new_password.why(front.idp, visit, interaction, subject),
        rule=own.rules_for(front.idp, front.idp.department(subject.department_id)),
        refusals=tuple(one for one in REFUSALS if one in told),
        advice=tuple(interaction.stage.get("advice", "").split()) if unfit else (),
    )


def post_new(front: Front, visit: Visit, interaction: Interaction, case: Case) -> Interaction:
    """The step's form."""
    typed, around = Secret(request.form.get("new", "")), (case.client.name.en, case.client.name.zh)
    return new_password.choose(front.idp, visit, interaction, decided(case)[0].subject, typed, around)


def _mine(front: Front, view: Callable[[Front, SignedInAs], Response]) -> Callable[[], Response]:
    """Only after a recent proof; a form must be one that this browser was given."""

    def guarded() -> Response:
        me = front.signed_in()
        if me is None:
            return answer(front, authorize.enter(front.idp, front.visit(), PATH))
        if (onward := prove_again(front, me, PATH)) is not None:
            return onward
        if request.method == "POST":
            front.require_csrf(PURPOSE)
        g.waiting = waiting(front, me)
        return view(front, me)

    return guarded


def _show(front: Front, me: SignedInAs) -> Response:
    ended = request.args.get("changed", "")
    return _page(front, me, changed=int(ended) if ended.isdecimal() and len(ended) < 4 else None)


def _take(front: Front, me: SignedInAs) -> Response:
    current, new = Secret(request.form.get("current", "")), Secret(request.form.get("new", ""))
    end_others = request.form.get("end-others") == "yes"
    try:
        ended = own.change_own(front.idp, front.visit(), me, current, new, end_others=end_others)
    except ProofRejected:
        return _page(front, me, wrong=True)
    except own.NotFit as unfit:
        return _page(front, me, unfit=unfit)
    return redirect(f"{PATH}?changed={ended}", SEE_OTHER)  # type: ignore[return-value]


def _page(
    front: Front, me: SignedInAs, *, unfit: own.NotFit | None = None, wrong: bool = False, changed: int | None = None
) -> Response:
    department = front.idp.department(me.subject.department_id)
    here = department is not None and department.connector == "local"
    page = MePassword(
        action=PATH,
        identifier=me.subject.identifiers[0],
        rule=own.rules_for(front.idp, department) if here else None,
        refusals=unfit.refusals if unfit else (),
        advice=unfit.advice if unfit else (),
        wrong=wrong,
        changed=changed,
        keeper=department.name if department else None,
        elsewhere=department.forgotten_url if department else None,
    )
    return front.page(page, purpose=PURPOSE)
