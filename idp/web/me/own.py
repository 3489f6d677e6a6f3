"""The guard of the person's own pages, and what several of them say: where, on which device, which day."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Response, request

from idp.flows import account, authorize
from idp.flows.context import SignedInAs
from idp.model import AAL2, SignIn
from idp.web import drafts, pages
from idp.web.answers import answer
from idp.web.front import Front
from idp.web.pages.parts import Place

PURPOSE = "me"
View = Callable[[Front, SignedInAs], Response]


def mine(front: Front, view: View, *, form: bool = False) -> Callable[[], Response]:
    """Only for whoever is signed in; a form must be one that this browser was given. What was typed is kept."""
    return drafts.own_page(front, PURPOSE, view)


def prove_again(front: Front, me: SignedInAs, path: str) -> Response | None:
    """One more proof where the last one is too old, with a factor if there is one; then back to `path`."""
    visit = front.visit()
    if account.is_recent(visit, me):
        return None
    acr = AAL2 if account.ways(account.methods(front.idp, me)) else None
    seconds = int(account.RECENT.total_seconds())
    onward = drafts.here(front) if path == request.path else path
    return answer(front, authorize.enter(front.idp, visit, onward, max_age=seconds, acr=acr))


def day_word(front: Front, at: datetime) -> Literal["today", "yesterday"] | None:
    """How people call the day of a time, in the zone in which times are shown."""
    zone = ZoneInfo(front.idp.settings.server.time_zone)
    days = (front.visit().now.astimezone(zone).date() - at.astimezone(zone).date()).days
    return "today" if days == 0 else "yesterday" if days == 1 else None


def device_name(browser: str | None, system: str | None) -> str:
    return " · ".join(filter(None, (browser, system))) or "?"


def network_of(asn: int | None, operator: str | None) -> str | None:
    """Who runs the network, where that is known of this very one: a session may have moved to another since."""
    if asn is None:
        return None
    return operator if operator and operator.startswith(f"AS{asn} ") else f"AS{asn}"


def place_of(country: str | None, city: str | None) -> Place:
    return Place(country, city)


def last_sign_in(front: Front, row: SignIn | None) -> pages.LastSignIn | None:
    if row is None:
        return None
    name = device_name(row.browser, row.system)
    return pages.LastSignIn(row.at, place_of(row.country, row.city), name, day_word(front, row.at))


def told(*known: str) -> str | None:
    """What just happened, as the address says it: one of our own words or nothing."""
    found = request.args.get("notice")
    return found if found in known else None
