"""`/admin/apps/<client_id>/tested`: back from a test of the sign-in: what the application would have been given."""

import json

from flask import Response, request

from idp.flows.admin import app_test
from idp.flows.admin.app_test import Scope, Tested
from idp.flows.admin.scope import Admin
from idp.web.admin.app import COOKIE
from idp.web.admin.apps import address_of
from idp.web.admin.console import Console
from idp.web.pages import AdminAppTested, Reason, ScopeLine

PATH = "/apps/<client_id>/tested"


def show(console: Console, admin: Admin, client_id: str) -> Response:
    front = console.front
    cookie, given = front.cookie(COOKIE), request.args.to_dict()
    tested = app_test.finish(console.idp, front.visit(), admin, front.signed_in(), client_id, cookie, given)
    front.set_cookie(COOKIE, "")
    return console.page(admin, _page(tested))


def _page(tested: Tested) -> AdminAppTested:
    name, back, given = tested.client.name, address_of(tested.client.id), tested.given
    if given is None:
        return AdminAppTested(name, back, error=tested.error, description=tested.description or None)
    return AdminAppTested(
        app=name,
        back=back,
        person=given.name,
        subject=given.subject,
        acr=given.acr,
        amr=given.amr,
        scopes=tuple(_line(one) for one in given.scopes),
        id_token=_pretty(given.id_token),
        userinfo=_pretty(given.userinfo),
    )


def _line(one: Scope) -> ScopeLine:
    words = None if one.granted else Reason(*(one.because or ("app.scope-unknown", {})))
    return ScopeLine(one.name, one.granted, words, one.rules)


def _pretty(claims: dict[str, object] | None) -> str | None:
    return None if claims is None else json.dumps(claims, indent=2, ensure_ascii=False)
