"""`/admin/people/<subject>`: one person on one page, and everything that may be done."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, request

from idp.errors import Invalid
from idp.flows.admin import people, roles, tokens
from idp.flows.admin.people import OnePerson
from idp.flows.admin.scope import Admin
from idp.model import PendingChange
from idp.web.admin.console import Console
from idp.web.admin.person_page import Shown, page_of
from idp.web.pages import Notice, Reason

PATH = "/people/<subject>"


def show(console: Console, admin: Admin, subject: str, shown: Shown | None = None) -> Response:
    now = console.front.visit().now
    one = people.get(console.idp, admin, subject, now)
    return console.page(admin, page_of(console, admin, one, now, shown or Shown()))


def take(console: Console, admin: Admin, subject: str) -> Response:
    do = request.form.get("do", "")
    now = console.front.visit().now
    one = people.get(console.idp, admin, subject, now)
    if do == "enrolment-code":
        return _code(console, admin, one, now)
    if do not in CHANGES:
        raise Invalid("there is no such button")
    notice = console.tried(lambda: CHANGES[do](console, admin, one, now))
    typed = {} if notice.tone == "good" else request.form.to_dict()
    return show(console, admin, subject, Shown(notice=notice, typed=typed))


def _code(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Response:
    """Shown on this answer and nowhere else."""
    made: list[tuple[str, datetime]] = []

    def make() -> Notice:
        made.append(people.enrolment_code(console.idp, admin, one.subject.id, _reason(), now))
        return Notice("good", "")

    notice = console.tried(make)
    code, until = made[0] if made else (None, None)
    shown = Shown(notice=None if made else notice, code=code, until=until)
    return show(console, admin, one.subject.id, shown)


def _reason() -> str:
    return request.form.get("reason", "")


def _grant(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    role = request.form.get("role", "")
    post, until = request.form.get("post") or None, _until(console, request.form.get("until", ""))
    given = roles.grant(console.idp, admin, one.subject.id, role, _reason(), now, post_id=post, until=until)
    message = "console.asked" if isinstance(given, PendingChange) else "console.role-given"
    return Notice("good", Reason(message, {"role": role}))


def _until(console: Console, text: str) -> datetime | None:
    """The end of that day. Raises Invalid."""
    if not text.strip():
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a day of the calendar
        zone = ZoneInfo(console.idp.settings.server.time_zone)
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("the end must be a day, written YYYY-MM-DD") from error


def _take_role(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    taken = roles.take(console.idp, admin, one.subject.id, request.form.get("grant", ""), _reason(), now)
    return Notice("good", Reason("console.role-taken", {"role": taken.role}))


def _end_session(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    ended = people.end_session(console.idp, admin, one.subject.id, request.form.get("session", ""), now, _reason())
    return Notice("good", Reason("console.sessions-ended", {"count": int(ended)}))


def _end_sessions(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    ended = people.end_sessions(console.idp, admin, one.subject.id, _reason(), now)
    return Notice("good", Reason("console.sessions-ended", {"count": ended}))


def _disable(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    people.disable(console.idp, admin, one.subject.id, _reason(), now)
    return Notice("good", Reason("console.disabled"))


def _enable(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    people.enable(console.idp, admin, one.subject.id, _reason())
    return Notice("good", Reason("console.enabled"))


def _remove(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    method = request.form.get("method", "")
    people.remove_authenticator(console.idp, admin, one.subject.id, method, _reason(), now)
    return Notice("good", Reason("console.method-removed"))


def _assign_token(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    serial, code = request.form.get("serial", ""), request.form.get("code", "")
    bound = tokens.assign(console.idp, admin, one.subject.id, serial, code, _reason(), now)
    return Notice("good", Reason("console.token-assigned", {"serial": bound.label}))


def _return_token(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    serial = request.form.get("serial", "")
    tokens.release(console.idp, admin, one.subject.id, serial, _reason(), now)
    return Notice("good", Reason("console.token-returned", {"serial": serial}))


def _lose_token(console: Console, admin: Admin, one: OnePerson, now: datetime) -> Notice:
    serial = request.form.get("serial", "")
    if serial not in {held.serial for held in tokens.held_by(console.idp, admin, one.subject.id)}:
        raise Invalid("that person does not hold that token")
    tokens.lose(console.idp, admin, serial, _reason(), now)
    return Notice("good", Reason("console.token-lost", {"serial": serial}))


CHANGES: dict[str, Callable[[Console, Admin, OnePerson, datetime], Notice]] = {
    "grant-role": _grant,
    "take-role": _take_role,
    "end-session": _end_session,
    "end-sessions": _end_sessions,
    "disable": _disable,
    "enable": _enable,
    "remove-method": _remove,
    "assign-token": _assign_token,
    "return-token": _return_token,
    "lose-token": _lose_token,
}
