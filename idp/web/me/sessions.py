"""`/me/sessions`: where this person is signed in, by device; ending one or all others, at once."""

from flask import Response, request

from idp.flows import account
from idp.flows.context import SignedInAs
from idp.model import Session
from idp.web import pages
from idp.web.front import Front
from idp.web.me.own import PURPOSE, day_word, device_name, network_of, place_of

PATH = "/me/sessions"


def show(front: Front, me: SignedInAs, ended: int | None = None) -> Response:
    held = account.own_sessions(front.idp, front.visit(), me)
    devices: dict[str | None, list[Session]] = {}
    for one in sorted(held, key=lambda one: (one.sid != me.session.sid, one.device_hash != me.session.device_hash)):
        devices.setdefault(one.device_hash, []).append(one)
    page = pages.MeSessions(
        action=PATH,
        devices=tuple(
            pages.Device(
                name=device_name(group[0].browser, group[0].system),
                sessions=tuple(_line(front, one, me) for one in group),
                this=any(one.sid == me.session.sid for one in group),
            )
            for group in devices.values()
        ),
        ended=ended,
        others=len(held) > 1,
    )
    return front.page(page, purpose=PURPOSE)


def take(front: Front, me: SignedInAs) -> Response:
    visit = front.visit()
    if request.form.get("do") == "end-others":
        return show(front, me, account.end_others(front.idp, visit, me))
    return show(front, me, account.end_session(front.idp, visit, me, request.form.get("session", "")))


def _line(front: Front, session: Session, me: SignedInAs) -> pages.SessionLine:
    clients = front.idp.ports.truth.configuration().clients
    grants = front.idp.ports.truth.grants.of_session(session.sid)
    names = {grant.client_id: clients[grant.client_id].name for grant in grants if grant.client_id in clients}
    return pages.SessionLine(
        id=session.sid,
        started=session.created_at,
        seen=session.last_seen_at,
        place=place_of(session.country, session.city),
        apps=tuple(names.values()),
        ways=tuple(dict.fromkeys(proof.factor for proof in session.proofs)),
        network=network_of(session.asn, session.operator),
        this=session.sid == me.session.sid,
        started_day=day_word(front, session.created_at),
        seen_day=day_word(front, session.last_seen_at),
    )
