"""`/admin/departments/<id>/sync`: how reading its directory goes and went, whom the guard keeps, and a dry run."""

from concurrent.futures import wait
from datetime import datetime

from flask import Response, request

from idp.errors import Conflict, Invalid, Unavailable
from idp.flows.admin.scope import Admin
from idp.flows.sync import decisions, told
from idp.flows.sync.preview import Preview
from idp.flows.sync.side_by_side import SideBySide
from idp.flows.sync.told import Kept, Stand
from idp.model import SyncRun
from idp.web.admin.console import Console
from idp.web.pages import Notice, Reason
from idp.web.pages.admin_sync import AdminSync, ForeseenLine, KeptLine, Looked, RoundLine, Waiting

PATH = "/departments/<department_id>/sync"
SHOWN = 200
"""People of one list; the command line tells all."""
PATIENCE_SECONDS = 20
LOOKING: SideBySide[Preview] = SideBySide("look", 2)
"""Dry runs of this process: one of a department at a time, so that no reload asks a directory twice."""


def show(console: Console, admin: Admin, department_id: str, notice: Notice | None = None) -> Response:
    return _page(console, admin, department_id, notice)


def take(console: Console, admin: Admin, department_id: str) -> Response:
    do = request.form.get("do", "")
    if do == "look":
        looked: list[Preview] = []
        notice = console.tried(lambda: _look(console, admin, department_id, looked))
        return _page(console, admin, department_id, notice, *looked)
    if do not in ("release", "refuse"):
        raise Invalid("there is no such button")
    return show(console, admin, department_id, console.tried(lambda: _decide(console, admin, do == "release")))


def _decide(console: Console, admin: Admin, release: bool) -> Notice:
    run_id, reason = request.form.get("run", ""), request.form.get("reason", "")
    decisions.decide(console.idp, admin, run_id, release=release, reason=reason, now=console.front.visit().now)
    return Notice("good", Reason("console.sync-released" if release else "console.sync-refused"))


def _look(console: Console, admin: Admin, department_id: str, looked: list[Preview]) -> Notice:
    """Not longer than anybody waits for a page. Raises Conflict: it takes longer, or is under way."""
    now = console.front.visit().now
    begun = LOOKING.begin(department_id, lambda: told.foreseen(console.idp, admin, department_id, now))
    if begun is None:
        raise Conflict("this directory is being looked at already; try again in a minute")
    wait([begun], PATIENCE_SECONDS)
    if not begun.done():
        raise Conflict(f"the directory is large: run gerege sync {department_id} --dry-run at the command line")
    try:
        looked.append(begun.result())
    except Unavailable as away:
        raise Conflict(away.detail) from away
    return Notice("good", Reason("console.sync-looked"))


def _page(
    console: Console, admin: Admin, department_id: str, notice: Notice | None, looked: Preview | None = None
) -> Response:
    now, stand = console.front.visit().now, told.stand(console.idp, admin, department_id)
    page = AdminSync(
        f"/admin/departments/{department_id}/sync",
        f"/admin/departments/{department_id}",
        stand.department.name,
        stand.people,
        tuple(_line(console, one, now) for one in told.past(console.idp, admin, department_id)),
        _waiting(console, admin, stand, now),
        _looked(looked) if looked else None,
        admin.may(decisions.DECIDE),
        admin.may(told.WRITE),
        notice,
    )
    return console.page(admin, page)


def _line(console: Console, run: SyncRun, now: datetime) -> RoundLine:
    decided = console.idp.ports.truth.people.get(run.decided_by) if run.decided_by else None
    by = decided.display_name if decided else run.decided_by
    return RoundLine(run.id, run.kind, run.state, run.started_at, now - run.beat_at, run.counts, run.detail, by)


def _waiting(console: Console, admin: Admin, stand: Stand, now: datetime) -> Waiting | None:
    if stand.asked is None:
        return None
    people = len({one.subject_id for one in stand.asked.held})
    kept = told.kept(console.idp, admin, stand.asked, SHOWN)
    return Waiting(_line(console, stand.asked, now), people, tuple(_kept(admin, one) for one in kept))


def _kept(admin: Admin, one: Kept) -> KeptLine:
    name = one.subject.display_name if one.subject else one.losing.subject_id
    opens = one.subject is not None and admin.may("admin.people.read")
    return KeptLine(name, one.role, f"/admin/people/{one.losing.subject_id}" if opens else None)


def _looked(found: Preview) -> Looked:
    shown = tuple(
        ForeseenLine(one.what, one.name, one.given, one.taken, tuple(sorted(one.groups.items())))
        for one in found.people[:SHOWN]
    )
    reasons = tuple((group, why, count) for (group, why), count in sorted(found.reasons.items()))
    held = len({one.subject_id for one in found.held})
    return Looked(dict(found.counts), len(found.people), shown, reasons, held)
