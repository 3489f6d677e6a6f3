"""`/admin/apps/<client_id>`: one application on one page: its facts, code to paste, and everything that may be done."""

from collections.abc import Callable

from flask import Response, request

from idp.errors import IdpError, Invalid, NotAllowed, NotFound, Unavailable
from idp.flows.admin import app_test, clients
from idp.flows.admin.scope import Admin
from idp.web.admin.app_page import Shown, page_of
from idp.web.admin.console import Console
from idp.web.answers import answer
from idp.web.pages import Notice, Reason

PATH = "/apps/<client_id>"
COOKIE = "app-test"
MOST_TRIED = 4000


def show(console: Console, admin: Admin, client_id: str, shown: Shown | None = None) -> Response:
    one = clients.get(console.idp, admin, client_id)
    shown = shown or Shown(uri=request.args.get("try", "").strip()[:MOST_TRIED])
    return console.page(admin, page_of(console, admin, one, shown))


def take(console: Console, admin: Admin, client_id: str) -> Response:
    do = request.form.get("do", "")
    clients.get(console.idp, admin, client_id)
    if do == "test":
        return _test(console, admin, client_id)
    if do not in CHANGES:
        raise Invalid("there is no such button")
    made: list[str] = []
    notice = console.tried(lambda: CHANGES[do](console, admin, client_id, made))
    typed = {} if notice.tone == "good" else request.form.to_dict()
    return show(console, admin, client_id, Shown(notice, made[0] if made else None, typed=typed))


def _test(console: Console, admin: Admin, client_id: str) -> Response:
    """Away on the road of every sign-in; the way back is `app_tested`."""
    front = console.front
    try:
        first, cookie = app_test.begin(console.idp, front.visit(), admin, client_id)
    except (NotAllowed, NotFound, Unavailable):
        raise
    except IdpError as refused:
        notice = Notice("bad", Reason("console.not-done", {"why": refused.detail}))
        return show(console, admin, client_id, Shown(notice))
    front.set_cookie(COOKIE, cookie, int(app_test.STARTING.total_seconds()))
    return answer(front, first)


def _reason() -> str:
    return request.form.get("reason", "")


def _new_secret(console: Console, admin: Admin, client_id: str, made: list[str]) -> Notice:
    """Shown on this answer and nowhere else."""
    made.append(clients.new_secret(console.idp, admin, client_id, _reason()))
    return Notice("good", Reason("app.saved-secret"))


def _drop_secret(console: Console, admin: Admin, client_id: str, made: list[str]) -> Notice:
    clients.drop_older_secret(console.idp, admin, client_id, _reason())
    return Notice("good", Reason("app.dropped-secret"))


def _remove(console: Console, admin: Admin, client_id: str, made: list[str]) -> Notice:
    clients.remove(console.idp, admin, client_id, _reason(), console.front.visit().now)
    return Notice("good", Reason("app.removed"))


CHANGES: dict[str, Callable[[Console, Admin, str, list[str]], Notice]] = {
    "new-secret": _new_secret,
    "drop-secret": _drop_secret,
    "remove": _remove,
}
