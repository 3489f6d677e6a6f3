"""More comes than can be worked on: who is too many hears so at once, and the service goes on for the others."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.support.server import HOST, Served, served

pytestmark = [pytest.mark.ci, pytest.mark.timeout(120)]
PASSWORD = "Correct-horse-battery-1"
ADMISSION = 2
AT_ONCE = 60
HALF = 40


@pytest.fixture(scope="module")
def house() -> Iterator[Served]:
    """As it is shipped."""
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def narrow() -> Iterator[Served]:
    """Two requests at one time, in one process."""
    with served(server={"workers": 1, "admission": ADMISSION}) as found:
        yield found


def form(length: int) -> bytes:
    """The head of a POST that promises so many octets."""
    head = f"POST /sign-in HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    return f"{head}Content-Length: {length}\r\n\r\n".encode()


def test_too_many_hear_so_at_once(narrow: Served) -> None:
    """Sixty at one time where two are worked on: none waits long, the others are told when to come again."""
    docs, heard = narrow.party("docs"), list[tuple[int, str | None, float]]()
    gate = threading.Barrier(AT_ONCE)

    def come() -> None:
        gate.wait()
        began = time.monotonic()
        status, headers, _ = narrow.node.get(docs.start("openid docs.read"))
        heard.append((status, headers.get("retry-after"), time.monotonic() - began))

    threads = [threading.Thread(target=come) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = Counter(status for status, _, _ in heard)
    assert counted[503] > 0, counted
    assert counted[303] + counted[302] > 0, counted
    assert set(counted) <= {302, 303, 503}
    assert all(after for status, after, _ in heard if status == 503)
    assert narrow.node.get("/readyz")[0] == 200
    app = narrow.house.app_of(narrow.house.person("ada", PASSWORD))
    assert "code" in narrow.browser().sign_in(docs.start("openid docs.read"), "ada", PASSWORD, app).query


@contextmanager
def half_sent(house: Served) -> Iterator[None]:
    """Forty requests whose bodies do not arrive."""
    with ExitStack() as lines:
        for _ in range(HALF):
            line = lines.enter_context(closing(socket.create_connection(("127.0.0.1", house.node.port))))
            line.sendall(form(10_000) + b"csrf=")
        time.sleep(0.5)
        yield


def test_half_sent_requests_do_not_stop_it(house: Served) -> None:
    """Everybody else is answered meanwhile."""
    members = len(house.node.members())
    app = house.house.app_of(house.house.person("bob", PASSWORD))
    docs = house.party("docs")
    with half_sent(house):
        assert house.node.get("/healthz")[0] == 200
        assert house.node.get("/readyz")[0] == 200
        browser = house.browser().sign_in(docs.start("openid docs.read"), "bob", PASSWORD, app)
        assert "code" in browser.query, (browser.status, browser.url, browser.page[:300])
        assert docs.redeem(browser).status_code == 200
        assert len(house.node.members()) == members
    assert house.node.get("/readyz")[0] == 200


def test_half_sent_requests_take_no_place_of_those_who_are_worked_on(narrow: Served) -> None:
    """Twenty times as many as may be worked on at one time: others do not notice."""
    with half_sent(narrow):
        assert narrow.node.get("/")[0] == 303
        assert narrow.node.get("/healthz")[0] == 200
        assert narrow.node.get("/readyz")[0] == 200
    assert narrow.node.get("/readyz")[0] == 200


def test_a_body_that_is_too_large_is_refused(house: Served) -> None:
    with closing(socket.create_connection(("127.0.0.1", house.node.port), timeout=20)) as line:
        line.sendall(form(300 * 1024) + b"a=" + b"b" * 1024)
        answer = line.recv(64)
    assert answer.split(b" ")[1] in (b"413", b"400"), answer
    assert house.node.get("/readyz")[0] == 200
