"""Today in figures: sign-ins by hour, what was asked once more and why. Counts and no names."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from idp.flows.admin.scope import Admin
from idp.flows.context import Idp
from idp.ports import AuditRow

COUNTED = ("sign-in.succeeded", "sign-in.step-up", "sign-in.refused")
MOST = 5000
"""Events of one kind that are counted; beyond it the day is told as at least so many."""


@dataclass(frozen=True, slots=True)
class Today:
    """(succeeded, asked again, refused) in all and for each hour, and how often each policy was the reason."""

    totals: tuple[int, int, int]
    hours: tuple[tuple[int, int, int], ...]
    reasons: tuple[tuple[str, str, int], ...]
    """(message id, client id, times), most frequent first."""


def today(idp: Idp, admin: Admin, now: datetime) -> Today:
    """The day so far, in the service's time zone, of the people whom this administrator sees."""
    admin.require("admin.alerts.read")
    zone = ZoneInfo(idp.settings.server.time_zone)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    found = [_seen(idp, admin, idp.ports.truth.audit.search(name=name, since=midnight, limit=MOST)) for name in COUNTED]
    hours = [[0, 0, 0] for _ in range(24)]
    for kind, rows in enumerate(found):
        for row in rows:
            hours[row.at.astimezone(zone).hour][kind] += 1
    return Today(
        totals=(len(found[0]), len(found[1]), len(found[2])),
        hours=tuple((one[0], one[1], one[2]) for one in hours),
        reasons=_reasons(idp, [*found[1], *found[2]]),
    )


def _seen(idp: Idp, admin: Admin, rows: Sequence[AuditRow]) -> list[AuditRow]:
    if admin.branch is None:
        return list(rows)
    ids = {row: json.loads(row.body).get("subject_id") for row in rows}
    people = {subject_id: idp.ports.truth.people.get(subject_id) for subject_id in set(ids.values()) if subject_id}
    seen = {name for name, subject in people.items() if subject is not None and admin.sees(subject.department_id)}
    return [row for row, subject_id in ids.items() if subject_id in seen]


def _reasons(idp: Idp, rows: Sequence[AuditRow]) -> tuple[tuple[str, str, int], ...]:
    rules = idp.policies.book.rules
    counted: Counter[tuple[str, str]] = Counter()
    for row in rows:
        body = json.loads(row.body)
        for policy in body.get("policies", [])[:1]:
            if policy in rules:
                counted[rules[policy].because, body.get("client_id", "")] += 1
    return tuple((because, client_id, times) for (because, client_id), times in counted.most_common(5))
