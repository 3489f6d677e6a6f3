"""`/me/data`: what is kept about this person, why and how long; taking it along, putting it right, erasing it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

import orjson
from flask import Response, redirect, request

from idp.errors import Invalid
from idp.flows import kept, wishes
from idp.flows.context import SignedInAs
from idp.flows.kept_parts import Value
from idp.model import PendingChange
from idp.web import pages
from idp.web.answers import SEE_OTHER
from idp.web.front import Front
from idp.web.me.own import PURPOSE, prove_again, told
from idp.web.pages.parts import Reason, Words

PATH = "/me/data"


def show(front: Front, me: SignedInAs, error: str | None = None) -> Response:
    idp, visit = front.idp, front.visit()
    department = idp.department(me.subject.department_id)
    ours = wishes.is_ours(idp, me.subject)
    page = pages.MeKept(
        action=PATH,
        parts=_parts(kept.rules(idp)),
        fields=tuple((name, _field(name), wishes.value_of(me.subject, name)) for name in wishes.FIELDS),
        wishes=tuple(_wish(one) for one in wishes.all_of(idp, me.subject)),
        keeper=None if ours or department is None else department.name,
        administrator=not wishes.is_ordinary(idp, me.subject, visit.now),
        notice=told("proved", "corrected", "erased", "withdrawn"),  # type: ignore[arg-type]
        error=error,  # type: ignore[arg-type]
        field=request.form.get("field", ""),
        wanted=request.form.get("wanted", "")[: wishes.LONGEST],
    )
    return front.page(page, purpose=PURPOSE)


def take(front: Front, me: SignedInAs) -> Response:
    """Everything here but taking a wish back asks for a recent proof."""
    do = request.form.get("do", "")
    if do == "withdraw":
        wishes.withdraw(front.idp, front.visit(), me, request.form.get("wish", ""))
        return _told("withdrawn")
    again = prove_again(front, me, f"{PATH}?notice=proved")
    if again is not None:
        return again
    if do in ("json", "page"):
        return _export(front, me, do)
    return _wished(front, me, do)


def schema() -> Response:
    """The shape of the file, for anybody. Spec: JSON Schema 2020-12."""
    return Response(_schema(), mimetype="application/schema+json")


def _wished(front: Front, me: SignedInAs, do: str) -> Response:
    idp, visit, form = front.idp, front.visit(), request.form
    try:
        if do != "erase":
            wishes.correct(idp, visit, me, form.get("field", ""), form.get("wanted", ""), form.get("reason", ""))
            return _told("corrected")
        if form.get("sure") != "yes":
            raise Invalid("sure")
        wishes.erase(idp, visit, me)
    except Invalid as refused:
        return show(front, me, refused.message if refused.message in ERRORS else "wanted")
    return _told("erased")


ERRORS = ("field", "wanted", "same", "waits", "directory", "administrator", "sure")


def _export(front: Front, me: SignedInAs, do: str) -> Response:
    idp, visit = front.idp, front.visit()
    found = kept.export(idp, visit, me, "json" if do == "json" else "page")
    if do == "page":
        return front.page(pages.MeKeptAll(_parts(found), visit.now), purpose=PURPOSE)
    body = orjson.dumps(kept.as_json(idp, me.subject, found, visit.now), option=orjson.OPT_INDENT_2)
    given = Response(body, mimetype="application/json")
    given.headers["Content-Disposition"] = f'attachment; filename="my-data-{visit.now:%Y-%m-%d}.json"'
    return given


def _parts(found: Sequence[kept.Kept]) -> tuple[pages.KeptPart, ...]:
    return tuple(
        pages.KeptPart(
            name=one.name,
            label=Reason(f"data.part.{one.name}"),
            purpose=Reason(f"data.purpose.{one.purpose}"),
            days=one.days,
            lasts=one.purpose == "law",
            rows=tuple(
                tuple((_field(name), _said(name, value)) for name, value in item.items() if value not in (None, "", []))
                for item in one.items
            ),
        )
        for one in found
    )


def _said(name: str, value: Value) -> Words | datetime:
    """Times are shown as times; everything else as it is kept."""
    if isinstance(value, list):
        return " · ".join(value)
    times = name.endswith("_at") or name in ("at", "from", "until", "since", "trusted_until")
    return datetime.fromisoformat(value) if times and isinstance(value, str) else str(value)


def _wish(one: PendingChange) -> pages.WishLine:
    if one.kind == "erasure":
        return pages.WishLine(one.id, "erasure", one.asked_at, outcome=one.outcome)
    field, wanted = _field(one.body["field"]), one.body["wanted"]
    return pages.WishLine(one.id, "correction", one.asked_at, field, wanted, one.outcome)


def _field(name: str) -> Reason:
    return Reason(f"data.field.{name}")


def _told(notice: str) -> Response:
    return redirect(f"{PATH}?notice={notice}", SEE_OTHER)  # type: ignore[return-value]


@cache
def _schema() -> bytes:
    return kept.SCHEMA.read_bytes()
