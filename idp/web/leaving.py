"""Signing out: a question unless the application proved whose session it is about; then what ended, by name.

Spec: RP-Initiated Logout 1.0 §2-3, Front-Channel Logout 1.0 §2-4. Our own cookies are cleared and the cache is, never
all cookies of the host (the device stays known). Does not decide who may sign out: `idp.flows.logout` does.
"""

from datetime import timedelta

from flask import Blueprint, Response, redirect, request

from idp.errors import Forged
from idp.flows.deliver import deliver_now
from idp.flows.logout import Confirm, SignedOut, in_browser, logout
from idp.model import Client, Text
from idp.oidc.logout_frontchannel import origin
from idp.web import pages
from idp.web.answers import SEE_OTHER
from idp.web.front import Front
from idp.web.pages.parts import Link

PATIENCE = timedelta(seconds=3)
"""How long the page waits for applications to say that they heard."""
GOES_ON = timedelta(seconds=6)
"""After which the page leads back to the application without a script, when applications are asked in the browser."""
KEPT = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales")
"""Parameters that go on with the confirmation."""


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("leaving", __name__)
    views.add_url_rule("/logout", "logout", lambda: _logout(front), methods=["GET", "POST"])
    views.add_url_rule("/signed-out", "signed-out", lambda: front.page(pages.SignedOut()), methods=["GET"])
    return views


def _logout(front: Front) -> Response:
    given = request.form if request.method == "POST" else request.args
    pairs = list(given.items(multi=True))
    confirmed = request.method == "POST" and _is_ours(front)
    if confirmed and request.form.get("do") == "stay":
        return redirect("/", SEE_OTHER)  # type: ignore[return-value]
    outcome = logout(front.idp, front.visit(), pairs, confirmed=confirmed)
    return _ask(front, pairs) if isinstance(outcome, Confirm) else _done(front, outcome)


def _is_ours(front: Front) -> bool:
    """Whether the form is one that this browser was given; an application's POST is only a wish."""
    try:
        front.require_csrf("sign-out")
    except Forged:
        return False
    return True


def _ask(front: Front, pairs: list[tuple[str, str]]) -> Response:
    """Which applications will end, before anything does."""
    idp, me = front.idp, front.signed_in()
    clients = idp.ports.truth.configuration().clients
    grants = idp.ports.truth.grants.of_session(me.session.sid) if me else ()
    names = {one.client_id: clients[one.client_id].name for one in grants if one.client_id in clients}
    keep = tuple((name, value) for name, value in pairs if name in KEPT)
    return front.page(pages.ConfirmSignOut("/logout", tuple(names.values()), keep), purpose="sign-out")


def _done(front: Front, outcome: SignedOut) -> Response:
    """Tell the applications, forget the session's cookie, and say what ended."""
    idp, sid = front.idp, outcome.sid
    heard = dict(deliver_now(idp, sid, idp.ports.now() + PATIENCE)) if sid else {}
    asked = in_browser(idp, sid) if sid else ()
    front.set_cookie("session", "")
    front.forget_session()
    if outcome.back is not None and not asked:
        response: Response = redirect(outcome.back, SEE_OTHER)  # type: ignore[assignment]
    elif outcome.shared and not asked:
        response = redirect("/sign-in", SEE_OTHER)  # type: ignore[assignment]
    else:
        response = _told(front, outcome, heard, asked)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _told(front: Front, outcome: SignedOut, heard: dict[str, bool], asked: tuple[tuple[Client, str], ...]) -> Response:
    """Which applications ended, which did not answer, and which this page asks: it alone may frame them."""
    clients, frames = front.idp.ports.truth.configuration().clients, {one.id: url for one, url in asked}
    apps = tuple(
        pages.AppEnded(clients[one].name, heard.get(one), frames.get(one))
        for one in dict.fromkeys((*heard, *frames))
        if one in clients
    )
    response = front.page(pages.SignedOut(apps, _onward(outcome), goes_on=GOES_ON if outcome.back else None))
    if asked:
        origins = " ".join(sorted({origin(url) or "" for _, url in asked}))
        response.headers["Content-Security-Policy"] += f"; frame-src {origins}"
    return response


def _onward(outcome: SignedOut) -> Link | None:
    """Back to the application that asked. Where it is proved who asked, its name stands on the button."""
    if outcome.back is None:
        return None
    name = outcome.client.name if outcome.client else Text("the application", "该应用")
    return Link(outcome.back, Text(f"Go on to {name.en}", f"前往{name.zh}"))
