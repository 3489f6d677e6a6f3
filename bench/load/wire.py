"""HTTP/1.1 for measuring: kept connections, one request at a time on each, as little work as possible.

Obeys RFC 9112 as far as providers' answers need it. Refuses every address that is not loopback.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

Headers = Sequence[tuple[str, str]]
Answer = tuple[int, bytes, bytes]
"""Status, head, body."""
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PORTS = {"http": 80, "https": 443}
UNKNOWN, CHUNKED, TO_THE_END = -1, -2, -3


class Closed(Exception):
    """The server closed the connection before it had answered."""


class NotLoopback(Exception):
    """Somebody else's machine."""


class Connection(asyncio.Protocol):
    """One kept connection."""

    def __init__(self) -> None:
        self.alive = False
        self._buffer = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None
        self._need, self._body_at, self._status, self._head = UNKNOWN, 0, 0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.alive = True

    def connection_lost(self, error: Exception | None) -> None:
        self.alive = False
        if self._waiting is not None and not self._waiting.done():
            if self._need == TO_THE_END:
                self._answer(bytes(self._buffer[self._body_at :]), len(self._buffer))
            else:
                self._waiting.set_exception(Closed())

    def send(self, request: bytes) -> "asyncio.Future[Answer]":
        self._waiting, self._need = asyncio.get_running_loop().create_future(), UNKNOWN
        if self._transport is None:
            raise Closed
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, received: bytes) -> None:
        self._buffer += received
        while self._waiting is not None:
            if self._need == UNKNOWN and not self._read_head():
                return
            if self._need == UNKNOWN:
                continue  # 1xx: another head follows
            if self._need == TO_THE_END:
                return
            if self._need == CHUNKED:
                self._read_chunks()
                return
            end = self._body_at + self._need
            if len(self._buffer) < end:
                return
            self._answer(bytes(self._buffer[self._body_at : end]), end)

    def _read_head(self) -> bool:
        at = self._buffer.find(b"\r\n\r\n")
        if at < 0:
            return False
        self._head, self._body_at = bytes(self._buffer[: at + 2]), at + 4
        self._status = int(self._head[9:12])
        if self._status < 200:
            del self._buffer[: at + 4]
            return True
        low = self._head.lower()
        length = low.find(b"\r\ncontent-length:")
        if self._status in (204, 304):
            self._need = 0
        elif length >= 0:
            self._need = int(low[length + 17 : low.index(b"\r\n", length + 17)])
        else:
            self._need = CHUNKED if b"transfer-encoding: chunked" in low else TO_THE_END
        return True

    def _read_chunks(self) -> None:
        body, at = bytearray(), self._body_at
        while (line := self._buffer.find(b"\r\n", at)) >= 0:
            size = int(self._buffer[at:line].split(b";")[0], 16)
            if size == 0:
                end = self._buffer.find(b"\r\n", line + 2)
                if end >= 0:
                    self._answer(bytes(body), end + 2)
                return
            if len(self._buffer) < line + 4 + size:
                return
            body += self._buffer[line + 2 : line + 2 + size]
            at = line + 4 + size

    def _answer(self, body: bytes, used: int) -> None:
        del self._buffer[:used]
        waiting, self._waiting = self._waiting, None
        if b"connection: close" in self._head.lower():
            self.alive = False
            self.close()
        if waiting is not None and not waiting.done():
            waiting.set_result((self._status, self._head, body))


class Http:
    """One client's connections: one to each origin. `at`: `host:port` where all of them go instead."""

    def __init__(self, at: str | None = None) -> None:
        self._at = urlsplit(f"//{at}", scheme="http") if at else None
        self._connections: dict[tuple[str, int], Connection] = {}

    async def call(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Answer:
        parts = urlsplit(url)
        return await self.raw(parts, request_of(method, parts, headers, body))

    async def raw(self, url: SplitResult, request: bytes) -> Answer:
        """A request that was made before. A kept connection that was closed meanwhile is opened once more."""
        for last in (False, True):
            connection = await self._connection(url)
            try:
                return await connection.send(request)
            except Closed:
                if last:
                    raise
        raise AssertionError("one of two tries returns or raises")

    async def _connection(self, url: SplitResult) -> Connection:
        url = self._at or url
        key = url.hostname or "", url.port or PORTS[url.scheme]
        found = self._connections.get(key)
        if found is None or not found.alive:
            require_loopback(key[0])
            _, found = await asyncio.get_running_loop().create_connection(Connection, *key)
            self._connections[key] = found
        return found

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections = {}


def require_loopback(host: str) -> None:
    """Raises NotLoopback."""
    if host in _PROVED:
        return
    for _, _, _, _, address in socket.getaddrinfo(host, None):
        if not ipaddress.ip_address(address[0]).is_loopback:
            raise NotLoopback(f"{host} is not this machine")
    _PROVED.add(host)


_PROVED: set[str] = set()


def request_of(method: str, url: SplitResult, headers: Headers = (), body: bytes = b"") -> bytes:
    """The request's octets."""
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {url.netloc}", f"User-Agent: {AGENT}", "Accept: */*"]
    lines += [f"{name}: {value}" for name, value in headers]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def all_of(head: bytes, name: str) -> list[str]:
    """The values of a header."""
    wanted = name.lower().encode()
    pairs = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return [value.strip().decode("latin-1") for key, _, value in pairs if key.strip().lower() == wanted]
