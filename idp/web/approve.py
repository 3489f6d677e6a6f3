"""`/me/approve`: what applications ask this person by the back channel, each with its own yes and no.

Spec: CIBA Core §7, §8 (the binding message is shown). Does not decide: `idp.flows.backchannel` does.
"""

from flask import Blueprint, Response, redirect, request

from idp.errors import Expired, Unavailable
from idp.flows import authorize, backchannel
from idp.flows.approval import Approver
from idp.flows.backchannel import Wish
from idp.flows.context import SignedInAs
from idp.flows.notices import APPROVE
from idp.web import pages
from idp.web.answers import SEE_OTHER, answer
from idp.web.consent_page import consent_item
from idp.web.device import proved
from idp.web.front import Front

NOTICES = ("allowed", "denied", "over")


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("approve", __name__)
    views.add_url_rule(APPROVE, "show", lambda: _show(front), methods=["GET"])
    views.add_url_rule(APPROVE, "take", lambda: _take(front), methods=["POST"])
    return views


def waiting(front: Front, me: SignedInAs) -> int:
    """How many requests wait, for the banner. A store that is away is no reason to show no page."""
    try:
        return len(backchannel.waiting(front.idp, me))
    except Unavailable:
        return 0


def _show(front: Front) -> Response:
    me = front.signed_in()
    if me is None:
        return answer(front, authorize.enter(front.idp, front.visit(), APPROVE))
    told = request.args.get("notice")
    page = pages.MeApprove(
        action=APPROVE,
        requests=tuple(_asking(front, me, wish) for wish in backchannel.waiting(front.idp, me)),
        notice=told if told in NOTICES else proved(),  # type: ignore[arg-type]
    )
    return front.page(page, purpose=APPROVE)


def _take(front: Front) -> Response:
    me, visit = front.signed_in(), front.visit()
    if me is None:
        return answer(front, authorize.enter(front.idp, visit, APPROVE))
    front.require_csrf(APPROVE)
    try:
        wish = backchannel.chosen(front.idp, me, request.form.get("request", ""))
        if request.form.get("do") != "allow":
            backchannel.deny(front.idp, visit, me, wish)
            return _told("denied")
        weighed = backchannel.weigh(front.idp, visit, me, wish, f"{APPROVE}?proved=yes")
        if not isinstance(weighed, Approver):
            return answer(front, weighed)
        backchannel.allow(front.idp, visit, weighed, wish)
    except Expired:
        return _told("over")
    return _told("allowed")


def _told(notice: str) -> Response:
    return redirect(f"{APPROVE}?notice={notice}", SEE_OTHER)  # type: ignore[return-value]


def _asking(front: Front, me: SignedInAs, wish: Wish) -> pages.Asking:
    owner = front.idp.department(wish.client.department_id)
    scopes = wish.request.scopes
    return pages.Asking(
        id=wish.request.id,
        app=wish.client.name,
        owner=owner.name if owner else "",
        until=wish.request.expires_at,
        items=tuple(consent_item(front, front.visit(), scope, wish.client, me.subject) for scope in scopes),
        message=wish.request.binding_message,
    )
