"""Errors become pages. Nothing of the inside leaves: the operator finds the rest in the log by the reference.

Three edges turn errors into answers: this one (pages), the redirect of `flows.authorize`, and JSON in `web.machine`.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from idp.errors import (
    Conflict,
    Expired,
    Forged,
    Invalid,
    NotAllowed,
    NotFound,
    OAuthError,
    ProofRejected,
    ShownError,
    Throttled,
    Unavailable,
)
from idp.events import DirectoryUnavailable
from idp.flows import unanswered
from idp.model import Text
from idp.web import late, pages
from idp.web.answers import step_url
from idp.web.front import Front
from idp.web.pages import Page
from idp.web.pages.parts import Link
from idp.web.step_pages import options_url

log = logging.getLogger("gerege.web")
HOME = Link("/", Text("Start again", "重新开始"))
RETRY = timedelta(seconds=30)


def register(app: Flask, front: Front) -> None:
    """One handler for each kind."""
    app.register_error_handler(ShownError, lambda error: _shown(front, error))
    app.register_error_handler(Unavailable, lambda error: _unavailable(front, error))
    app.register_error_handler(Throttled, lambda error: _throttled(front, error))
    app.register_error_handler(OAuthError, lambda error: _plain(front, "not_allowed", error, error.status))
    for kind, name, status in (
        (NotAllowed, "not_allowed", 403),
        (NotFound, "not_found", 404),
        (ProofRejected, "not_allowed", 400),
        (Invalid, "bad_request", 400),
    ):
        app.register_error_handler(kind, _as_page(front, name, status))
    app.register_error_handler(Expired, lambda error: _late(front, error, 410))
    app.register_error_handler(Conflict, lambda error: _late(front, error, 409))
    app.register_error_handler(Forged, lambda error: _forged(front, error))
    app.register_error_handler(HTTPException, lambda error: _http(front, error))
    app.register_error_handler(Exception, lambda error: _incident(front, error))


def _as_page(front: Front, name: str, status: int) -> Callable[[Exception], Response]:
    return lambda error: _plain(front, name, error, status)


def _late(front: Front, error: Expired | Conflict, status: int) -> Response:
    return late.came_late(front, error) or _plain(front, "expired", error, status)


def _forged(front: Front, error: Forged) -> Response:
    """A form without the token of this browser: most often one that keeps no cookies."""
    if late.no_cookies(front):
        return late.cookies_missing(front, error.status)
    return _plain(front, "other_browser", error, error.status)


def _plain(front: Front, kind: str, error: Exception, status: int, code: str | None = None) -> Response:
    code = code or front.idp.reference()
    log.warning("%s %s %s: %s: %s", code, request.method, request.path, type(error).__name__, error)
    detail = error.message if isinstance(error, Invalid) else None
    page = pages.Error(kind, code, front.visit().now, detail=detail, onward=HOME)  # type: ignore[arg-type]
    return _safe(front, page, status)


def _shown(front: Front, error: ShownError) -> Response:
    """No redirect on the word of an unknown client or address. Spec: RFC 6749 §4.1.2.1."""
    kind = error.message if error.message in ("unknown_application", "bad_return_address") else "bad_request"
    code = front.idp.reference()
    unanswered.tell(front.idp, front.visit(), kind, code, request.args.get("client_id"))
    return _plain(front, kind, error, error.status, code)


def _unavailable(front: Front, error: Unavailable) -> Response:
    """Which directory is down, by name; anything else of ours only by its reference."""
    code = front.idp.reference()
    log.error("%s %s %s: unavailable: %s: %s", code, request.method, request.path, error.what, error.detail)
    department = front.idp.ports.truth.configuration().departments.get(error.what) if error.what != "store" else None
    now = front.visit().now
    if department is None:
        response = _safe(front, pages.Unavailable(code, now, request.full_path), 503)
    else:
        front.idp.ports.truth.record_soon(DirectoryUnavailable(department_id=department.id, reference=code))
        iid = request.args.get("i", "")
        page = pages.DirectoryDown(
            department=department.name,
            reference=code,
            at=now,
            retry=request.full_path,
            action=step_url("identify", iid) if iid else None,
            options=options_url(iid, "identify") if iid else None,
        )
        response = front.page(page, purpose=f"{iid}|identify", may_return_to=front.return_address(iid))
    response.headers["Retry-After"] = str(int(RETRY.total_seconds()))
    return response


def _throttled(front: Front, error: Throttled) -> Response:
    return _safe(front, pages.TooMany(error.retry_after, request.full_path), error.status)


def _http(front: Front, error: HTTPException) -> Response:
    kinds = {404: "not_found", 405: "not_found", 413: "too_large"}
    return _plain(front, kinds.get(error.code or 500, "bad_request"), error, error.code or 500)


def _incident(front: Front, error: Exception) -> Response:
    """What nobody expected: an incident id for the person, everything for the operator."""
    code = front.idp.reference()
    log.exception("%s %s %s", code, request.method, request.path, exc_info=error)
    try:
        return _safe(front, pages.Error("internal", code, front.visit().now, onward=HOME), 500)
    except Exception:  # whatever broke is what a page is made with: the reference must come all the same
        log.exception("%s: its page could not be made", code)
        return Response(
            f"Something went wrong here. 系统出错。 {code}\n", 500, content_type="text/plain; charset=utf-8"
        )


def _safe(front: Front, page: Page, status: int) -> Response:
    """A page that must come even when a store is away: whoever is signed in is not looked up."""
    g.setdefault("signed_in", None)
    return front.page(page, status=status)
