"""`/me/access`: what this person may do and why; asking for more."""

from flask import Response, redirect, request

from idp.errors import Invalid
from idp.flows import my_access
from idp.flows.admin.bootstrap import NAMES
from idp.flows.context import SignedInAs
from idp.flows.my_access import Held, InPost
from idp.web import pages
from idp.web.answers import SEE_OTHER
from idp.web.front import Front
from idp.web.me.own import PURPOSE, told
from idp.web.pages.parts import Choice

PATH = "/me/access"


def show(front: Front, me: SignedInAs, notice: str | None = None, words: str = "") -> Response:
    idp, now = front.idp, front.visit().now
    names = idp.ports.truth.configuration().clients
    page = pages.MeAccess(
        action=PATH,
        posts=tuple(_post(front, one) for one in my_access.held(idp, now, me)),
        choices=tuple(Choice(one.id, one.name) for one in my_access.askable(idp)),
        waiting=tuple(
            pages.Wanted(names[one.params["client"]].name, one.at)
            for one in my_access.wishes(idp, me)
            if one.params["client"] in names
        ),
        notice=notice or told("asked", "waits"),  # type: ignore[arg-type]
        chosen=request.form.get("app", ""),
        words=words,
    )
    return front.page(page, purpose=PURPOSE)


def take(front: Front, me: SignedInAs) -> Response:
    client_id, words = request.form.get("app", ""), request.form.get("reason", "")
    try:
        done = my_access.ask(front.idp, front.visit(), me, client_id, words)
    except Invalid as refused:
        return show(front, me, "too-many" if refused.detail == "too-many" else "reason", words)
    return redirect(f"{PATH}?notice={done}", SEE_OTHER)  # type: ignore[return-value]


def _post(front: Front, one: InPost) -> pages.PostRoles:
    department = front.idp.department(one.post.department_id)
    return pages.PostRoles(
        department=department.name if department else one.post.department_id,
        title=one.post.title,
        kind=one.post.kind,
        now=one.now,
        roles=tuple(_role(held) for held in one.roles),
    )


def _role(held: Held) -> pages.RoleLine:
    return pages.RoleLine(
        name=NAMES.get(held.grant.role, held.grant.role),
        source=held.grant.source,
        reason=held.grant.reason,
        since=held.grant.starts_at,
        by=held.by.display_name if held.by else None,
        until=held.grant.ends_at,
        opens=tuple(pages.Opened(app.name, tuple(one.name_text for one in may)) for app, may in held.opens),
    )
