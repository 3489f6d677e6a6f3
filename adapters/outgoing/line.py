"""One call on one connection, to an address that was checked, with a bound on everything.

Time: one deadline for connecting, the handshake, what is sent and all that is read; a server that drips octets gains
nothing by each. Size: of the body, and of all that is read together, so that endless headers, endless interim answers
and chunks of one octet end too. Compressed bodies are not asked for and not read, so that none can swell.
Framing is `http.client`'s; what it lets pass and a cache or key must not be built on (a body cut short) is refused.
Spec: RFC 9110, RFC 9112.
"""

import http.client
import io
import socket
import ssl
import time
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING

from adapters.outgoing.where import Target

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD = 65_536
"""Octets of status lines, headers and chunk sizes, besides twice the body."""
MOST_DOORS = 3
"""Addresses of one name that are tried."""
CLOSED = {"Connection": "close", "Accept-Encoding": "identity", "User-Agent": "Gerege"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is empty when it was not asked for."""

    status: int
    headers: Message
    body: bytes

    def header(self, name: str) -> str:
        """ "" when it is absent; several are one list."""
        return ", ".join(self.headers.get_all(name, []))


def call(
    target: Target, method: str, headers: dict[str, str], body: bytes | None, most: int | None, deadline: float
) -> Answer:
    """Ask once. `most`: octets of the body; None leaves it unread. Raises Unavailable."""
    connection = _Pinned(target, HEAD + 2 * (most or 0), deadline)
    with closing(connection):
        try:
            connection.request(method, target.path, body, {"Host": target.host_header, **CLOSED, **headers})
            with closing(connection.getresponse()) as response:
                if response.status < 200:
                    raise target.failed(f"answered {response.status}")
                held = b"" if most is None else _body(target, response, most)
                return Answer(response.status, response.headers, held)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise target.failed(f"{type(error).__name__}: {error}") from error


def _body(target: Target, response: http.client.HTTPResponse, most: int) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise target.failed(f"compressed as {encoding[:20]!r}, which was not asked for")
    if response.length is not None and response.length > most:
        raise target.failed(f"{response.length} octets, {most} are the most")
    body = response.read(most + 1)
    if len(body) > most:
        raise target.failed(f"more than {most} octets")
    if response.length:
        raise target.failed(f"cut short, {response.length} octets are missing")
    return body


class _Pinned(http.client.HTTPConnection):
    """Connects to an address that was checked, whatever the name says by now; the name stands in Host and SNI."""

    def __init__(self, target: Target, budget: int, deadline: float) -> None:
        super().__init__(target.host, target.port)
        self._target, self._budget, self._deadline = target, budget, deadline

    def connect(self) -> None:
        raw, tls = self._connected()
        if self._target.scheme == "https":
            raw.settimeout(_left(self._deadline))
            raw = tls.wrap_socket(raw, server_hostname=self._target.host)
        self.sock = _Line(raw, self._budget, self._deadline)  # all that is used of one

    def _connected(self) -> tuple[socket.socket, ssl.SSLContext]:
        """The first of the checked addresses where somebody is. Raises OSError: nobody is anywhere."""
        doors = self._target.doors[:MOST_DOORS]
        for position, (address, tls) in enumerate(doors, 1):
            share = _left(self._deadline) / (len(doors) - position + 1)
            try:
                return _connect(address, self._target.port, share), tls
            except OSError:
                if position == len(doors):
                    raise
        raise OSError("a name without addresses")


class _Line:
    """What `http.client` uses of a socket, until a moment and for so many octets."""

    def __init__(self, raw: socket.socket, budget: int, deadline: float) -> None:
        self._raw, self._budget, self._deadline = raw, budget, deadline

    def sendall(self, octets: bytes) -> None:
        self._raw.settimeout(_left(self._deadline))
        self._raw.sendall(octets)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self._raw, self._budget, self._deadline))

    def close(self) -> None:
        self._raw.close()


class _Reading(io.RawIOBase):
    def __init__(self, raw: socket.socket, budget: int, deadline: float) -> None:
        self._raw, self._budget, self._deadline = raw, budget, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, into: "WriteableBuffer") -> int:
        """Raises TimeoutError, OSError: the moment or the octets are over."""
        self._raw.settimeout(_left(self._deadline))
        read = self._raw.recv_into(into)
        self._budget -= read
        if self._budget < 0:
            raise OSError("more than any answer that is wanted")
        return read


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    """Not `create_connection`, which asks the resolver once more, even about an address. Raises OSError."""
    raw = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        raw.settimeout(seconds)
        raw.connect((address, port))
    except OSError:
        raw.close()
        raise
    return raw


def _left(deadline: float) -> float:
    """Seconds. Raises TimeoutError: none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no whole answer in time")
    return left
