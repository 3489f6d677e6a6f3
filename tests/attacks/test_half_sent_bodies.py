"""Bodies that do not arrive, connections that say nothing, lengths that contradict: the service goes on for others.

On the real server, with its shipped bounds. Spec: RFC 9112 §6.1, §6.3, §8, §11.2 (smuggling); OWASP: slow requests.
"""

import base64
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlencode

import pytest

from idp.model import Client, Text
from tests.support.browser import SECRET
from tests.support.server import HOST, Served, ask, served

pytestmark = [pytest.mark.ci, pytest.mark.timeout(120)]
FORM = "application/x-www-form-urlencoded"
IDLE = 1000


@pytest.fixture(scope="module")
def house() -> Iterator[Served]:
    """One process, so that all of it meets."""
    with served(server={"workers": 1}) as found:
        with found.house.idp.ports.truth.begin() as tx:
            docs = found.house.idp.ports.truth.configuration().clients["docs"]
            tx.registry.put_client(
                Client(
                    "robot",
                    Text("Robot", "机器人"),
                    "local",
                    (),
                    secret_hashes=docs.secret_hashes,
                    grant_types=("client_credentials",),
                    scopes=("docs.read",),
                    audiences=docs.audiences,
                    labels=frozenset({"all-employees"}),
                )
            )
        found.known_everywhere()
        yield found


def take_token(house: Served) -> int:
    """The status of one client_credentials request."""
    body = urlencode({"grant_type": "client_credentials", "scope": "docs.read"}).encode()
    said = {
        "Host": HOST,
        "Content-Type": FORM,
        "Authorization": "Basic " + base64.b64encode(f"robot:{SECRET}".encode()).decode(),
    }
    return ask(house.node.port, "POST", "/token", body, said)[0]


def line_to(house: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", house.node.port), timeout=20)


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", f"Host: {HOST}", f"Content-Type: {FORM}", *lines, "", ""]).encode()


@contextmanager
def half_sent(house: Served, count: int, path: str) -> Iterator[list[socket.socket]]:
    """So many requests whose bodies stop after five octets."""
    with ExitStack() as lines:
        found = [lines.enter_context(closing(line_to(house))) for _ in range(count)]
        for line in found:
            line.sendall(head(path, "Content-Length: 10000") + b"csrf=")
        time.sleep(0.5)
        yield found


@pytest.mark.parametrize("path", ["/token", "/sign-in"])
def test_forty_half_sent_bodies_take_nobody_s_place(house: Served, path: str) -> None:
    with half_sent(house, 40, path):
        assert [take_token(house) for _ in range(20)] == [200] * 20
        assert house.node.get("/sign-in")[0] == 303
        assert house.node.get("/readyz")[0] == 200


def test_more_half_sent_bodies_than_there_are_places_are_cut(house: Served) -> None:
    """Who is silent makes room for who is not; within seconds everybody is served again, while they still hang on."""
    with half_sent(house, 400, "/token") as lines:
        assert house.node.get("/healthz")[0] == 200
        assert house.node.get("/sign-in")[0] == 303  # a request without a body needs no place for one
        until = time.monotonic() + 15
        while (status := take_token(house)) != 200:
            assert status == 503 and time.monotonic() < until, status
            time.sleep(0.2)
        assert [take_token(house) for _ in range(20)] == [200] * 20
        assert any(closed(line) for line in lines)
    assert house.node.get("/readyz")[0] == 200


def test_a_thousand_idle_connections_harm_nobody(house: Served) -> None:
    """Half of them have spoken before, half never did."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * IDLE:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * IDLE, hard), hard))
    with ExitStack() as lines:
        for number in range(IDLE):
            line = lines.enter_context(closing(line_to(house)))
            if number % 2:
                line.sendall(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                assert line.recv(1024).startswith(b"HTTP/1.1 200")
        assert [take_token(house) for _ in range(20)] == [200] * 20
        with half_sent(house, 40, "/token"):
            assert take_token(house) == 200
            assert house.node.get("/readyz")[0] == 200


def test_a_body_that_was_cut_short_is_not_a_shorter_one(house: Served) -> None:
    """All that arrived would be a good request; the length says that more was meant."""
    body = urlencode({"grant_type": "client_credentials", "scope": "docs.read"}).encode()
    proof = "Authorization: Basic " + base64.b64encode(f"robot:{SECRET}".encode()).decode()
    before = len(house.house.events("TokensIssued"))
    with closing(line_to(house)) as line:
        line.sendall(head("/token", proof, f"Content-Length: {len(body) + 20}") + body)
        line.shutdown(socket.SHUT_WR)
        assert b" 200 " not in line.recv(200)
    time.sleep(0.2)
    assert len(house.house.events("TokensIssued")) == before


def closed(line: socket.socket) -> bool:
    """Whether the other side has ended it."""
    line.setblocking(False)
    try:
        return line.recv(1024) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


CONTRADICTIONS = {
    "two lengths": (b"Content-Length: 3", b"Content-Length: 4"),
    "a length that is a word": (b"Content-Length: three",),
    "a negative length": (b"Content-Length: -3",),
    "a length and chunks": (b"Content-Length: 3", b"Transfer-Encoding: chunked"),
    "chunks in another coding": (b"Transfer-Encoding: gzip, chunked",),
    "an unknown coding": (b"Transfer-Encoding: xchunked",),
    "chunks twice": (b"Transfer-Encoding: chunked, chunked",),
}


@pytest.mark.parametrize("told", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_contradicting_lengths_start_no_second_request(house: Served, told: tuple[bytes, ...]) -> None:
    """Whatever is made of the first request, what stands in its body is never answered as a request of its own."""
    hidden = f"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    proof = b"Authorization: Basic " + base64.b64encode(f"robot:{SECRET}".encode())
    body = b"0\r\n\r\n" + hidden
    with closing(line_to(house)) as line:
        first = f"POST /token HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {FORM}".encode()
        line.sendall(b"\r\n".join([first, proof, *told, b"", body]))
        line.shutdown(socket.SHUT_WR)
        answered = b""
        while piece := line.recv(4096):
            answered += piece
    assert b"authorization_endpoint" not in answered
    assert b"access_token" not in answered
    assert answered.split(b" ")[1] in (b"400", b"501"), answered[:200]


@pytest.mark.parametrize(
    "hosts",
    [(HOST, "evil.example"), ("evil.example", HOST), (HOST, HOST), ("",), ()],
    ids=["ours first", "ours last", "ours twice", "empty", "none"],
)
def test_one_host_and_no_other(house: Served, hosts: tuple[str, ...]) -> None:
    """Spec: RFC 9112 §3.2: more than one, or none, is refused."""
    with closing(line_to(house)) as line:
        lines = ["GET /.well-known/openid-configuration HTTP/1.1", *(f"Host: {host}" for host in hosts), "", ""]
        line.sendall("\r\n".join(lines).encode())
        assert line.recv(100).split(b" ")[1] in (b"421", b"400")


def test_a_chunked_form_is_taken_whole_or_not_at_all(house: Served) -> None:
    """Machines must say how long; a chunked body without end is bounded."""
    with closing(line_to(house)) as line:
        line.sendall(head("/sign-in", "Transfer-Encoding: chunked"))
        line.sendall((b"10000\r\n" + b"a" * 0x10000 + b"\r\n") * 5)
        assert line.recv(100).split(b" ")[1] == b"413"
    assert take_token(house) == 200
