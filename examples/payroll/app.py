"""Payroll: pay slips for everybody, the pay run for those who may approve it, and a passkey to approve it with.

The page signs people in and calls its own API with their access token; the API believes nothing but the token.
When the API wants a stronger sign-in (RFC 9470), the page takes the challenge to the identity provider and comes back.
Deliberately not here: real pay. Slips are computed from the person's id, the approved runs are kept in memory.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from flask import Flask, g, redirect, render_template
from flask.typing import ResponseReturnValue
from werkzeug.test import TestResponse

from examples.relying_party.own_api import challenge
from examples.relying_party.pages import add_pages, message, say
from examples.relying_party.refusals import add_errors
from examples.relying_party.revocations import feed
from examples.relying_party.settings import Settings, read_settings
from examples.relying_party.sign_in import SignIn
from gerege_verify import Verifier
from gerege_verify.flask import protect

PORT = 8001
AUDIENCE = "urn:example:payroll"
SCOPE = "openid profile payroll.read payroll.approve"
PERMISSIONS = ("payroll.read", "payroll.approve")
APPROVAL_ACR = "urn:gerege:aal2-phr"
APPROVAL_MAX_AGE = timedelta(minutes=10)


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application. Raises SystemExit when the environment lacks a setting."""
    settings = settings or read_settings(port=PORT, audience=AUDIENCE)
    app = Flask(__name__)
    verifier = Verifier(settings.issuer, revoked=feed(settings))
    add_pages(app, settings, ("Payroll", "工资系统"))
    add_errors(app)
    _add_api(app, settings, verifier)
    _add_pages(app, settings, SignIn(app, settings, verifier, name="payroll", scope=SCOPE))
    return app


def _add_api(app: Flask, settings: Settings, verifier: Verifier) -> None:
    approved: dict[str, str] = {}  # pay run → who approved it
    lock = Lock()

    @app.get("/api/payslips")
    @protect(verifier, audience=settings.audience, scope="payroll.read")
    def payslips() -> dict[str, Any]:
        run = _this_month()
        return {"payslips": _slips(g.token.subject), "run": run, "approved": run in approved}

    @app.post("/api/approve")
    @protect(verifier, audience=settings.audience, scope="payroll.approve", acr=APPROVAL_ACR, max_age=APPROVAL_MAX_AGE)
    def approve_run() -> dict[str, Any]:
        with lock:
            first = approved.setdefault(_this_month(), g.token.subject) == g.token.subject
        return {"run": _this_month(), "approved": True, "by_you": first}


def _add_pages(app: Flask, settings: Settings, sign_in: SignIn) -> None:
    @app.get("/")
    def home() -> ResponseReturnValue:
        session = sign_in.current()
        if session is None:
            return sign_in.begin()
        if not sign_in.refreshed(session):
            return sign_in.again()
        answer = sign_in.ask(app, session, "GET", "/api/payslips")
        if answer.status_code != 200:
            return refused(answer)
        held = [permission for permission in PERMISSIONS if permission in session.scope]
        return render_template("payroll.html", session=session, pay=answer.json, held=held, permissions=PERMISSIONS)

    @app.post("/approve")
    def approve() -> ResponseReturnValue:
        session = sign_in.require_form()
        if not sign_in.refreshed(session):
            return sign_in.again()
        answer = sign_in.ask(app, session, "POST", "/api/approve")
        if answer.status_code != 200:
            return refused(answer)
        session.pending = None
        return redirect("/", 303)

    def step_up(acr_values: str, max_age: str) -> ResponseReturnValue:
        return sign_in.begin(scope="payroll.approve", acr_values=acr_values, max_age=max_age)

    def refused(answer: TestResponse) -> ResponseReturnValue:
        """What the page does with each refusal of the API. Spec: RFC 6750 §3.1, RFC 9470 §4."""
        session, asked = sign_in.current(), challenge(answer)
        if session is None or asked.get("error") == "invalid_token":
            return sign_in.again()
        if asked.get("error") == "insufficient_user_authentication":
            session.asked = "approve"
            return step_up(asked.get("acr_values", ""), asked.get("max_age", ""))
        if asked.get("error") == "insufficient_scope":
            if asked.get("scope") == "payroll.approve" and session.pending is None and _is_weak(sign_in):
                # A permission may be given only to a stronger sign-in: ask for one, once. Whoever could not get it by
                # that either is asked nothing by the provider, and comes back at once.
                session.asked = "approve"
                return step_up(APPROVAL_ACR, str(int(APPROVAL_MAX_AGE.total_seconds())))
            return _permission_missing(settings, sign_in, asked.get("scope", ""))
        text = say("The identity provider's keys cannot be had.", "无法取得身份提供方的密钥。")
        return message(503, say("Not possible just now", "暂时无法操作"), text, session=session)


def _permission_missing(settings: Settings, sign_in: SignIn, missing: str) -> ResponseReturnValue:
    session = sign_in.current()
    return message(
        403,
        say("You may not do this", "您没有此权限"),
        say("Your sign-in is fine; it does not include this permission.", "您的登录有效，但不包含此权限。"),
        session=session, missing=missing, person=session.name if session else "", client_id=settings.client_id,
    )  # fmt: skip


def _is_weak(sign_in: SignIn) -> bool:
    session = sign_in.current()
    order = sign_in.verifier.acr_order
    held = session and sign_in.verifier.verify(session.access_token, audience=sign_in.settings.audience).acr
    return held not in order or order.index(held) < order.index(APPROVAL_ACR)


def _this_month() -> str:
    return f"{datetime.now(UTC):%Y-%m}"


def _slips(subject: str) -> list[dict[str, Any]]:
    """Three months of made-up pay that stays the same for one person. Amounts in yuan."""
    gross = 9000 + int.from_bytes(hashlib.sha256(subject.encode()).digest()[:2], "big") % 12_000
    year, month = datetime.now(UTC).year, datetime.now(UTC).month
    months = [divmod(year * 12 + month - 1 - back, 12) for back in (1, 2, 3)]
    tax = gross * 11 // 100
    return [{"month": f"{y}-{m + 1:02}", "gross": gross, "tax": tax, "net": gross - tax} for y, m in months]
