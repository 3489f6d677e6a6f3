"""Reading and copying HTTP/1.1 bodies between asyncio streams, a piece at a time.

What the bytes mean is `demo/http1.py`'s; this only moves them, so that a body of any size needs one buffer.
"""

import asyncio
from collections.abc import AsyncIterator

from demo import http1

PIECE = 64 * 1024


class Ended(Exception):
    """The other side closed its connection in the middle of a message."""


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """The next head with its empty line; empty when the connection was closed before one began.

    Raises:
        Malformed: longer than `http1.HEAD_LIMIT` (the reader's limit).
        Ended: closed in the middle of it.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as cut:
        if cut.partial.strip(b"\r\n"):
            raise Ended("in a head") from cut
        return b""
    except asyncio.LimitOverrunError as long:
        raise http1.Malformed("the head is too long", 431) from long
    return head.lstrip(b"\r\n") if head.startswith(b"\r\n") else head  # RFC 9112 §2.2: an empty line before it


async def pieces(reader: asyncio.StreamReader, body: http1.Body) -> AsyncIterator[bytes]:
    """A body's content, without framing, as it arrives.

    Raises:
        Malformed: a chunk that cannot be.
        Ended: closed before its end.
    """
    match body:
        case "none":
            return
        case "until-close":
            while piece := await reader.read(PIECE):
                yield piece
        case "chunked":
            async for piece in _chunks(reader):
                yield piece
        case length:
            async for piece in _exactly(reader, length):
                yield piece


async def copy(reader: asyncio.StreamReader, body: http1.Body, writer: asyncio.StreamWriter, *, chunked: bool) -> None:
    """Copy a body, framed anew as chunks or as it is; each piece waits until the receiver has room."""
    async for piece in pieces(reader, body):
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        await writer.drain()
    if chunked:
        writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _exactly(reader: asyncio.StreamReader, length: int) -> AsyncIterator[bytes]:
    while length:
        piece = await reader.read(min(length, PIECE))
        if not piece:
            raise Ended("in a body")
        length -= len(piece)
        yield piece


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := http1.chunk_size(await _line(reader)):
        async for piece in _exactly(reader, size):
            yield piece
        if await _line(reader) != b"\r\n":
            raise http1.Malformed("a chunk without its end")
    for _ in range(100):  # trailers end here: nobody asked for any
        if await _line(reader) == b"\r\n":
            return
    raise http1.Malformed("too many trailers")


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        line = await reader.readuntil(b"\r\n")
    except asyncio.IncompleteReadError as cut:
        raise Ended("in a body") from cut
    except asyncio.LimitOverrunError as long:
        raise http1.Malformed("a chunk's line is too long") from long
    if len(line) > http1.CHUNK_LINE_LIMIT:
        raise http1.Malformed("a chunk's line is too long")
    return line
