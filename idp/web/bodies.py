"""Request bodies, whole before anybody works on them: who sends half of one waits in a place of his own.

The server hands each request to a thread, and a body that does not arrive holds its thread. So bodies are read before
a request is admitted, in a bounded number of places apart from the admitted ones. When places run short, connections
that have fallen silent are closed (`idp.web.silence`). What is handed on is complete, or it is refused: a body that
was cut short must not look like a shorter one.
Spec: RFC 9112 §6.1, §6.3, §8 (incomplete messages). Deliberately not here: what a body says.
"""

import threading
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

LONGEST = 256 * 1024
"""Octets. Nothing here takes more; a longer body is never read."""
PATIENCE_SECONDS, HASTE_SECONDS = 10.0, 1.0
"""How long a sender may be silent while there are places, and when there are none."""


class Refused(Exception):
    """Not to be worked on. `status`: as it stands on the wire; `again`: it may be tried again soon."""

    def __init__(self, status: str, *, again: bool = False) -> None:
        super().__init__(status)
        self.status, self.again = status, again


class Bodies:
    """`places`: bodies that may be on their way at one time. `cut` closes what was silent for so many seconds."""

    def __init__(self, places: int, cut: Callable[[float], int]) -> None:
        self._places, self._half, self._cut = places, max(1, places // 2), cut
        self._lock, self._sweep = threading.Lock(), threading.Lock()
        self._taken = 0

    def take(self, environ: "WSGIEnvironment") -> None:
        """Put the whole body in the place of the stream. Raises Refused."""
        length, coding = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
        if not coding and length in (None, "", "0"):
            environ["wsgi.input"] = BytesIO()
        elif coding is None and _too_long(length):
            environ["wsgi.input"] = BytesIO()  # whoever reads the length refuses; nobody waits for so much
        else:
            environ["wsgi.input"] = BytesIO(self._read(environ, coding, length))

    def _read(self, environ: "WSGIEnvironment", coding: str | None, length: str | None) -> bytes:
        if coding is not None and coding.strip().lower() != "chunked":
            raise Refused("501 Not Implemented")
        self._enter()
        try:
            body: bytes = environ["wsgi.input"].read(LONGEST + 1 if coding is not None else int(length or 0))
        except OSError as error:
            raise Refused("400 Bad Request") from error
        finally:
            self._leave()
        if len(body) > LONGEST:
            raise Refused("413 Content Too Large")
        if coding is None and len(body) != int(length or 0):
            raise Refused("400 Bad Request")
        return body

    def _enter(self) -> None:
        if self._taken >= self._half and self._sweep.acquire(blocking=False):
            try:
                self._cut(PATIENCE_SECONDS if self._taken < self._places else HASTE_SECONDS)
            finally:
                self._sweep.release()
        with self._lock:
            if self._taken >= self._places:
                raise Refused("503 Service Unavailable", again=True)
            self._taken += 1

    def _leave(self) -> None:
        with self._lock:
            self._taken -= 1


def _too_long(length: str | None) -> bool:
    """Also what is no number: the stream is not read then."""
    return not (length and length.isascii() and length.isdigit() and int(length) <= LONGEST)
