"""The proxy's connection to the server behind it, on a unix socket: opened when needed, kept while both agree."""

import asyncio
from pathlib import Path

from demo import http1, streams
from demo.http1 import Malformed, Request, Response
from demo.streams import Ended

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Away(Exception):
    """The server behind does not answer."""


class Behind:
    """One connection to the server. `used` says that it has carried an exchange already."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._stream: Stream | None = None
        self.used = False

    async def send(self, request: Request) -> None:
        """Send a head. Raises Away when the server cannot be reached."""
        try:
            if self._stream is None or self._stream[0].at_eof():
                self.close()
                self._stream = await asyncio.open_unix_connection(self._socket, limit=http1.HEAD_LIMIT)
            self._stream[1].write(http1.render(request))
            await self._stream[1].drain()
        except OSError as gone:
            self.close()
            raise Away from gone

    async def response(self) -> Response:
        """The head of the final response. Raises Away when there is none that can be read."""
        try:
            while head := await streams.read_head(self.stream[0]):
                response = http1.parse_response(head)
                if response.status >= 200:  # interim ones are between the server and us
                    self.used = True
                    return response
        except (Ended, OSError, Malformed) as gone:
            self.close()
            raise Away from gone
        self.close()
        raise Away

    @property
    def stream(self) -> Stream:
        """The open connection. Raises Away when there is none."""
        if self._stream is None:
            raise Away
        return self._stream

    def close(self) -> None:
        """Forget the connection."""
        if self._stream:
            self._stream[1].close()
        self._stream, self.used = None, False
