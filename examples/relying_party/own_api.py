"""The page asks its own API as any other caller would: over HTTP's words, with the access token, in this process.

The request runs in an empty context, so that the API sees nothing of the page's request but the token.
"""

from contextvars import Context
from typing import Any

from flask import Flask
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.test import Client, TestResponse

from .sessions import Session


def call(app: Flask, session: Session, method: str, path: str, **more: Any) -> TestResponse:
    """One request to our own API on behalf of the session's person."""
    headers = {"Authorization": f"Bearer {session.access_token}", "Accept": "application/json"}
    return Context().run(Client(app, use_cookies=False).open, path, method=method, headers=headers, **more)


def challenge(answer: TestResponse) -> dict[str, str]:
    """The parameters of the challenge; empty when there is none. Spec: RFC 6750 §3, RFC 9470 §3."""
    parsed = WWWAuthenticate.from_header(answer.headers.get("WWW-Authenticate"))
    if parsed is None or parsed.type != "bearer":
        return {}
    return {name: value for name, value in parsed.parameters.items() if value is not None}
