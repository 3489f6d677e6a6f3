"""`/me/delegations`: who acts for me, for whom I act; made with a recent proof, ended without. `idp.flows.delegations`
decides."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, request

from idp.errors import Invalid
from idp.flows import delegations
from idp.flows.context import SignedInAs
from idp.model import Delegation
from idp.web import pages
from idp.web.answers import SEE_OTHER
from idp.web.drafts import own_page, proved_lately, step_up
from idp.web.front import Front
from idp.web.pages.parts import Choice

PATH = "/me/delegations"
NOTICES = ("made", "ended")


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("delegations", __name__)
    views.add_url_rule(PATH, "show", own_page(front, PATH, _show), methods=["GET"])
    views.add_url_rule(PATH, "take", own_page(front, PATH, _take), methods=["POST"])
    return views


def _show(front: Front, me: SignedInAs, wrong: str | None = None) -> Response:
    now, form = front.visit().now, request.form
    given, held = delegations.of_person(front.idp, me)
    today = now.astimezone(_zone(front)).date()
    notice = request.args.get("notice")
    page = pages.MeDelegations(
        action=PATH,
        given=tuple(_line(front, one, one.delegate_id) for one in given),
        held=tuple(_line(front, one, one.principal_id) for one in held),
        apps=tuple(Choice(one.id, one.name) for one in delegations.open_to_delegation(front.idp)),
        earliest=today,
        latest=today + 2 * delegations.LONGEST,
        delegate=form.get("delegate", ""),
        chosen=tuple(form.getlist("client")),
        starts=form.get("starts") or today.isoformat(),
        ends=form.get("ends", ""),
        reason=form.get("reason", ""),
        wrong=wrong,  # type: ignore[arg-type]
        notice=notice if notice in NOTICES and not wrong else None,  # type: ignore[arg-type]
    )
    return front.page(page, purpose=PATH, status=400 if wrong else None)


def _take(front: Front, me: SignedInAs) -> Response:
    form = request.form
    if form.get("do") == "end":
        delegations.end(front.idp, front.visit(), me, form.get("delegation", ""))
        return redirect(f"{PATH}?notice=ended", SEE_OTHER)  # type: ignore[return-value]
    if not proved_lately(front, me):
        return step_up(front)
    try:
        delegations.make(
            front.idp,
            front.visit(),
            me,
            delegate=form.get("delegate", ""),
            clients=form.getlist("client"),
            starts_at=_day(front, form.get("starts", "")),
            ends_at=_day(front, form.get("ends", "")) + timedelta(days=1),
            reason=form.get("reason", ""),
        )
    except Invalid as error:
        return _show(front, me, error.message)
    return redirect(f"{PATH}?notice=made", SEE_OTHER)  # type: ignore[return-value]


def _day(front: Front, typed: str) -> datetime:
    """The beginning of that day here. Raises Invalid."""
    try:
        return datetime.combine(date.fromisoformat(typed), time(), _zone(front)).astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError) as error:
        raise Invalid("dates") from error


def _zone(front: Front) -> ZoneInfo:
    return ZoneInfo(front.idp.settings.server.time_zone)


def _line(front: Front, one: Delegation, other_id: str) -> pages.DelegationLine:
    now, clients = front.visit().now, front.idp.ports.truth.configuration().clients
    other = front.idp.ports.truth.people.get(other_id)
    return pages.DelegationLine(
        id=one.id,
        other=other.display_name if other else "?",
        apps=tuple(clients[each].name for each in one.client_ids if each in clients),
        starts=one.starts_at,
        ends=one.ends_at,
        reason=one.reason,
        state="in-force"
        if one.in_force(now)
        else "to-come"
        if one.ended_at is None and now < one.starts_at
        else "over",
    )
