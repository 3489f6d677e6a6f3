"""Every call that we make goes where the filter lets it, or nowhere."""

import http.server
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.outgoing import FilteredOutgoing
from config.settings import AllowedCall
from config.settings import Outgoing as Settings
from idp.errors import Unavailable

LOOPBACK = (AllowedCall(cidr="127.0.0.0/8", http=True),)
SEEN: list[tuple[str, str, bytes]] = []


class Application(http.server.BaseHTTPRequestHandler):
    """Answers by path; remembers what came."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        SEEN.append((self.path, self.headers["Host"], body))
        if self.path == "/slow":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(40):
                time.sleep(0.05)
                try:
                    self.wfile.write(b".")
                except OSError:
                    return
            return
        self.send_response({"/moved": 302, "/broken": 503}.get(self.path, 200))
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    SEEN.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_listed_application_is_called_by_its_name(port: int) -> None:
    listed = (
        AllowedCall(host="payroll.localhost", port=port, http=True),
        AllowedCall(host="inside.example", port=port, http=True),
    )
    outgoing = FilteredOutgoing(Settings(allowed=listed, resolve={"inside.example": "127.0.0.1"}))
    assert outgoing.post_form(f"http://payroll.localhost:{port}/logout?x=1", {"logout_token": "a b+工"}) == 200
    assert outgoing.post_form(f"http://inside.example:{port}/broken", {}) == 503
    assert SEEN[0] == ("/logout?x=1", f"payroll.localhost:{port}", b"logout_token=a+b%2B%E5%B7%A5")
    assert SEEN[1][1] == f"inside.example:{port}"


def test_a_listed_network_is_called(port: int) -> None:
    outgoing = FilteredOutgoing(Settings(allowed=LOOPBACK))
    assert outgoing.post_form(f"http://127.0.0.1:{port}/", {}) == 200


def test_a_redirect_is_an_answer_and_not_followed(port: int) -> None:
    outgoing = FilteredOutgoing(Settings(allowed=LOOPBACK))
    assert outgoing.post_form(f"http://127.0.0.1:{port}/moved", {}) == 302
    assert len(SEEN) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "https://payroll.localhost:{port}/",
        "https://[::1]:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://0.0.0.0:{port}/",
        "https://[fd00::1]/",
        "https://[fe80::1%25lo]/",
        "https://224.0.0.1/",
        "http://93.184.216.34/",
        "ftp://93.184.216.34/",
        "file:///etc/passwd",
        "https://user:secret@93.184.216.34/",
        "https://93.184.216.34/#fragment",
        "https://2130706433/",
        "https://sneaky.example:{port}/",
        "https://:443/",
        "https://[half",
        "nonsense",
    ],
)
def test_doors_inside_are_not_knocked_at(port: int, url: str) -> None:
    outgoing = FilteredOutgoing(
        Settings(allowed=(AllowedCall(host="listed.example", port=1),), resolve={"sneaky.example": "127.0.0.1"})
    )
    with pytest.raises(Unavailable):
        outgoing.post_form(url.format(port=port), {"a": "b"})
    assert SEEN == []


def test_another_port_of_a_listed_host_is_not_listed(port: int) -> None:
    outgoing = FilteredOutgoing(Settings(allowed=(AllowedCall(host="payroll.localhost", port=port + 1, http=True),)))
    with pytest.raises(Unavailable):
        outgoing.post_form(f"http://payroll.localhost:{port}/", {})
    assert SEEN == []


def test_an_answer_that_drips_is_cut_off(port: int) -> None:
    outgoing = FilteredOutgoing(Settings(allowed=LOOPBACK, timeout_seconds=0.4))
    before = time.monotonic()
    with pytest.raises(Unavailable):
        outgoing.post_form(f"http://127.0.0.1:{port}/slow", {})
    assert time.monotonic() - before < 1.5


def test_nobody_there(port: int) -> None:
    outgoing = FilteredOutgoing(Settings(allowed=LOOPBACK))
    with pytest.raises(Unavailable):
        outgoing.post_form("http://127.0.0.1:1/", {})
