"""Docs: a list of documents for those who may read, a form for those who may write. No passkey is asked for.

Deliberately not here: storage; documents live in memory until the process ends.
"""

from threading import Lock
from typing import Any

from flask import Flask, g, redirect, render_template, request
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

PORT = 8002
AUDIENCE = "urn:example:docs"
SCOPE = "openid profile docs.read docs.write"
MAX_TITLE_CHARACTERS = 120
MAX_DOCUMENTS = 200


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application. Raises SystemExit when the environment lacks a setting."""
    settings = settings or read_settings(port=PORT, audience=AUDIENCE)
    app = Flask(__name__)
    verifier = Verifier(settings.issuer, revoked=feed(settings))
    add_pages(app, settings, ("Docs", "文档系统"))
    add_errors(app)
    _add_api(app, settings, verifier)
    _add_pages(app, settings, SignIn(app, settings, verifier, name="docs", scope=SCOPE))
    return app


def _add_api(app: Flask, settings: Settings, verifier: Verifier) -> None:
    documents = [{"title": "Office hours 2026 · 2026 年办公时间", "by": None}]
    lock = Lock()

    @app.get("/api/documents")
    @protect(verifier, audience=settings.audience, scope="docs.read")
    def read() -> dict[str, Any]:
        return {"documents": documents[::-1]}

    @app.post("/api/documents")
    @protect(verifier, audience=settings.audience, scope="docs.write")
    def write() -> ResponseReturnValue:
        sent = request.get_json(silent=True)
        title = sent.get("title") if isinstance(sent, dict) else None
        if not isinstance(title, str) or not 0 < len(title.strip()) <= MAX_TITLE_CHARACTERS:
            return {
                "error": "invalid_request",
                "error_description": f"title: 1 to {MAX_TITLE_CHARACTERS} characters",
            }, 400
        with lock:
            documents.append({"title": title.strip(), "by": g.token.subject})
            del documents[:-MAX_DOCUMENTS]
        return {"title": title.strip()}, 201


def _add_pages(app: Flask, settings: Settings, sign_in: SignIn) -> None:
    @app.get("/")
    def home() -> ResponseReturnValue:
        session = sign_in.current()
        if session is None:
            return sign_in.begin()
        if not sign_in.refreshed(session):
            return sign_in.again()
        answer = sign_in.ask(app, session, "GET", "/api/documents")
        if answer.status_code != 200:
            return refused(answer)
        may_write = "docs.write" in session.scope
        return render_template(
            "docs.html", session=session, documents=(answer.json or {})["documents"], may_write=may_write
        )

    @app.post("/documents")
    def add() -> ResponseReturnValue:
        session = sign_in.require_form()
        if not sign_in.refreshed(session):
            return sign_in.again()
        answer = sign_in.ask(app, session, "POST", "/api/documents", json={"title": request.form.get("title", "")})
        return redirect("/", 303) if answer.status_code == 201 else refused(answer)

    def refused(answer: TestResponse) -> ResponseReturnValue:
        session, asked = sign_in.current(), challenge(answer)
        if session is None or asked.get("error") == "invalid_token":
            return sign_in.again()
        if asked.get("error") == "insufficient_scope":
            return message(
                403,
                say("You may not do this", "您没有此权限"),
                say("Your sign-in is fine; it does not include this permission.", "您的登录有效，但不包含此权限。"),
                session=session, missing=asked.get("scope", ""), person=session.name, client_id=settings.client_id,
            )  # fmt: skip
        if answer.status_code == 400:
            text = say("A title has 1 to 120 characters.", "标题须为 1 至 120 个字符。")
            return message(400, say("That title does not work", "标题无效"), text, session=session)
        text = say("The identity provider's keys cannot be had.", "无法取得身份提供方的密钥。")
        return message(503, say("Not possible just now", "暂时无法操作"), text, session=session)
