"""A step's page that came too late: what to show instead of an error.

What it is for: the back button after the end, a form that was posted twice, an interaction that ran out while the
telephone rang, a browser without cookies. Each keeps the name that was typed and says what to do.
What it does not do: bring an ended interaction back. Nothing that it knew is told, so a guessed id learns nothing;
a password that came with a late form is dropped unread. What is gone is answered with 410, whatever the page offers.
Spec: RFC 9110 §15.5.11 (410), WCAG 2.2 §2.2.1 (timing), OWASP ASVS 5.0 V7.
"""

from dataclasses import replace

from flask import Response, redirect, request

from idp.errors import Conflict, Expired, Throttled, Unavailable
from idp.flows import authorize, built_in
from idp.flows.answers import GoTo
from idp.flows.case import gather
from idp.model import AuthorizationRequest, Text
from idp.web import pages, step_pages
from idp.web.answers import PATHS, SEE_OTHER, answer, step_url
from idp.web.front import Front
from idp.web.pages.parts import Link

LONGEST_NAME = 320
STEPS = frozenset(PATHS.values())
APPLICATIONS = Link("/", Text("Go to your applications", "前往您的应用"))


def came_late(front: Front, error: Expired | Conflict) -> Response | None:
    """The page instead of `error`; None where the error is all that can be said."""
    if no_cookies(front):
        return cookies_missing(front, error.status)
    if request.path not in STEPS:
        return None
    if isinstance(error, Conflict):  # the same form twice: the first one was taken, so on to where it led
        return redirect(f"{request.path}?{request.query_string.decode()}", SEE_OTHER)  # type: ignore[return-value]
    if front.signed_in() is not None:
        page = pages.Error("done", front.idp.reference(), front.visit().now, onward=APPLICATIONS)
        return front.page(page, status=error.status)
    return _begin_again(front, error.status)


def no_cookies(front: Front) -> bool:
    """Whether this browser sent none of ours: it keeps none, or the address was begun in another browser."""
    return front.cookie("binding") is None


def cookies_missing(front: Front, status: int) -> Response:
    """What to do about it; who is signed in cannot be known."""
    page = pages.Error("no_cookies", front.idp.reference(), front.visit().now, onward=None)
    return front.page(page, status=status)


def _begin_again(front: Front, status: int) -> Response | None:
    """The first page of a new sign-in to our own page, with the name that was typed and a word on what happened."""
    idp, visit = front.idp, front.visit()
    typed = request.form.get("username", "")[:LONGEST_NAME]
    asked = AuthorizationRequest(built_in.ACCOUNT.id, "/", (), login_hint=typed or None)
    try:
        given = authorize.start(idp, visit, asked)
        if not isinstance(given, GoTo):
            return answer(front, given)
        iid = given.interaction_id
        begun = replace(authorize.load(idp, visit, iid), error="expired")
        idp.ports.brief.save_interaction(begun)
    except (Expired, Throttled, Unavailable):
        return None
    case, here = gather(idp, visit, begun, None), step_url("identify", iid)
    page = step_pages.identify(front, visit, begun, iid, case, action=here)
    around = replace(front.chrome(case.client.name), here=here)
    return front.page(page, purpose=f"{iid}|identify", chrome=around, status=status)
