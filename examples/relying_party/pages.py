"""Pages in English and Chinese, with strict headers; no script, no inline style.

`say(english, chinese)` is all the translation that two small applications need.
"""

from flask import Flask, Response, g, make_response, render_template, request

from .settings import Settings

LANGUAGES = ("en", "zh-CN")


def add_pages(app: Flask, settings: Settings, title: tuple[str, str]) -> None:
    """Give an application its language, its headers and the words that every template uses."""
    policy = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        # Our forms can end at the identity provider (step-up, sign-out); browsers check each hop of a form's way.
        f"form-action 'self' {settings.issuer_origin}"
    )

    @app.after_request
    def headers(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = policy
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        if request.endpoint != "static" and not (request.endpoint or "").endswith(".static"):
            answer.headers["Cache-Control"] = "no-store"
        chosen = request.args.get("lang")
        if chosen in LANGUAGES:
            answer.set_cookie("lang", chosen, max_age=31_536_000, samesite="Lax", httponly=True, secure=settings.https)
        return answer

    @app.context_processor
    def words() -> dict[str, object]:
        here = request.path if request.method == "GET" else "/"
        return {"say": say, "here": here, "lang": language(), "title": say(*title), "issuer": settings.issuer}


def language() -> str:
    """en or zh-CN: `?lang`, else what was chosen before, else what the browser prefers."""
    if "language" not in g:
        wanted = request.args.get("lang", request.cookies.get("lang"))
        preferred = request.accept_languages.best_match(["en", "zh-CN", "zh"], "en")
        g.language = wanted if wanted in LANGUAGES else "zh-CN" if str(preferred).startswith("zh") else "en"
    return str(g.language)


def say(english: str, chinese: str) -> str:
    return chinese if language() == "zh-CN" else english


def message(status: int, heading: str, text: str, *, again: bool = True, **more: object) -> Response:
    """A plain page: what happened and what to do."""
    return make_response(render_template("message.html", heading=heading, text=text, again=again, **more), status)
