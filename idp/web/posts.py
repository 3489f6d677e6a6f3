"""`/me/post`: in which post one works, what another would change, and the switch. `idp.flows.posts` decides."""

from flask import Blueprint, Response, redirect, request

from idp.flows import posts
from idp.flows.context import SignedInAs
from idp.model import Standing
from idp.web import pages
from idp.web.answers import SEE_OTHER
from idp.web.drafts import own_page
from idp.web.front import Front

PATH = "/me/post"


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("posts", __name__)
    views.add_url_rule(PATH, "show", own_page(front, PATH, _show), methods=["GET"])
    views.add_url_rule(PATH, "take", own_page(front, PATH, _take), methods=["POST"])
    return views


def _show(front: Front, me: SignedInAs) -> Response:
    visit = front.visit()
    held = posts.held(front.idp, visit, me)
    used = next((one for one in held if one.post.id == me.session.post_id), None)
    lines = tuple(_line(front, me, one, used) for one in held)
    return front.page(pages.MePost(PATH, lines, "switched" in request.args), purpose=PATH)


def _line(front: Front, me: SignedInAs, one: Standing, used: Standing | None) -> pages.HeldPost:
    department = front.idp.department(one.post.department_id)
    other = used is not None and one.post.id != used.post.id
    changes = posts.changes(front.idp, front.visit(), me, used, one) if other and used else ()
    return pages.HeldPost(
        id=one.post.id,
        department=department.name if department else "",
        title=one.post.title,
        kind=one.post.kind,
        until=one.post.ends_at,
        used=not other,
        changes=tuple(
            pages.AppChange(each.client.name, each.opens, each.opened, each.gained, each.lost) for each in changes
        ),
    )


def _take(front: Front, me: SignedInAs) -> Response:
    posts.switch(front.idp, front.visit(), me, request.form.get("post", ""))
    return redirect(f"{PATH}?switched=yes", SEE_OTHER)  # type: ignore[return-value]
