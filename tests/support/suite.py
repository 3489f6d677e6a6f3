"""The place of a conformance suite: an https site on loopback that keeps every call and says little."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from urllib.parse import parse_qs, urlsplit

PATIENCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Call:
    """One request: how, where, with which query, and what was sent."""

    method: str
    path: str
    query: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body).items()}


@dataclass
class Suite:
    """`url` is where it is; `calls` came there, in order."""

    url: str
    calls: list[Call] = field(default_factory=list)

    def heard(self, path: str) -> Call:
        """The last call of a path that ends so; waits for it."""
        until = monotonic() + PATIENCE_SECONDS
        while True:
            found = [call for call in self.calls if call.path.endswith(path)]
            if found:
                return found[-1]
            assert monotonic() < until, f"nothing came to {path}: {self.calls}"
            sleep(0.05)


@contextmanager
def suite(certificate: Path, key: Path) -> Iterator[Suite]:
    """It listens at a free port of loopback, as `localhost`."""
    held = Suite("")

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            where = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(where.query).items()}
            held.calls.append(Call(self.command, where.path, query, said))
            page = b"<!doctype html><title>Suite</title><h1>Suite</h1>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        do_POST = do_GET  # noqa: N815 - the name is http.server's

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Doors(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A browser that is shown an unknown certificate hangs up first, and then comes back."""

    server = Doors(("127.0.0.1", 0), Door)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    held.url = f"https://localhost:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
