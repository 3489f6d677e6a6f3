"""The demonstration's reverse proxy: loopback in front, the server's unix socket behind.

`python -m demo.proxy --port 8000 --socket FILE --state DIR`

It is the only peer that the server trusts to say where a request comes from, so it passes on no such claim of anyone
else's: forwarding headers are dropped and written anew, with the address of the connection, or the address of the
country that the person of that browser travels in (`demo/travel.py`). Framing is RFC 9112's, strictly
(`demo/http1.py`). One connection in front has one behind. No TLS, no cache, no upgrade.
"""

import argparse
import asyncio
import contextlib
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from demo import http1, streams
from demo.behind import Away, Behind, Stream
from demo.http1 import Header, Malformed, Request, Response
from demo.streams import Ended
from demo.travel import FORM_LIMIT, Browsers, Itinerary, typed_name

IDLE_SECONDS = 75.0
PARTING_SECONDS = 2.0
SIGN_IN = "/sign-in"
REPEATABLE = ("GET", "HEAD")  # may be sent again when a kept connection turns out to be closed
LOOPBACKS = ("127.0.0.1", "::1")


@dataclass(slots=True)
class Upload:
    """What of a request's body is still to be sent, and what was read of it to learn who signs in."""

    body: http1.Body
    read: bytes = b""


class Proxy:
    """Carries requests from loopback to the socket."""

    def __init__(self, socket: Path, state_dir: Path) -> None:
        self._socket = socket
        self._itinerary = Itinerary(state_dir / "travel.json")
        self._browsers = Browsers(state_dir / "browsers.json")

    async def serve(self, port: int) -> list[asyncio.Server]:
        """Listen on the loopback addresses that this machine has.

        Raises:
            OSError: the port is taken on 127.0.0.1.
        """
        servers = [await asyncio.start_server(self._connection, LOOPBACKS[0], port, limit=http1.HEAD_LIMIT)]
        bound = servers[0].sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):  # no IPv6 here, or another's port: browsers try 127.0.0.1 as well
            servers.append(await asyncio.start_server(self._connection, LOOPBACKS[1], bound, limit=http1.HEAD_LIMIT))
        return servers

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One browser's connection, with its own behind, until either is done."""
        behind = Behind(self._socket)
        peer = str(writer.get_extra_info("peername")[0])
        try:
            while await self._exchange((reader, writer), behind, peer):
                pass
            await _part(reader, writer)
        except (Ended, ConnectionError, TimeoutError, asyncio.CancelledError):
            pass  # it went away, or we are: nobody is left to be told
        finally:
            behind.close()
            writer.close()

    async def _exchange(self, front: Stream, behind: Behind, peer: str) -> bool:
        """One request and its response. Returns whether the connection goes on."""
        reader, writer = front
        try:
            head = await asyncio.wait_for(streams.read_head(reader), IDLE_SECONDS)
            if not head:
                return False
            request = http1.parse_request(head)
            upload = Upload(http1.request_body(request))
            person = await self._person(front, request, upload)
            forwarded = self._forwarded(request, upload.body, peer, person)
            return await self._relay(front, behind, (request, forwarded), upload, person)
        except Malformed as refused:
            await _answer(writer, refused.status, "This request is refused", str(refused))
        except Away:
            await _answer(writer, 502, "Gerege is not answering", "The server behind this address is not running.")
        return False

    async def _person(self, front: Stream, request: Request, upload: Upload) -> str | None:
        """Whose browser this is: by the name typed now, else by its cookies."""
        cookies = http1.values(request.headers, "cookie")
        if _may_sign_in(request) and isinstance(upload.body, int) and upload.body <= FORM_LIMIT:
            await _invite(front[1], request)
            upload.read = b"".join([piece async for piece in streams.pieces(front[0], upload.body)])
            kind = "".join(http1.values(request.headers, "content-type"))
            if person := typed_name(kind, upload.read):
                self._browsers.learn(person, cookies)
                return person
        return self._browsers.owner(cookies)

    def _forwarded(self, request: Request, body: http1.Body, peer: str, person: str | None) -> Request:
        """The request as the server gets it: our word on where it comes from, and nobody else's."""
        place = self._itinerary.place(person) if person else None
        added: list[Header] = [
            ("X-Forwarded-For", place.address if place else peer),
            ("X-Forwarded-Proto", "http"),
        ]
        if body == "chunked":
            added.append(("Transfer-Encoding", "chunked"))
        kept = http1.without_claims(http1.end_to_end(request.headers))
        kept = tuple((name, value) for name, value in kept if name.lower() != "expect")  # answered here
        return replace(request, headers=(*kept, *added))

    async def _relay(
        self, front: Stream, behind: Behind, requests: tuple[Request, Request], upload: Upload, person: str | None
    ) -> bool:
        """Send the request and bring the response back, over the kept connection if that is safe and it still lives."""
        request, forwarded = requests
        if request.method not in REPEATABLE or upload.body != "none":
            behind.close()  # what must not be sent twice gets a connection that cannot be half closed
        kept = behind.used
        try:
            response, sending = await self._send(front, behind, requests, upload)
        except Away:
            if not kept:
                raise
            response, sending = await self._send(front, behind, (request, forwarded), upload)
        try:
            if person:
                self._browsers.learn(person, http1.values(response.headers, "set-cookie"))
            whole = await _download(behind, front[1], request, response)
            sent = sending.done() and not sending.cancelled() and not sending.exception()
            return sent and whole and http1.keeps_alive(request)
        finally:
            await _drop(sending)

    async def _send(
        self, front: Stream, behind: Behind, requests: tuple[Request, Request], upload: Upload
    ) -> tuple[Response, asyncio.Task[None]]:
        """Send head and body while listening: an answer may come before the body's end.

        Raises:
            Away: the server did not answer. Malformed, Ended: the browser's body is wrong, or stopped.
        """
        await behind.send(requests[1])
        sending = asyncio.create_task(_upload(front, behind, requests[0], upload))
        hearing = asyncio.create_task(behind.response())
        try:
            await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and isinstance(error := sending.exception(), Malformed | Ended):
                raise error
            response = await hearing
            if not sending.done():  # answered early: the rest of the body is not wanted, and writing on could lose this
                sending.cancel()
            return response, sending
        except BaseException:
            await _drop(sending, hearing)
            raise


async def _upload(front: Stream, behind: Behind, request: Request, upload: Upload) -> None:
    """Send a request's body as it arrives."""
    writer = behind.stream[1]
    if upload.read:
        writer.write(upload.read)
        await writer.drain()
    elif upload.body != "none":
        await _invite(front[1], request)
        await streams.copy(front[0], upload.body, writer, chunked=upload.body == "chunked")


async def _download(behind: Behind, writer: asyncio.StreamWriter, request: Request, response: Response) -> bool:
    """Send a response on. Returns whether its end is known to the browser without closing."""
    body = http1.response_body(request.method, response)
    chunked = body in ("chunked", "until-close") and request.version == "HTTP/1.1"
    whole = chunked or body == "none" or isinstance(body, int)
    added: list[Header] = [("Transfer-Encoding", "chunked")] if chunked else []
    if not whole or not http1.keeps_alive(request):
        added.append(("Connection", "close"))
    writer.write(http1.render(replace(response, headers=(*http1.end_to_end(response.headers), *added))))
    try:
        await streams.copy(behind.stream[0], body, writer, chunked=chunked)
    except Malformed as broken:  # the head is out already: only closing tells the browser that this is not all
        raise Ended(str(broken)) from broken
    if body == "until-close" or not http1.keeps_alive(response):
        behind.close()
    return whole


async def _drop(*tasks: asyncio.Task[None] | asyncio.Task[Response]) -> None:
    """End tasks that nobody waits for any more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _invite(writer: asyncio.StreamWriter, request: Request) -> None:
    """Let a client that waits for leave send its body (RFC 9110 §10.1.1)."""
    if "100-continue" in [value.lower() for value in http1.values(request.headers, "expect")]:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()


async def _answer(writer: asyncio.StreamWriter, status: int, title: str, detail: str) -> None:
    """Our own plain page; the connection ends with it."""
    page = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1><p>{detail}</p></html>\n".encode()
    headers: tuple[Header, ...] = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(page))),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
    )
    writer.write(http1.render(Response("HTTP/1.1", status, title, headers)) + page)
    with contextlib.suppress(ConnectionError):
        await writer.drain()


async def _part(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Let the browser read the last answer: closing at once could reset the connection and take it away."""
    with contextlib.suppress(OSError, TimeoutError):
        writer.write_eof()
        async with asyncio.timeout(PARTING_SECONDS):
            while await reader.read(streams.PIECE):
                pass


def _may_sign_in(request: Request) -> bool:
    path = urlsplit(request.target).path
    return request.method == "POST" and (path == SIGN_IN or path.startswith(SIGN_IN + "/"))


async def run(port: int, socket: Path, state_dir: Path) -> None:
    """Serve until told to stop; prints `ready PORT` when it listens."""
    servers = await Proxy(socket, state_dir).serve(port)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print("ready", servers[0].sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    for server in servers:
        server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="The demonstration's reverse proxy")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    given = parser.parse_args()
    asyncio.run(run(given.port, given.socket, given.state))


if __name__ == "__main__":
    main()
