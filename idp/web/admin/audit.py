"""`/admin/audit`: the log in plain sentences, and whether it is whole."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Response, request

from idp.errors import NotFound
from idp.events import EVENTS
from idp.flows import why
from idp.flows.admin import log, people
from idp.flows.admin.scope import Admin
from idp.flows.admin.sentences import Teller
from idp.ports import AuditRow
from idp.web.admin.console import Console
from idp.web.pages import AdminAudit, AuditLine, Choice, Paging, Reason, Verified
from idp.web.pages.parts import Words

PATH = "/audit"
PAGE = 50


def show(console: Console, admin: Admin, verified: Verified | None = None) -> Response:
    typed = {name: request.args.get(name, "").strip()[:100] for name in ("q", "kind", "since", "until")}
    number = max(request.args.get("page", 1, type=int), 1)
    rows = log.search(console.idp, admin, _wanted(console, admin, typed), min(number * PAGE + 1, log.MOST))
    mine = rows[(number - 1) * PAGE : number * PAGE]
    more = number + 1 if len(rows) > number * PAGE else number
    paging = Paging(number, more, len(rows), "/admin/audit", tuple(typed.items()))
    kinds = tuple(Choice(name, name) for name in sorted(EVENTS))
    page = AdminAudit("/admin/audit", lines(console, admin, mine), paging, kinds, verified=verified)
    return console.page(admin, replace(page, **typed))  # type: ignore[arg-type]


def take(console: Console, admin: Admin) -> Response:
    report = log.verify(console.idp, admin)
    first = report.findings[0] if report.findings else None
    now = console.front.visit().now
    row, detail = (first.first, str(first)) if first else (None, None)
    return show(console, admin, Verified(report.ok, report.rows, report.root.hex(), now, row, detail))


def lines(console: Console, admin: Admin, rows: Sequence[AuditRow]) -> tuple[AuditLine, ...]:
    """Rows as sentences with names."""
    teller = Teller(console.idp, admin, console.known)
    return tuple(_line(teller, admin, row) for row in rows)


def _line(teller: Teller, admin: Admin, row: AuditRow) -> AuditLine:
    body = json.loads(row.body)
    reference = body.get("reference")
    href = f"/why/{quote(reference)}" if reference and admin.may("admin.policy.read") else None
    raw = json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True)
    return AuditLine(row.seq or 0, row.at, said(teller.tell(row)), raw, reference, href)


def said(message: why.Said) -> Words:
    """A message id with facts, which may be sentences themselves, as the page says it."""
    name, facts = message
    return Reason(name, {key: said(value) if isinstance(value, tuple) else value for key, value in facts.items()})


def _wanted(console: Console, admin: Admin, typed: dict[str, str]) -> log.Wanted:
    """What was typed: a reference, an application, or a person."""
    text = typed["q"]
    zone = ZoneInfo(console.idp.settings.server.time_zone)
    known = console.idp.ports.truth.configuration().clients
    reference = text.upper() if len(text) == 9 and text[4] == "-" and text not in known else None
    return log.Wanted(
        name=typed["kind"] if typed["kind"] in EVENTS else None,
        subject_id=_person(console, admin, text) if text and text not in known and reference is None else None,
        client_id=text if text in known else None,
        reference=reference,
        since=_day(typed["since"], zone),
        until=_day(typed["until"], zone, timedelta(days=1)),
    )


def _person(console: Console, admin: Admin, text: str) -> str:
    """Their id; what is nobody's finds nothing."""
    found = people.search(console.idp, admin, text).people if not text.startswith("sub_") else ()
    if found:
        return found[0].id
    try:
        return people.get(console.idp, admin, text, console.front.visit().now).subject.id
    except NotFound:
        return "nobody"


def _day(text: str, zone: ZoneInfo, more: timedelta = timedelta(0)) -> datetime | None:
    """Midnight of that day; what is no day is no filter."""
    try:
        return datetime.combine(datetime.strptime(text, "%Y-%m-%d").date() + more, time(), zone).astimezone(UTC)  # noqa: DTZ007
    except (ValueError, OverflowError):
        return None
