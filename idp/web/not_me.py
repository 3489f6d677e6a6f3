"""`/not-me/<token>`: the link of a letter. Showing it changes nothing; the button acts once, without a sign-in.

A link that is unknown, used or old leads to one page, so that guessing tells nothing. Does not decide: the flow does.
Spec: RFC 9110 §9.2.1 (GET is safe: mail scanners follow links), NIST SP 800-63B-4 §4.6.
"""

from flask import Blueprint, Response

from idp.flows.letters import NOT_ME
from idp.flows.sign_in import not_me
from idp.web import pages
from idp.web.front import Front
from idp.web.pages import Link, Place, Reason, Text

PURPOSE = "not-me"
LONGEST = 100
METHODS = Link("/me/methods", Text("Check my ways to sign in", "检查我的登录方式"))


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("not_me", __name__)
    views.add_url_rule(f"{NOT_ME}<token>", "show", lambda token: _show(front, token), methods=["GET"])
    views.add_url_rule(f"{NOT_ME}<token>", "take", lambda token: _take(front, token), methods=["POST"])
    return views


def _show(front: Front, token: str) -> Response:
    found = not_me.told_of(front.idp, token[:LONGEST], front.visit().now)
    if found is None:
        return _over(front)
    told = found.params
    page = pages.NotMe(
        action=f"{NOT_ME}{token[:LONGEST]}",
        what=Reason(f"letter.{found.kind}.subject"),
        at=found.created_at,
        place=Place(told.get("country"), told.get("city")),
        device=told.get("device", ""),
    )
    return front.page(page, purpose=PURPOSE)


def _take(front: Front, token: str) -> Response:
    front.require_csrf(PURPOSE)
    idp, visit, me = front.idp, front.visit(), front.signed_in()
    found = not_me.told_of(idp, token[:LONGEST], visit.now)
    ended = not_me.disown_letter(idp, visit, token[:LONGEST], me)
    if found is None or ended is None:
        return _over(front)
    subject = idp.ports.truth.people.get(found.subject_id)
    department = idp.department(subject.department_id) if subject else None
    ours = department is not None and department.connector == "local"
    return front.page(pages.NotMeDone(ended, ours, department.forgotten_url if department else None))


def _over(front: Front) -> Response:
    words = (Reason("page.link-over-body"),)
    return front.page(pages.Message(Reason("page.link-over"), words, onward=METHODS), status=410)
