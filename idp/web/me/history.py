"""`/me/history`: who tried to be this person, where, and *Was this you?*"""

from typing import get_args

from flask import Response, redirect, request

from idp.flows import own_history
from idp.flows.context import SignedInAs
from idp.model import FactorName, SignIn
from idp.web import pages
from idp.web.answers import SEE_OTHER
from idp.web.front import Front
from idp.web.me.own import PURPOSE, day_word, device_name, network_of, place_of, told
from idp.web.pages.parts import Reason

PATH = "/me/history"
WHY = frozenset(
    {
        *("wrong", "unknown", "disabled", "gone", "throttled", "shape", "used", "clock", "stale"),
        *("forged", "foreign", "cloned", "revoked", "untrusted", "unfit"),
    }
)
"""Words of a failure that have a sentence of their own, `tried.<word>`."""


def show(front: Front, me: SignedInAs) -> Response:
    wanted = request.args.get("show", "")
    outcome = next((one for one in own_history.OUTCOMES if one == wanted), None)
    number = request.args.get("page", "1")
    found = own_history.listed(
        front.idp, front.visit(), me, outcome, int(number) if number.isascii() and number[:6].isdigit() else 1
    )
    ended = request.args.get("ended", "0")
    page = pages.MeHistory(
        action=PATH,
        rows=tuple(_row(front, me, one) for one in found.rows),
        paging=pages.Paging(found.page, found.pages, len(found.rows), PATH, (("show", outcome or ""),)),
        show=outcome or "",
        notice=told("mine", "not-mine"),  # type: ignore[arg-type]
        ended=int(ended) if ended.isascii() and ended.isdigit() and len(ended) < 4 else 0,
    )
    return front.page(page, purpose=PURPOSE)


def take(front: Front, me: SignedInAs) -> Response:
    row = request.form.get("row", "")
    if request.form.get("do") == "not-mine":
        ended = own_history.not_mine(front.idp, front.visit(), me, row)
        return redirect(f"{PATH}?notice=not-mine&ended={ended}", SEE_OTHER)  # type: ignore[return-value]
    own_history.mine(front.idp, front.visit(), me, row)
    return redirect(f"{PATH}?notice=mine", SEE_OTHER)  # type: ignore[return-value]


def _row(front: Front, me: SignedInAs, one: SignIn) -> pages.HistoryRow:
    refused = one.outcome == "refused"
    why = None
    if one.outcome == "failed":
        why = Reason(f"tried.{one.reason if one.reason in WHY else 'rejected'}")
    return pages.HistoryRow(
        id=one.id,
        at=one.at,
        outcome=one.outcome,
        place=place_of(one.country, one.city),
        network=network_of(one.asn, one.operator),
        device=device_name(one.browser, one.system),
        app=own_history.application(front.idp, one.client_id),
        ways=tuple(factor for factor in get_args(FactorName) if factor in one.factors),
        why=Reason("tried.policy") if refused else why,
        more=f"/why/{one.reason}" if refused and one.reason else None,
        this=one.sid == me.session.sid,
        answered=one.answered,
        day=day_word(front, one.at),
    )
