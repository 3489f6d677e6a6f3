"""`/session-ending`: two minutes before a session ends its person is told, and may stay or leave.

What it is for: pages of whoever is signed in warn by a script that keeps what was typed; without scripts the browser is
led here in time. *Stay signed in* is a form of ours, so that no other page keeps a session alive; asking how long it
still is (`Accept: application/json`) prolongs nothing. The absolute end is never moved.
What it does not do: lead anywhere but to pages of whoever is signed in.
Spec: WCAG 2.2 §2.2.1, §2.2.5, §2.2.6; NIST SP 800-63B-4 §2.1.3, §2.2.3 (session limits); ASVS 5.0 V7.3.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from flask import Blueprint, Response, jsonify, redirect, request

from idp.authn.session import remaining
from idp.flows import authorize
from idp.flows.context import SignedInAs
from idp.web.answers import SEE_OTHER, answer
from idp.web.front import STAY, Front
from idp.web.pages.parts import Page

PATH = "/session-ending"
OWN = re.compile(r"/(?:(?:me|admin|why)(?:/[\w./-]*)?)?(?:\?[\w.~%&=+/:-]*)?", re.ASCII)
"""Pages of whoever is signed in: no other host, no scheme, nothing that a browser would read as one."""
HOME = "/me"


@dataclass(frozen=True, slots=True)
class SessionEnding(Page):
    """What happens, and when. Form: `do=stay`, `back`; *Sign out* is the form of every page.

    Args:
        seconds: until the end. fixed: the absolute end, which nothing moves. stayed: it was moved just now.
    """

    template: ClassVar[str] = "session_ending.html"
    action: str
    back: str
    seconds: int
    fixed: bool = False
    stayed: bool = False


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("session_ending", __name__)
    views.add_url_rule(PATH, "show", lambda: _show(front), methods=["GET"])
    views.add_url_rule(PATH, "take", lambda: _take(front), methods=["POST"])
    return views


def own(path: str) -> str:
    """`path` where it is one of the person's own pages, else their account."""
    return path if len(path) < 2000 and OWN.fullmatch(path) and "//" not in path.partition("?")[0] else HOME


def _show(front: Front) -> Response:
    me = front.signed_in()
    if _by_script():
        return _left(front, me)
    back = own(request.args.get("back", ""))
    if me is None:
        return answer(front, authorize.enter(front.idp, front.visit(), back))
    left, fixed = remaining(me.session, front.visit().now)
    stayed = request.args.get("stayed") == "yes"
    return front.page(SessionEnding(PATH, back, int(left.total_seconds()), fixed, stayed), purpose=STAY)


def _take(front: Front) -> Response:
    front.require_csrf(STAY)
    me = front.signed_in()
    if me is not None:
        front.seen(me)
    if _by_script():
        return _left(front, front.signed_in())
    back = own(request.form.get("back", ""))
    if me is None:
        return answer(front, authorize.enter(front.idp, front.visit(), back))
    return redirect(f"{PATH}?stayed=yes&back={_quoted(back)}", SEE_OTHER)  # type: ignore[return-value]


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("&", "%26").replace("+", "%2B")


def _by_script() -> bool:
    return request.headers.get("Accept") == "application/json"


def _left(front: Front, me: SignedInAs | None) -> Response:
    """Seconds until the end, and whether it can be moved; 0 when nobody is signed in."""
    if me is None:
        return jsonify(seconds=0, fixed=False)
    left, fixed = remaining(me.session, front.visit().now)
    return jsonify(seconds=int(left.total_seconds()), fixed=fixed)
