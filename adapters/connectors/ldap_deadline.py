"""An end to every question, however its answer drips in, and to its size: a socket that knows until when it may wait.

Obeys no specification. A timeout of a socket counts from the last byte, so that a server which sends one every few
seconds would hold its caller for ever; here the time counts from the question. Deliberately bounds reading alone: what
is sent is small and goes into the kernel's buffer.
"""

import math
import socket
import ssl
import time
from typing import Any, Protocol

MOST_BYTES = 2 * 1024 * 1024
"""Of one answer about one person; ldap3 takes time in the square of it."""
LEAST_WAIT = 0.001


class _Timed(Protocol):
    def settimeout(self, value: float | None, /) -> None: ...
    def gettimeout(self) -> float | None: ...


class _Bounded:
    """What both kinds of sockets add to `recv`."""

    until: float = math.inf
    left: float = math.inf

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """As the socket's. Raises TimeoutError: the question's time is over; OSError: so is its room."""
        usual = _wait(self, self.until)  # type: ignore[arg-type]  # a socket, by the classes below
        try:
            received: bytes = super().recv(buflen, flags)  # type: ignore[misc]
        finally:
            if usual is not None:
                self.settimeout(usual)  # type: ignore[attr-defined]
        self.left -= len(received)
        if self.left < 0:
            raise OSError("the answer is larger than any that was expected")
        return received


class BoundedSocket(_Bounded, socket.socket):
    """Before TLS."""


class BoundedTls(_Bounded, ssl.SSLSocket):
    """Within TLS: `SSLContext.sslsocket_class`."""


def bounded(plain: Any) -> Any:
    """The same open socket, able to be bounded."""
    if isinstance(plain, _Bounded):
        return plain
    timeout = plain.gettimeout()
    taken = BoundedSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
    taken.settimeout(timeout)
    return taken


def bound(held: Any, until: float, most: float = MOST_BYTES) -> None:
    """From now on: until that moment of `time.monotonic`, and so many bytes. Nothing happens to other sockets."""
    if isinstance(held, _Bounded):
        held.until, held.left = until, most


def _wait(held: _Timed, until: float) -> float | None:
    """Shorten the timeout of one call when less time is left; the timeout to put back after it. Raises TimeoutError."""
    if until == math.inf:
        return None
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out: the answer came too slowly")
    usual = held.gettimeout()
    if usual is not None and usual <= left:
        return None
    held.settimeout(max(LEAST_WAIT, left))
    return usual
