"""HTTP/1.1 messages for the demonstration's proxy: heads, and where bodies end. Pure: bytes in, values out.

Obeys RFC 9112 §3, §5, §6 and refuses what two readers could understand in two ways: both Content-Length and
Transfer-Encoding, repeated or odd lengths, folded lines, bare LF, blanks before a colon, two hosts. Deliberately
absent: upgrades, trailers (dropped), and the absolute form of a target.
"""

import re
from dataclasses import dataclass
from typing import Literal

Header = tuple[str, str]

HEAD_LIMIT = 32 * 1024
CHUNK_LINE_LIMIT = 1024
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*\Z")
_TARGET = re.compile(r"(/[\x21-\x7e]*|\*)\Z")
_DIGITS = re.compile(r"[0-9]{1,18}\Z")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n\Z")

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"}
    | {"te", "trailer", "transfer-encoding", "upgrade"}
)
FORWARDING = frozenset(
    {"forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "x-cluster-client-ip", "cf-connecting-ip"}
    | {"client-cert", "client-cert-chain"}
)

Body = int | Literal["none", "chunked", "until-close"]
"""Where a body ends: a number of octets, or one of the words."""


class Malformed(Exception):
    """The message is refused; the text is the reason, `status` what the sender is told."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request. Header names are kept as sent."""

    method: str
    target: str
    version: str
    headers: tuple[Header, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """The head of a response."""

    version: str
    status: int
    reason: str
    headers: tuple[Header, ...]


def parse_request(head: bytes) -> Request:
    """Read a request's head, up to and with its empty line.

    Raises:
        Malformed: it is not one request that everybody reads alike.
    Spec: RFC 9112 §3, §5.
    """
    start, headers = _split(head)
    match start.split(" "):
        case [method, target, ("HTTP/1.1" | "HTTP/1.0") as version] if _TOKEN.match(method) and _TARGET.match(target):
            request = Request(method, target, version, headers)
        case [_, _, version] if re.match(r"HTTP/\d", version) and not version.startswith("HTTP/1."):
            raise Malformed("version not spoken here", 505)
        case _:
            raise Malformed("not a request line")
    hosts = values(headers, "host")
    if len(hosts) > 1 or (version == "HTTP/1.1" and not hosts):
        raise Malformed("exactly one Host is needed")
    return request


def parse_response(head: bytes) -> Response:
    """Read a response's head.

    Raises:
        Malformed: the upstream does not speak HTTP/1.
    Spec: RFC 9112 §4.
    """
    start, headers = _split(head)
    found = re.match(r"(HTTP/1\.[01]) ([1-5][0-9]{2})(?: (.*))?\Z", start)
    if not found:
        raise Malformed("not a status line", 502)
    return Response(found[1], int(found[2]), found[3] or "", headers)


def request_body(request: Request) -> Body:
    """Where the request's body ends.

    Raises:
        Malformed: it could be read in two ways (request smuggling).
    Spec: RFC 9112 §6.1, §6.3, §11.2.
    """
    codings = [value.strip().lower() for value in values(request.headers, "transfer-encoding")]
    lengths = values(request.headers, "content-length")
    if codings and lengths:
        raise Malformed("both Content-Length and Transfer-Encoding")
    if codings:
        if request.version == "HTTP/1.0":
            raise Malformed("Transfer-Encoding in HTTP/1.0")
        if codings != ["chunked"]:
            raise Malformed("a transfer coding other than chunked", 501)
        return "chunked"
    return _length(lengths) if lengths else "none"


def response_body(method: str, response: Response) -> Body:
    """Where the response's body ends, given what was asked.

    Spec: RFC 9112 §6.3.
    """
    if method == "HEAD" or response.status < 200 or response.status in (204, 304):
        return "none"
    codings = [value.strip().lower() for value in values(response.headers, "transfer-encoding")]
    lengths = values(response.headers, "content-length")
    if codings and (lengths or codings != ["chunked"]):
        raise Malformed("the upstream's framing is ambiguous", 502)
    if codings:
        return "chunked"
    return _length(lengths) if lengths else "until-close"


def chunk_size(line: bytes) -> int:
    """Octets in the chunk that this line opens; 0 is the last.

    Raises:
        Malformed: not a chunk's line.
    Spec: RFC 9112 §7.1.
    """
    if not (found := _CHUNK_SIZE.match(line)):
        raise Malformed("not a chunk size")
    return int(found[1], 16)


def end_to_end(headers: tuple[Header, ...]) -> tuple[Header, ...]:
    """The headers without those for one hop only, and those that `Connection` names.

    Spec: RFC 9110 §7.6.1.
    """
    named = {name.strip().lower() for value in values(headers, "connection") for name in value.split(",")}
    single = HOP_BY_HOP | (named - {"host", "content-length"})  # framing and routing are not the sender's to hide
    return tuple((name, value) for name, value in headers if name.lower() not in single)


def without_claims(headers: tuple[Header, ...]) -> tuple[Header, ...]:
    """The headers without any that claims where the request came from or which certificate it bore.

    A name with an underscore becomes the same WSGI variable as one with a hyphen, so that none of those passes.
    """

    def claims(name: str) -> bool:
        return "_" in name or name.startswith("x-forwarded") or name in FORWARDING

    return tuple((name, value) for name, value in headers if not claims(name.lower()))


def keeps_alive(message: Request | Response) -> bool:
    """Whether the connection may carry another message.

    Spec: RFC 9112 §9.3.
    """
    wishes = {word.strip().lower() for value in values(message.headers, "connection") for word in value.split(",")}
    return "close" not in wishes and (message.version == "HTTP/1.1" or "keep-alive" in wishes)


def values(headers: tuple[Header, ...], name: str) -> list[str]:
    """All values of a header, in order."""
    return [value for each, value in headers if each.lower() == name]


def render(message: Request | Response) -> bytes:
    """The head as octets, ready to be sent."""
    match message:
        case Request(method, target, _, headers):
            start = f"{method} {target} HTTP/1.1"
        case Response(_, status, reason, headers):
            start = f"HTTP/1.1 {status} {reason}"
    lines = [start, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _split(head: bytes) -> tuple[str, tuple[Header, ...]]:
    """The start line and the headers."""
    if not head.endswith(b"\r\n\r\n"):
        raise Malformed("the head is cut off")
    lines = head[:-4].decode("latin-1").split("\r\n")
    if any("\n" in line or "\r" in line or "\0" in line for line in lines):
        raise Malformed("a bare line end")
    return lines[0], tuple(_header(line) for line in lines[1:])


def _header(line: str) -> Header:
    name, colon, value = line.partition(":")
    if not colon or not _TOKEN.match(name):  # a folded line or a blank before the colon ends here
        raise Malformed("not a header line")
    value = value.strip(" \t")
    if not _VALUE.match(value):
        raise Malformed("a control character in a header")
    return name, value


def _length(lengths: list[str]) -> int:
    if len(lengths) != 1 or not _DIGITS.match(lengths[0]):
        raise Malformed("not one Content-Length")
    return int(lengths[0])
