"""The proxy on real sockets: loopback in front, a unix socket behind."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo import http1, streams
from demo.proxy import Proxy
from demo.travel import Itinerary, Place

Scenario = Callable[["Road"], Awaitable[None]]
FORM = "Content-Type: application/x-www-form-urlencoded"


class Server:
    """Stands behind the proxy; answers with what it heard, as JSON."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.connections = 0
        self.raw: bytes | None = None
        self.set_cookie: str | None = None
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._connection, self.socket)

    async def stop(self) -> None:
        assert self._server
        self._server.close()
        self.socket.unlink(missing_ok=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(streams.Ended, ConnectionError):
            while head := await streams.read_head(reader):
                if self.raw is not None:
                    writer.write(self.raw)
                    break
                request = http1.parse_request(head)
                size = 0
                async for piece in streams.pieces(reader, http1.request_body(request)):
                    size += len(piece)
                heard = json.dumps({"method": request.method, "headers": request.headers, "octets": size}).encode()
                cookie = f"Set-Cookie: {self.set_cookie}\r\n" if self.set_cookie else ""
                writer.write(f"HTTP/1.1 200 OK\r\n{cookie}Content-Length: {len(heard)}\r\n\r\n".encode())
                writer.write(b"" if request.method == "HEAD" else heard)
        writer.close()


class Browser:
    """One connection to the proxy that says exactly what it is given."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def hear(self, method: str = "GET") -> tuple[http1.Response, bytes]:
        response = http1.parse_response(await streams.read_head(self.reader))
        body = http1.response_body(method, response)
        return response, b"".join([piece async for piece in streams.pieces(self.reader, body)])

    async def ask(self, *lines: str, start: str = "GET / HTTP/1.1", body: bytes = b"") -> tuple[http1.Response, bytes]:
        length = [f"Content-Length: {len(body)}"] if body else []
        await self.say("\r\n".join([start, "Host: localhost", *length, *lines, "", ""]).encode() + body)
        return await self.hear()

    async def seen(self, *lines: str, start: str = "GET / HTTP/1.1", body: bytes = b"") -> dict[str, str]:
        """The headers that the server behind got."""
        response, heard = await self.ask(*lines, start=start, body=body)
        assert response.status == 200
        pairs = json.loads(heard)["headers"]
        assert len({name.lower() for name, _ in pairs}) == len(pairs)
        return {name.lower(): value for name, value in pairs}


class Road:
    """Proxy, server behind it, and browsers."""

    def __init__(self, tmp_path: Path) -> None:
        self.server = Server(tmp_path / "behind.sock")
        self.itinerary = Itinerary(tmp_path / "travel.json")
        self.proxy = Proxy(self.server.socket, tmp_path)
        self.port = 0
        self._browsers: list[Browser] = []

    async def browser(self, host: str = "127.0.0.1") -> Browser:
        browser = Browser(*await asyncio.open_connection(host, self.port))
        self._browsers.append(browser)
        return browser

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator["Road"]:
        await self.server.start()
        servers = await self.proxy.serve(0)
        self.port = servers[0].sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            for browser in self._browsers:
                browser.writer.close()
            for server in servers:
                server.close()
            await self.server.stop()
            await asyncio.sleep(0)


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Scenario], None]:
    """Run a scenario against a fresh proxy, 20 s at most, in a thread that no browser's loop runs in."""

    async def opened(scenario: Scenario) -> None:
        async with asyncio.timeout(20), Road(tmp_path).opened() as road:
            await scenario(road)

    def played(scenario: Scenario) -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, opened(scenario)).result()

    return played


Play = Callable[[Scenario], None]


def test_forged_forwarding_headers_never_arrive(play: Play) -> None:
    async def scenario(road: Road) -> None:
        seen = await (await road.browser()).seen(
            "X-Forwarded-For: 8.8.8.8", "x_forwarded_for: 8.8.8.8", "Forwarded: for=8.8.8.8", "X-Real-IP: 8.8.8.8",
            "Client-Cert: :YWJj:", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example", "Accept: text/html",
        )  # fmt: skip
        assert seen == {
            "host": "localhost",
            "accept": "text/html",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-proto": "http",
        }

    play(scenario)


def test_connection_cannot_hide_our_own_word(play: Play) -> None:
    async def scenario(road: Road) -> None:
        seen = await (await road.browser()).seen("Connection: X-Forwarded-For, Host, X-Secret", "X-Secret: 1")
        assert seen["x-forwarded-for"] == "127.0.0.1"
        assert seen["host"] == "localhost"
        assert "x-secret" not in seen

    play(scenario)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (("Content-Length: 4", "Transfer-Encoding: chunked"), 400),
        (("Content-Length: 4", "Content-Length: 5"), 400),
        (("Transfer-Encoding: gzip",), 501),
        (("Host: other",), 400),
    ],
)
def test_a_smuggled_request_is_refused_and_reaches_nobody(play: Play, lines: tuple[str, ...], status: int) -> None:
    async def scenario(road: Road) -> None:
        browser = await road.browser()
        await browser.say("\r\n".join(["POST / HTTP/1.1", "Host: localhost", *lines, "", ""]).encode())
        await browser.say(b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
        response, _ = await browser.hear()
        assert response.status == status
        assert await browser.reader.read() == b""
        assert road.server.connections == 0

    play(scenario)


def test_a_broken_chunk_is_refused(play: Play) -> None:
    async def scenario(road: Road) -> None:
        browser = await road.browser()
        await browser.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        response, _ = await browser.hear()
        assert response.status == 400

    play(scenario)


def test_connections_are_kept_on_both_sides(play: Play) -> None:
    async def scenario(road: Road) -> None:
        browser = await road.browser()
        for _ in range(5):
            await browser.seen()
        assert road.server.connections == 1
        response, _ = await browser.ask("Connection: close")
        assert http1.values(response.headers, "connection") == ["close"]
        assert await browser.reader.read() == b""

    play(scenario)


def test_a_kept_connection_that_the_server_closed_is_opened_again(play: Play) -> None:
    async def scenario(road: Road) -> None:
        browser = await road.browser()
        await browser.seen()
        await road.server.stop()
        await road.server.start()
        await browser.seen()
        await browser.seen(start="POST /token HTTP/1.1", body=b"x")

    play(scenario)


def test_pipelined_requests_are_answered_in_order(play: Play) -> None:
    async def scenario(road: Road) -> None:
        browser = await road.browser()
        await browser.say(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n")
        assert (await browser.hear("HEAD"))[1] == b""
        assert dict(json.loads((await browser.hear())[1])["headers"])["Host"] == "b"

    play(scenario)


@pytest.mark.parametrize("chunked", [True, False])
def test_a_large_body_streams(play: Play, chunked: bool) -> None:
    piece, count = b"x" * 100_000, 300

    async def scenario(road: Road) -> None:
        browser = await road.browser()
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(piece) * count}"
        await browser.say(f"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n{framing}\r\n\r\n".encode())
        assert http1.parse_response(await streams.read_head(browser.reader)).status == 100
        for _ in range(count):
            await browser.say(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        await browser.say(b"0\r\n\r\n" if chunked else b"")
        _, heard = await browser.hear()
        assert json.loads(heard)["octets"] == len(piece) * count

    play(scenario)


def test_an_answer_before_the_end_of_the_body_is_passed_on(play: Play) -> None:
    async def scenario(road: Road) -> None:
        road.server.raw = b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig"
        browser = await road.browser()
        await browser.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nonly this")
        response, body = await browser.hear()
        assert (response.status, body) == (413, b"big")

    play(scenario)


def test_a_response_without_a_length_is_framed(play: Play) -> None:
    async def scenario(road: Road) -> None:
        road.server.raw = b"HTTP/1.1 200 OK\r\n\r\nuntil I close"
        response, body = await (await road.browser()).ask()
        assert body == b"until I close"
        assert http1.values(response.headers, "transfer-encoding") == ["chunked"]

    play(scenario)


def test_a_response_cut_short_does_not_look_whole(play: Play) -> None:
    async def scenario(road: Road) -> None:
        road.server.raw = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
        with pytest.raises(streams.Ended):
            await (await road.browser()).ask()

    play(scenario)


def test_a_server_that_is_away_is_told_plainly(play: Play) -> None:
    async def scenario(road: Road) -> None:
        await road.server.stop()
        response, page = await (await road.browser()).ask()
        assert response.status == 502
        assert b"not answering" in page
        assert str(road.server.socket).encode() not in page
        await road.server.start()
        await (await road.browser()).seen()

    play(scenario)


def test_a_head_without_end_is_refused(play: Play) -> None:
    async def scenario(road: Road) -> None:
        browser = await road.browser()
        await browser.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 12_000)
        response, _ = await browser.hear()
        assert response.status == 431

    play(scenario)


def test_travel_moves_only_the_travellers_browser(play: Play) -> None:
    async def scenario(road: Road) -> None:
        alice, wang, stranger = [await road.browser() for _ in range(3)]
        for browser, name, bound in (
            (alice, "alice@mof.example", "binding=a"),
            (wang, "wang.wei@moe.example", "binding=w"),
        ):
            road.server.set_cookie = bound.replace("binding", "session") + "; Path=/; HttpOnly"
            form = f"csrf=1&username={name.replace('@', '%40')}".encode()
            await browser.seen(FORM, f"Cookie: {bound}", start="POST /sign-in?interaction=1 HTTP/1.1", body=form)
        road.server.set_cookie = None
        road.itinerary.go("alice", Place("SG", "203.0.113.9"))

        async def comes_from(browser: Browser, cookie: str) -> str:
            return (await browser.seen(f"Cookie: {cookie}"))["x-forwarded-for"]

        assert await comes_from(alice, "binding=a") == "203.0.113.9"
        assert await comes_from(stranger, "theme=dark; session=a") == "203.0.113.9"
        assert await comes_from(wang, "binding=w") == "127.0.0.1"
        assert await comes_from(stranger, "binding=b") == "127.0.0.1"
        road.itinerary.go("alice", None)
        assert await comes_from(alice, "binding=a") == "127.0.0.1"

    play(scenario)


def test_the_first_form_already_travels_and_new_cookies_follow(play: Play) -> None:
    async def scenario(road: Road) -> None:
        road.itinerary.go("alice", Place("SG", "203.0.113.9"))
        browser = await road.browser()
        road.server.set_cookie = "__Host-session=1; Path=/"
        seen = await browser.seen(FORM, start="POST /sign-in HTTP/1.1", body=b"username=MOF%5Calice")
        assert (seen["x-forwarded-for"], seen["content-length"]) == ("203.0.113.9", "20")
        road.server.set_cookie = "__Host-session=2; Path=/"
        await browser.seen("Cookie: __Host-session=1")
        seen = await browser.seen("Cookie: __Host-session=2")
        assert seen["x-forwarded-for"] == "203.0.113.9"

    play(scenario)


def test_a_forged_name_elsewhere_teaches_nothing(play: Play) -> None:
    async def scenario(road: Road) -> None:
        road.itinerary.go("alice", Place("SG", "203.0.113.9"))
        browser = await road.browser()
        seen = await browser.seen(FORM, start="POST /token HTTP/1.1", body=b"username=alice")
        assert seen["x-forwarded-for"] == "127.0.0.1"

    play(scenario)
