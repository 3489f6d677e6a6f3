"""Serves every sample page on loopback, with the product's static files and security headers, to a real browser.

What it does not do: run a flow. `/options` answers with real WebAuthn options, every POST says what was sent.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from idp.messages import Language, Messages, choose
from idp.web.pages import Page
from idp.web.render import Renderer
from idp.web.static_files import StaticFiles
from tests.browser import samples

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
CHALLENGE = base64.urlsafe_b64encode(b"c" * 32).decode().rstrip("=")
StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Shelf:
    """The WSGI application."""

    def __init__(self, catalogues: Messages | None = None) -> None:
        self._pages: Mapping[str, Page] = samples.SAMPLES
        self._static = StaticFiles()
        self._renderer = Renderer(catalogues or samples.messages(), self._static)
        self.posted: list[dict[str, str]] = []
        self.exclude: tuple[str, ...] = ()

    def __call__(self, environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        path, query = environ["PATH_INFO"], parse_qs(environ.get("QUERY_STRING", ""))
        if path.startswith("/static/"):
            status, headers, body = self._static.answer(path, environ.get("HTTP_ACCEPT_ENCODING", ""))
            start(f"{status} -", headers)
            return [body]
        form = self._form(environ)
        if path == "/options":
            return self._send(start, "application/json", json.dumps(self._options()).encode())
        if environ["REQUEST_METHOD"] == "POST":
            self.posted.append(form)
            return self._send(start, "text/plain; charset=utf-8", json.dumps(form, ensure_ascii=False).encode())
        name = path.lstrip("/")
        if name not in self._pages:
            return self._send(start, "text/plain", b"arrived")
        language = choose(query.get("lang", [None])[0], accept_language=environ.get("HTTP_ACCEPT_LANGUAGE"))
        return self._send(start, "text/html; charset=utf-8", self.html(name, language).encode())

    def html(self, name: str, language: Language) -> str:
        return self._renderer.render(self._pages[name], language, replace(samples.chrome(name), here=f"/{name}?x=1"))

    def _options(self) -> dict[str, object]:
        """Options for both ceremonies: a browser reads only its own half."""
        return {
            "challenge": CHALLENGE,
            "rpId": "localhost",
            "rp": {"id": "localhost", "name": "Gerege"},
            "user": {"id": CHALLENGE, "name": "wang.wei", "displayName": "王伟"},
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
            "excludeCredentials": [{"type": "public-key", "id": one} for one in self.exclude],
            "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
            "userVerification": "required",
            "timeout": 60000,
        }

    @staticmethod
    def _form(environ: Mapping[str, Any]) -> dict[str, str]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        sent = environ["wsgi.input"].read(size).decode() if size else ""
        return {key: values[0] for key, values in parse_qs(sent, keep_blank_values=True).items()}

    @staticmethod
    def _send(start: StartResponse, kind: str, body: bytes) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body))), ("Content-Security-Policy", CSP),
                         ("Referrer-Policy", "same-origin"), ("X-Content-Type-Options", "nosniff")])  # fmt: skip
        return [body]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests say what matters."""


@contextmanager
def open_shelf(catalogues: Messages | None = None, made: Shelf | None = None) -> Iterator[tuple[str, Shelf]]:
    """The address of a running shelf and the shelf itself. `made`: another one than that of the samples."""
    shelf = made or Shelf(catalogues)
    server = make_server("127.0.0.1", 0, shelf, server_class=_Server, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}", shelf
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
