"""The guard of the console: who is not in goes the road of every application; who is in gets pages of their areas.

One wrapper for every view: cookie, session, grant and policy are asked at each request, forms prove that they are
ours. Does not decide: `idp.flows.admin` does, and filters.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Response, redirect, request

from idp.errors import IdpError, Invalid, NotAllowed, NotFound, Unavailable
from idp.flows.admin import console
from idp.flows.admin.bootstrap import NAMES
from idp.flows.admin.departments import Healths
from idp.flows.admin.scope import Admin
from idp.model import Text
from idp.web import drafts, pages
from idp.web.answers import SEE_OTHER
from idp.web.front import Front
from idp.web.pages import Name, Notice, Page, Reason
from policies.roles import HELP_DESK

PURPOSE = "admin"
COOKIE, START = "console", "console-start"
STARTING_SECONDS = 30 * 60
AREAS = {
    "overview": ("admin.alerts.read",),
    "people": ("admin.people.read",),
    "desk": ("admin.desk.read",),
    "departments": ("admin.departments.read",),
    "roles": ("admin.roles.read",),
    "apps": ("admin.apps.read",),
    "alerts": ("admin.alerts.read",),
    "approvals": ("admin.roles.read", "admin.roles.approve"),
    "models": ("admin.models.read",),
    "audit": ("admin.audit.read",),
}
ROLES = {**NAMES, HELP_DESK: Text("Help desk", "服务台")}
WHOLE = ("approvals", "models", "audit")
"""Areas that belong to no branch."""

View = Callable[..., Response]


class Console:
    """What every view of the console has at hand."""

    def __init__(self, front: Front) -> None:
        self.front, self.idp = front, front.idp
        self.healths = Healths()
        self.known = frozenset(front.messages.catalogues["en"])

    def guarded(self, view: View) -> Callable[..., Response]:
        """Only for administrators, with what they may do now as the view's second argument."""

        def run(**parts: Any) -> Response:
            admin = self._admin()
            if request.method == "POST":
                self.front.require_csrf(PURPOSE)
            if admin is None:
                return self._enter()
            me = self.front.signed_in()
            if me is not None:
                self.front.seen(me)
                drafts.recall(self.front, me)
            return view(self, admin, **parts)

        return run

    def page(self, admin: Admin, page: Page, status: int | None = None) -> Response:
        """A page with the console's head and the areas of this administrator."""
        return self.front.page(page, purpose=PURPOSE, chrome=self._chrome(admin), status=status)

    def tried(self, change: Callable[[], Notice]) -> Notice:
        """What a change came to, as the page says it. What may not be known stays unsaid: that is raised."""
        try:
            return change()
        except (NotAllowed, NotFound, Unavailable):
            raise
        except IdpError as refused:
            why = refused.message if isinstance(refused, Invalid) else refused.detail
            return Notice("bad", Reason("console.not-done", {"why": why}))

    def department(self, department_id: str) -> Name:
        """Its name; the id of one that is no longer there."""
        found = self.idp.department(department_id)
        return found.name if found else department_id

    def callback(self) -> Response:
        """Back from our own /authorize."""
        front = self.front
        given = request.args.to_dict()
        if "error" in given:
            raise NotAllowed(given["error"][:100])
        me, start = front.signed_in(), front.cookie(START)
        cookie, path = console.finish(self.idp, front.visit(), me, start, given)
        front.set_cookie(START, "")
        front.set_cookie(COOKIE, cookie)
        return redirect(path, SEE_OTHER)  # type: ignore[return-value]

    def _admin(self) -> Admin | None:
        front = self.front
        return console.entered(self.idp, front.visit(), front.signed_in(), front.cookie(COOKIE))

    def _enter(self) -> Response:
        """To /authorize, and back to the page that was wanted; a form's page for a form."""
        front = self.front
        where, start = console.begin(self.idp, front.visit(), drafts.here(front), front.cookie(COOKIE))
        front.set_cookie(START, start, STARTING_SECONDS)
        return redirect(where, SEE_OTHER)  # type: ignore[return-value]

    def _chrome(self, admin: Admin) -> pages.Chrome:
        role = next((name for one, name in ROLES.items() if one in admin.roles), None)
        areas = tuple(
            area
            for area, needed in AREAS.items()
            if any(map(admin.may, needed)) and not (area in WHOLE and admin.branch is not None)
        )
        return replace(self.front.chrome(), role=role, areas=areas)
