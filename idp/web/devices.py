"""`/me/devices`: the devices of a person, which of them are trusted, and the end of it. `idp.flows.devices` decides."""

from flask import Blueprint, Response, redirect, request

from idp.errors import Forged
from idp.flows import devices
from idp.flows.context import SignedInAs
from idp.web import pages
from idp.web.answers import SEE_OTHER
from idp.web.drafts import own_page
from idp.web.front import Front

PATH = "/me/devices"
NOTICES = ("untrusted", "forgotten")


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("devices", __name__)
    views.add_url_rule(PATH, "show", own_page(front, PATH, _show), methods=["GET"])
    views.add_url_rule(PATH, "take", own_page(front, PATH, _take), methods=["POST"])
    return views


def _show(front: Front, me: SignedInAs) -> Response:
    visit, notice = front.visit(), request.args.get("notice")
    names = {
        one.device_hash: " · ".join(filter(None, (one.browser, one.system)))
        for one in front.idp.ports.truth.sessions.of(me.subject.id, visit.now)
    }
    lines = tuple(
        pages.KnownDevice(
            id=one.device_hash,
            first=one.first_seen_at,
            last=one.last_seen_at,
            trusted_until=one.trusted_until if devices.is_trusted(front.idp, one, me.subject, visit.now) else None,
            keyed=one.public_key is not None,
            this=one.device_hash == visit.device_hash,
            name=names.get(one.device_hash) or None,
        )
        for one in devices.own(front.idp, me)
    )
    page = pages.MeDevices(PATH, lines, notice if notice in NOTICES else None)  # type: ignore[arg-type]
    return front.page(page, purpose=PATH)


def _take(front: Front, me: SignedInAs) -> Response:
    """Ending trust is never made hard: no further proof is asked for."""
    device, do = request.form.get("device", ""), request.form.get("do")
    if all(one.device_hash != device for one in devices.own(front.idp, me)):
        raise Forged("not a device of this person")
    if do == "untrust":
        devices.untrust(front.idp, front.visit(), me, device)
    else:
        devices.forget(front.idp, me.subject.id, device)
    return redirect(f"{PATH}?notice={'untrusted' if do == 'untrust' else 'forgotten'}", SEE_OTHER)  # type: ignore[return-value]
