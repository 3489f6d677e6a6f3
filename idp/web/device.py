"""`/device`: the code that a device shows is typed, then who asks is always said before anything is allowed.

A code in the address is only written into the field. Spec: RFC 8628 §3.3, §3.3.1, §5.4. Does not decide: flows do.
"""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from idp.flows import authorize, device
from idp.flows.approval import Approver
from idp.flows.context import SignedInAs
from idp.flows.device import PATH, Wish
from idp.oidc import user_code
from idp.web import pages
from idp.web.answers import SEE_OTHER, answer
from idp.web.consent_page import consent_item
from idp.web.front import Front
from idp.web.pages import Reason
from idp.web.pages.away import Proved
from idp.web.pages.parts import Place

CONFIRM = f"{PATH}/confirm"
View = Callable[[Front, SignedInAs], Response]


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("device", __name__)
    for path, show, take in ((PATH, _show_code, _take_code), (CONFIRM, _show_wish, _take_wish)):
        views.add_url_rule(path, f"show-{path}", _mine(front, show), methods=["GET"])
        views.add_url_rule(path, f"take-{path}", _mine(front, take), methods=["POST"])
    return views


def _mine(front: Front, view: View) -> Callable[[], Response]:
    """Only for whoever is signed in; else through the sign-in, and back to the same page."""

    def guarded() -> Response:
        me = front.signed_in()
        if me is None:
            return answer(front, authorize.enter(front.idp, front.visit(), request.full_path.rstrip("?")))
        return view(front, me)

    return guarded


def _show_code(front: Front, me: SignedInAs) -> Response:
    """Prefilled when the address has a code of the right shape; nothing else of an address is ever shown."""
    code = user_code.clean(request.args.get("user_code", ""))
    return front.page(pages.DeviceCode(PATH, user_code.shown(code) if code else ""), purpose=PATH)


def _take_code(front: Front, me: SignedInAs) -> Response:
    front.require_csrf(PATH)
    text = request.form.get("user_code", "")
    handle = device.typed(front.idp, front.visit(), me, text) if text.strip() else None
    if handle is None:
        page = pages.DeviceCode(PATH, text[:32], "wrong" if text.strip() else "empty")
        return front.page(page, purpose=PATH, status=400)
    return redirect(_address(handle), SEE_OTHER)  # type: ignore[return-value]


def _show_wish(front: Front, me: SignedInAs) -> Response:
    handle = request.args.get("d", "")
    wish = device.behind(front.idp, me, handle)
    return front.page(_page(front, me, wish, handle), purpose=_purpose(handle))


def _take_wish(front: Front, me: SignedInAs) -> Response:
    handle, visit = request.args.get("d", ""), front.visit()
    front.require_csrf(_purpose(handle))
    wish = device.behind(front.idp, me, handle)
    if request.form.get("do") != "allow":
        device.deny(front.idp, visit, me, wish)
        return _finished(front, "device.denied", "device.denied_body")
    weighed = device.weigh(front.idp, visit, me, wish, _address(handle, proved="yes"))
    if not isinstance(weighed, Approver):
        return answer(front, weighed)
    device.allow(front.idp, visit, weighed, wish)
    return _finished(front, "device.allowed", "device.allowed_body")


def _finished(front: Front, heading: str, body: str) -> Response:
    tone = "good" if heading == "device.allowed" else "plain"
    return front.page(pages.Message(Reason(heading), (Reason(body),), tone))  # type: ignore[arg-type]


def _page(front: Front, me: SignedInAs, wish: Wish, handle: str) -> pages.DeviceConfirm:
    waits, visit = wish.request, front.visit()
    owner = front.idp.department(wish.client.department_id)
    return pages.DeviceConfirm(
        action=_address(handle),
        app=wish.client.name,
        owner=owner.name if owner else "",
        code=wish.code,
        place=Place(waits.country, waits.city),
        network=f"AS{waits.asn}" if waits.asn else None,
        at=waits.expires_at - timedelta(minutes=front.idp.settings.life.device_code_minutes),
        items=tuple(consent_item(front, visit, scope, wish.client, me.subject) for scope in waits.scopes),
        notice=proved(),
    )


def proved() -> Proved | None:
    """Whether the person comes back from one more proof, and how that went."""
    if request.args.get("proved") != "yes":
        return None
    return "unmet" if "error" in request.args else "proved"


def _purpose(handle: str) -> str:
    return f"{CONFIRM}|{handle}"


def _address(handle: str, **more: str) -> str:
    return f"{CONFIRM}?{urlencode({'d': handle, **more})}"
