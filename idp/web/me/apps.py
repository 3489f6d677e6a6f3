"""`/me/apps`: applications that this person has let in, what each was given, and taking it back."""

from flask import Response, redirect, request

from idp.flows import connected
from idp.flows.connected import Connected
from idp.flows.context import SignedInAs
from idp.model import Text
from idp.oidc.claims import OPENID
from idp.web import pages
from idp.web.answers import SEE_OTHER
from idp.web.consent_page import CLAIMS, SCOPES
from idp.web.front import Front
from idp.web.me.own import PURPOSE
from idp.web.pages.parts import Name

PATH = "/me/apps"


def show(front: Front, me: SignedInAs) -> Response:
    apps = tuple(_app(front, me, one) for one in connected.applications(front.idp, front.visit().now, me.subject))
    asked = request.args.get("end", "")
    ended = front.idp.ports.truth.configuration().clients.get(request.args.get("ended", ""))
    page = pages.MeApps(
        action=PATH,
        apps=apps,
        ending=next((one for one in apps if one.id == asked), None),
        ended=ended.name if ended is not None and all(one.id != ended.id for one in apps) else None,
    )
    return front.page(page, purpose=PURPOSE)


def take(front: Front, me: SignedInAs) -> Response:
    gone = connected.revoke(front.idp, front.visit(), me, request.form.get("app", ""))
    return redirect(f"{PATH}?ended={gone.id}", SEE_OTHER)  # type: ignore[return-value]


def _app(front: Front, me: SignedInAs, one: Connected) -> pages.ConnectedApp:
    configuration = front.idp.ports.truth.configuration()
    owner = configuration.departments.get(one.client.department_id)
    known = configuration.permissions_of(one.client)
    scopes: list[Name] = [
        known[name][1].name_text if name in known else SCOPES.get(name, name) for name in one.scopes if name != OPENID
    ]
    posts = {post.id: post for post in front.idp.ports.truth.people.posts(me.subject.id)}
    departments = dict.fromkeys(posts[grant.post_id].department_id for grant in one.grants if grant.post_id in posts)
    return pages.ConnectedApp(
        id=one.client.id,
        name=one.client.name,
        owner=owner.name if owner else "",
        items=(*scopes, *(CLAIMS.get(name.partition("#")[0], name) for name in one.claims)),
        since=one.since,
        used=one.used_at,
        lasts=one.lasts,
        first_party=one.client.first_party,
        posts=tuple(_department(front, name) for name in departments),
        acts_for=tuple(_principals(front, one)),
    )


def _department(front: Front, department_id: str) -> Text | str:
    found = front.idp.department(department_id)
    return found.name if found else department_id


def _principals(front: Front, one: Connected) -> list[Text]:
    """For whom this application may be used, by a delegation."""
    found = []
    for delegation_id in dict.fromkeys(grant.delegation_id for grant in one.grants if grant.delegation_id):
        delegation = front.idp.ports.truth.delegations.get(delegation_id)
        principal = front.idp.ports.truth.people.get(delegation.principal_id) if delegation else None
        if principal is not None:
            found.append(principal.display_name)
    return found
