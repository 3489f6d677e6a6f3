"""The launchpad and the person's own pages. Without a session each leads to the sign-in and comes back."""

from collections.abc import Callable
from typing import Literal

from flask import Blueprint, Response, g, redirect, request

from idp.authn.assurance import rank
from idp.authn.next_step import VOUCHING_ACR
from idp.errors import Invalid
from idp.flows import account, authorize
from idp.flows.context import SignedInAs
from idp.model import AAL2, AAL2_PHR, Authenticator, FactorName, Session, SignIn
from idp.web import pages
from idp.web.answers import SEE_OTHER, answer
from idp.web.approve import waiting
from idp.web.front import Front
from idp.web.pages.parts import Place

PURPOSE = "me"
View = Callable[[Front, SignedInAs], Response]


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("account", __name__)
    for path, show, take in (
        ("/", _launchpad, None),
        ("/me", _home, None),
        ("/me/methods", _methods, _take_methods),
        ("/me/sessions", _sessions, _take_sessions),
    ):
        views.add_url_rule(path, f"show-{path}", _mine(front, show), methods=["GET"])
        if take is not None:
            views.add_url_rule(path, f"take-{path}", _mine(front, take, form=True), methods=["POST"])
    views.add_url_rule("/me/methods/add/<way>", "add", lambda way: _add(front, way), methods=["GET"])
    return views


def _mine(front: Front, view: View, *, form: bool = False) -> Callable[[], Response]:
    """Only for whoever is signed in; a form must be one that this browser was given."""

    def guarded() -> Response:
        me = front.signed_in()
        if me is None:
            return answer(front, authorize.enter(front.idp, front.visit(), request.path))
        if form:
            front.require_csrf(PURPOSE)
        g.waiting = waiting(front, me)
        return view(front, me)

    return guarded


def _launchpad(front: Front, me: SignedInAs) -> Response:
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
    page = pages.Launchpad(apps, _last(account.last_sign_in(front.idp, me)), console)
    return front.page(page, purpose=PURPOSE)


def _home(front: Front, me: SignedInAs) -> Response:
    held = account.methods(front.idp, me)
    department = front.idp.department(me.subject.department_id)
    page = pages.MeHome(
        protection=_protection(held),
        ways=len(held),
        devices=len({one.device_hash for one in account.own_sessions(front.idp, front.visit(), me)}),
        last=_last(account.last_sign_in(front.idp, me)),
        department=department.name if department else None,
    )
    return front.page(page, purpose=PURPOSE)


def _methods(front: Front, me: SignedInAs, notice: str | None = None) -> Response:
    held = account.methods(front.idp, me)
    department = front.idp.department(me.subject.department_id)
    removable = len([one for one in held if one.factor != "password"]) > 1
    page = pages.MeMethods(
        action=request.path,
        protection=_protection(held),
        methods=tuple(_method(one, removable) for one in held),
        add_passkey="/me/methods/add/passkey",
        add_app="/me/methods/add/totp",
        password_keeper=department.name if department and department.connector == "ldap" else None,
        password_page=department.forgotten_url if department else None,
        notice=notice or request.args.get("notice") if request.args.get("notice") in NOTICES else notice,  # type: ignore[arg-type]
    )
    return front.page(page, purpose=PURPOSE)


NOTICES = ("added", "removed", "last")


def _take_methods(front: Front, me: SignedInAs) -> Response:
    """Remove a way; what is not allowed yet leads through one more proof and back here."""
    try:
        account.remove_method(front.idp, front.visit(), me, request.form.get("method", ""))
    except Invalid as refused:
        if refused.message == "last":
            return _methods(front, me, "last")
        return answer(front, authorize.enter(front.idp, front.visit(), request.path, max_age=0, acr=AAL2))
    return redirect(f"{request.path}?notice=removed", SEE_OTHER)  # type: ignore[return-value]


def _add(front: Front, way: str) -> Response:
    """A new factor: the sign-in's own enrolment, with a recent proof first, by a factor if there is one."""
    factor: FactorName = "passkey" if way == "passkey" else "totp"
    seconds = int(account.RECENT.total_seconds())
    path = "/me/methods?notice=added"
    return answer(
        front, authorize.enter(front.idp, front.visit(), path, max_age=seconds, acr=VOUCHING_ACR, enrol=factor)
    )


def _sessions(front: Front, me: SignedInAs, ended: int | None = None) -> Response:
    held = account.own_sessions(front.idp, front.visit(), me)
    devices: dict[str | None, list[Session]] = {}
    for one in sorted(held, key=lambda one: one.sid != me.session.sid):
        devices.setdefault(one.device_hash, []).append(one)
    page = pages.MeSessions(
        action=request.path,
        devices=tuple(
            pages.Device(
                name=_device(group[0].browser, group[0].system),
                sessions=tuple(_line(front, one, me) for one in group),
                this=any(one.sid == me.session.sid for one in group),
            )
            for group in devices.values()
        ),
        ended=ended,
    )
    return front.page(page, purpose=PURPOSE)


def _take_sessions(front: Front, me: SignedInAs) -> Response:
    visit = front.visit()
    if request.form.get("do") == "end-others":
        return _sessions(front, me, account.end_others(front.idp, visit, me))
    return _sessions(front, me, account.end_session(front.idp, visit, me, request.form.get("session", "")))


def _line(front: Front, session: Session, me: SignedInAs) -> pages.SessionLine:
    clients = front.idp.ports.truth.configuration().clients
    grants = front.idp.ports.truth.grants.of_session(session.sid)
    names = {grant.client_id: clients[grant.client_id].name for grant in grants if grant.client_id in clients}
    return pages.SessionLine(
        id=session.sid,
        started=session.created_at,
        seen=session.last_seen_at,
        place=Place(session.country),
        apps=tuple(names.values()),
        ways=tuple(dict.fromkeys(proof.factor for proof in session.proofs)),
        network=f"AS{session.asn}" if session.asn else None,
        this=session.sid == me.session.sid,
    )


def _method(one: Authenticator, removable: bool) -> pages.Method:
    eligible = one.state.get("backup_eligible")
    return pages.Method(
        id=one.id,
        kind=one.factor,
        name=one.label,
        made=one.created_at,
        last_used=one.last_used_at,
        resists_phishing=one.factor == "passkey",
        synced=eligible if isinstance(eligible, bool) else None,
        removable=removable and one.factor != "password",
    )


def _protection(held: list[Authenticator]) -> Literal["strong", "fair", "weak"]:
    """strong: a key that cannot be phished; fair: a second factor; weak: a password alone."""
    best = max((rank(one.bound_acr) for one in held if one.factor != "password"), default=-1)
    return "strong" if best >= rank(AAL2_PHR) else "fair" if best >= rank(AAL2) else "weak"


def _last(row: SignIn | None) -> pages.LastSignIn | None:
    return pages.LastSignIn(row.at, Place(row.country), _device(row.browser, row.system)) if row else None


def _device(browser: str | None, system: str | None) -> str:
    return " · ".join(filter(None, (browser, system))) or "?"
