"""The line to a directory, in a test's hand: it goes silent, cuts, drips, shows another certificate, or says its own.

    with line(directory) as between:
        between.becomes(Trouble(mute=True))
        between.becomes(FINE)

It ends TLS before a real directory's LDAPS, so that what is said can be looked at and changed. Spec: RFC 4511 §4.1.1.
"""

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.slapd import Directory

BIND, SEARCH, EXTENDED = 0x60, 0x63, 0x77
_ANSWER_OF = {BIND: 0x61, SEARCH: 0x65, EXTENDED: 0x78}
SUCCESS, BUSY = 0, 51
Certificate = tuple[Path, Path]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the line.

    Args:
        silent: connections are taken, and nothing is ever said, TLS neither.
        mute: TLS is spoken; questions get no answer, those on kept connections too.
        cut_after: a bind with these octets is carried over, and then the line is cut.
        wait, drip: seconds before each answer, and between its octets.
        answer: says something itself to a question; the directory hears nothing.
        swap: changes what the directory said.
        certificate: (PEM, key) that is shown.
    """

    silent: bool = False
    mute: bool = False
    cut_after: bytes = b""
    wait: float = 0
    drip: float = 0
    answer: Callable[[bytes], bytes] | None = None
    swap: Callable[[bytes], bytes] | None = None
    certificate: Certificate | None = None


FINE = Trouble()


def told(result: int) -> Callable[[bytes], bytes]:
    """That result, to every question."""

    def answer(question: bytes) -> bytes:
        number, operation = _parts(question)
        if operation not in _ANSWER_OF:
            return b""
        body = number + bytes([_ANSWER_OF[operation], 7, 10, 1, result, 4, 0, 4, 0])
        return bytes([0x30, len(body)]) + body

    return answer


def _parts(question: bytes) -> tuple[bytes, int]:
    """(the message's number as it was written, the tag of its operation)."""
    start = 2 + (question[1] & 0x7F if question[1] & 0x80 else 0)
    end = start + 2 + question[start + 1]
    return question[start:end], question[end]


@dataclass
class Line:
    """Whoever connects to `url` speaks with the directory behind it, as far as `trouble` lets them."""

    listener: socket.socket
    target: int
    certificate: Certificate
    trouble: Trouble = FINE
    binds: list[bytes] = field(default_factory=list)
    """Every bind that was carried over."""
    _held: set[socket.socket] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"ldaps://127.0.0.1:{self.listener.getsockname()[1]}"

    def becomes(self, trouble: Trouble) -> None:
        """From now on; those that are connected stay so, unless another certificate is to be seen."""
        self.trouble = trouble
        if trouble.certificate:
            self.cut()

    def cut(self) -> None:
        """Close whatever is open."""
        for one in list(self._held):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(plain,), daemon=True).start()

    def _carry(self, plain: socket.socket) -> None:
        self._held.add(plain)
        with contextlib.suppress(OSError, ValueError), plain:
            if self.trouble.silent:
                while plain.recv(4096) and self.trouble.silent:
                    pass
                return
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*(self.trouble.certificate or self.certificate))
            with context.wrap_socket(plain, server_side=True) as front, self._directory() as back:
                self._held.add(front)
                self._between(front, back)
                self._held.discard(front)
        self._held.discard(plain)

    def _directory(self) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.target), timeout=5))

    def _between(self, front: ssl.SSLSocket, back: ssl.SSLSocket) -> None:
        while True:
            ready = [one for one in (front, back) if one.pending()] or select.select([front, back], [], [], 0.2)[0]
            for one in ready:
                octets = one.recv(1 << 16)
                if not octets:
                    return
                if not self.trouble.mute and not (self._asked if one is front else self._said)(octets, front, back):
                    return

    def _asked(self, octets: bytes, front: ssl.SSLSocket, back: ssl.SSLSocket) -> bool:
        """Whether the line holds."""
        trouble = self.trouble
        if trouble.answer:
            front.sendall(trouble.answer(octets))
            return True
        is_bind = _parts(octets)[1] == BIND
        if is_bind:
            self.binds.append(octets)
        back.sendall(octets)
        return not (is_bind and trouble.cut_after and trouble.cut_after in octets)

    def _said(self, octets: bytes, front: ssl.SSLSocket, back: ssl.SSLSocket) -> bool:
        trouble = self.trouble
        time.sleep(trouble.wait)
        octets = trouble.swap(octets) if trouble.swap else octets
        for part in [bytes([one]) for one in octets] if trouble.drip else [octets]:
            front.sendall(part)
            time.sleep(trouble.drip)
        return True


@contextmanager
def line(directory: Directory) -> Iterator[Line]:
    """A line to it, with the directory's own certificate, for as long as the block lasts."""
    ca = directory.prepared.ca_file.parent
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = int(directory.prepared.ldaps_url.rsplit(":", 1)[1])
        between = Line(listener, target, (ca / "mof.pem", ca / "mof.key"))
        threading.Thread(target=between.serve, daemon=True).start()
        yield between
        listener.close()
        between.cut()
