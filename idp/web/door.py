"""The door: the first WSGI callable. Machine endpoints are bare WSGI, pages are Flask, both in this process.

Strict about hosts (RFC 9110 §7.2) and about how much is worked on at once: whoever does not fit is told so at once.
Bodies are whole before anybody is let in. Machines and people have bounds of their own, so that a storm of sign-ins,
each as slow as a password hash or a directory, does not take the places of token requests. Deliberately knows no
protocol.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from idp.web.bodies import Bodies, Refused
from idp.web.static_files import PREFIX, StaticFiles

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]
QUICKER = 3
"""A machine's request waits for no password hash and no directory: fewer at one time keep as many cores at work, and
who is accepted waits less."""
AGAIN: Headers = [("Retry-After", "1")]
TEXT = ("Content-Type", "text/plain; charset=utf-8")

OVER: Headers = [("Connection", "close")]
"""Where a body ends is in doubt, so what follows it is no request of its own. Spec: RFC 9112 §6.1, §6.3."""


class Door:
    """Routes by path; `hosts` are the only names that are answered. `admission`: for people; a third for machines.
    `moved`: other paths → ours (`idp.web.moved_paths`)."""

    def __init__(
        self,
        pages: "WSGIApplication",
        machine: Mapping[str, "WSGIApplication"],
        static: StaticFiles,
        hosts: frozenset[str],
        admission: int,
        bodies: Bodies,
        ready: Callable[[], None],
        moved: Mapping[str, str] | None = None,
    ) -> None:
        self._pages, self._machine, self._static, self._hosts = pages, machine, static, hosts
        self._for_machines = threading.BoundedSemaphore(max(1, admission // QUICKER))
        self._for_people = threading.BoundedSemaphore(admission)
        self._bodies, self._ready, self._moved = bodies, ready, moved or {}

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in self._moved:
            path = environ["PATH_INFO"] = self._moved[path]
        if path == "/healthz":
            return _say(start, "200 OK", b"ok\n")
        if environ.get("HTTP_HOST", "").lower() not in self._hosts:
            return _say(start, "421 Misdirected Request", b"this host is not served here\n")
        if path.startswith(PREFIX):
            return self._static_file(path, environ, start)
        try:
            self._bodies.take(environ)
        except Refused as refused:
            return _say(start, refused.status, b"refused\n", AGAIN if refused.again else OVER)
        machine = self._machine.get(path) or self._machine.get(path[: path.rfind("/") + 1])
        room = self._for_people if machine is None else self._for_machines
        if not room.acquire(blocking=False):
            return _say(start, "503 Service Unavailable", b"busy\n", AGAIN)
        try:
            if path == "/readyz":
                return self._readiness(start)
            return (machine or self._pages)(environ, start)
        finally:
            room.release()

    def _static_file(self, path: str, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        status, headers, body = self._static.answer(path, environ.get("HTTP_ACCEPT_ENCODING", ""))
        start("200 OK" if status == 200 else "404 Not Found", headers)
        return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else body]

    def _readiness(self, start: "StartResponse") -> Iterable[bytes]:
        """Whether a sign-in would work: the stores answer and can be written."""
        try:
            self._ready()
        except Exception:
            return _say(start, "503 Service Unavailable", b"not ready\n")
        return _say(start, "200 OK", b"ready\n")


def _say(start: "StartResponse", status: str, body: bytes, more: Headers | None = None) -> Iterable[bytes]:
    start(status, [TEXT, ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *(more or [])])
    return [body]
