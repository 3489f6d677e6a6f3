"""`/`: the applications that this person may open now."""

from flask import Response

from idp.flows import account
from idp.flows.context import SignedInAs
from idp.web import pages
from idp.web.front import Front
from idp.web.me.own import PURPOSE, last_sign_in

PATH = "/"


def show(front: Front, me: SignedInAs) -> Response:
    visit = front.visit()
    departments = front.idp.ports.truth.configuration().departments
    apps = tuple(
        pages.LaunchApp(
            name=one.client.name,
            department=departments[one.client.department_id].name if one.client.department_id in departments else "",
            href=one.client.home_url or "/",
            may=one.may,
            until=one.until,
        )
        for one in account.applications(front.idp, visit, me)
    )
    console = "/admin" if account.is_administrator(front.idp, me, visit.now) else None
    page = pages.Launchpad(apps, last_sign_in(front, account.last_sign_in(front.idp, me)), console)
    return front.page(page, purpose=PURPOSE)
