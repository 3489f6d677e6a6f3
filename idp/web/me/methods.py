"""`/me/methods`: ways to sign in: named, added, removed; never the last one."""

from datetime import timedelta

from flask import Response, redirect, request

from idp.authn.ledger import VOUCHING_ACR
from idp.errors import Invalid
from idp.flows import account, authorize, methods
from idp.flows.context import SignedInAs
from idp.model import AAL2, Authenticator, FactorName
from idp.web import pages, signals
from idp.web.answers import SEE_OTHER, answer
from idp.web.front import Front
from idp.web.me.own import PURPOSE, place_of, told
from idp.web.pages.account import MethodsNotice
from idp.web.pages.parts import Place

PATH = "/me/methods"
NOTICES = ("added", "removed", "renamed", "recovery")
LATER = "later"
"""Cookie: until it is over nobody is asked to add a way."""
LATER_FOR = timedelta(days=30)


def show(
    front: Front, me: SignedInAs, notice: MethodsNotice | None = None, renaming: str = "", typed: str = ""
) -> Response:
    held = account.methods(front.idp, me)
    department = front.idp.department(me.subject.department_id)
    elsewhere = department if department and department.connector == "ldap" else None
    ways, advised = len(account.ways(held)), front.idp.settings.enrolment.advised
    page = pages.MeMethods(
        action=request.path,
        protection=account.protection(front.idp, held),
        methods=tuple(_method(one, ways > 1) for one in held if one.factor in ("passkey", "totp")),
        add_passkey="/me/methods/add/passkey",
        add_app="/me/methods/add/totp",
        have=ways,
        wanted=advised,
        passkeys=sum(one.factor == "passkey" for one in held),
        recovery_left=_left(front, me, held),
        recovery_page="/me/methods/recovery",
        password_keeper=elsewhere.name if elsewhere else None,
        password_page=elsewhere.forgotten_url if elsewhere else None,
        own_password=next((_method(one, removable=False) for one in held if one.factor == "password"), None),
        nudge=ways < advised and front.cookie(LATER) is None,
        renaming=renaming or request.args.get("rename", ""),
        typed=typed,
        notice=notice or told(*NOTICES),  # type: ignore[arg-type]
        signals=signals.accepted(front, me),
    )
    return front.page(page, purpose=PURPOSE)


def take(front: Front, me: SignedInAs) -> Response:
    do, method = request.form.get("do"), request.form.get("method", "")
    if do == "later":
        front.set_cookie(LATER, "yes", int(LATER_FOR.total_seconds()))
        return redirect(PATH, SEE_OTHER)  # type: ignore[return-value]
    if do == "rename":
        return _rename(front, me, method, request.form.get("name", ""))
    return _remove(front, me, method)


def add(front: Front, way: str) -> Response:
    """A new factor: the sign-in's own enrolment, with a recent proof first, by a factor if there is one."""
    factor: FactorName = "passkey" if way == "passkey" else "totp"
    seconds = int(account.RECENT.total_seconds())
    path = f"{PATH}?notice=added"
    return answer(
        front, authorize.enter(front.idp, front.visit(), path, max_age=seconds, acr=VOUCHING_ACR, enrol=factor)
    )


def _rename(front: Front, me: SignedInAs, method: str, name: str) -> Response:
    try:
        methods.rename_method(front.idp, front.visit(), me, method, name)
    except Invalid as refused:
        return show(front, me, refused.message, renaming=method, typed=name)  # type: ignore[arg-type]
    return redirect(f"{PATH}?notice=renamed", SEE_OTHER)  # type: ignore[return-value]


def _remove(front: Front, me: SignedInAs, method: str) -> Response:
    """What is not allowed yet leads through one more proof and back here."""
    try:
        account.remove_method(front.idp, front.visit(), me, method)
    except Invalid as refused:
        if refused.message == "last":
            return show(front, me, "last")
        return answer(front, authorize.enter(front.idp, front.visit(), PATH, max_age=0, acr=AAL2))
    return redirect(f"{PATH}?notice=removed", SEE_OTHER)  # type: ignore[return-value]


def _left(front: Front, me: SignedInAs, held: list[Authenticator]) -> int | None:
    """None: there is no set."""
    if all(one.factor != "recovery" for one in held):
        return None
    return front.idp.ports.truth.authenticators.recovery_left(me.subject.id)


def _made_in(one: Authenticator) -> Place | None:
    """None where nothing was known, or it was made before this was kept."""
    found = one.state.get("made_in")
    return place_of(found.get("country"), found.get("city")) if isinstance(found, dict) else None


def _method(one: Authenticator, removable: bool) -> pages.Method:
    eligible = one.state.get("backup_eligible")
    return pages.Method(
        id=one.id,
        kind=one.factor,
        name=one.label,
        made=one.created_at,
        made_at=_made_in(one),
        last_used=one.last_used_at,
        resists_phishing=one.factor == "passkey",
        synced=eligible if isinstance(eligible, bool) else None,
        removable=removable,
    )
