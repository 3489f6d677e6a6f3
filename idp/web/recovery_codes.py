"""`/me/methods/recovery`: a person's own new set of recovery codes, behind a recent proof of two factors.

Shown once, kept when its owner says that it is saved; the same form twice is one set. Spec: NIST SP 800-63B-4 §3.1.2.
"""

from flask import Blueprint, Response, redirect, request

from idp.authn.assurance import meets
from idp.authn.ledger import VOUCHING_ACR
from idp.flows import account, authorize
from idp.flows.context import SignedInAs
from idp.flows.sign_in import recovery
from idp.web.answers import SEE_OTHER, answer
from idp.web.front import Front
from idp.web.recovery_steps import RENEW, new_codes

PURPOSE = "recovery-codes"


def blueprint(front: Front) -> Blueprint:
    views = Blueprint("recovery_codes", __name__)
    views.add_url_rule(RENEW, "show", lambda: _show(front), methods=["GET"])
    views.add_url_rule(RENEW, "take", lambda: _take(front), methods=["POST"])
    return views


def _show(front: Front, sealed: str | None = None) -> Response:
    me = _proved_lately(front)
    if me is None:
        return _prove_again(front)
    held = front.idp.ports.truth.authenticators.of(me.subject.id)
    old = any(one.factor == "recovery" for one in held)
    return front.page(new_codes(front, front.visit(), me.subject, sealed, None, old), purpose=PURPOSE)


def _take(front: Front) -> Response:
    front.require_csrf(PURPOSE)
    me = _proved_lately(front)
    if me is None:
        return _prove_again(front)
    sealed = request.form.get("codes", "")
    if request.form.get("saved") != "yes":
        return _show(front, sealed)
    recovery.keep(front.idp, front.visit(), me.subject, me.session.proofs, sealed)
    return redirect("/me/methods?notice=added", SEE_OTHER)  # type: ignore[return-value]


def _proved_lately(front: Front) -> SignedInAs | None:
    me = front.signed_in()
    fresh = me is not None and account.is_recent(front.visit(), me) and meets(me.session.acr, VOUCHING_ACR)
    return me if fresh else None


def _prove_again(front: Front) -> Response:
    seconds = int(account.RECENT.total_seconds())
    return answer(front, authorize.enter(front.idp, front.visit(), RENEW, max_age=seconds, acr=VOUCHING_ACR))
