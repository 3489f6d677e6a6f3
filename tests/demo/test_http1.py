"""HTTP/1.1 heads and framing: what is read, what is refused because two readers could differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import http1
from demo.http1 import Malformed, Request, Response


def request(*lines: str, start: str = "POST /x HTTP/1.1") -> bytes:
    return "\r\n".join([start, "Host: localhost", *lines, "", ""]).encode("latin-1")


def test_a_request_is_read_and_rendered_alike() -> None:
    read = http1.parse_request(request("Accept:  text/html\t", "X-Empty:"))
    assert read == Request("POST", "/x", "HTTP/1.1", (("Host", "localhost"), ("Accept", "text/html"), ("X-Empty", "")))
    assert http1.parse_request(http1.render(read)) == read


TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_!", min_size=1, max_size=20)
VALUE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40)


@given(TOKEN, VALUE, st.lists(st.tuples(TOKEN.filter(lambda name: name.lower() != "host"), VALUE), max_size=8))
def test_parse_of_render_is_the_same(method: str, path: str, headers: list[tuple[str, str]]) -> None:
    whole = Request(method, "/" + path, "HTTP/1.1", (("Host", "h"), *headers))
    assert http1.parse_request(http1.render(whole)) == whole


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for parse in (http1.parse_request, http1.parse_response):
        try:
            parse(noise + b"\r\n\r\n")
        except Malformed as refused:
            assert 400 <= refused.status < 600


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\nHost: a\n\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"G\xe9T / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_what_is_not_one_clear_request_is_refused(head: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        http1.parse_request(head)
    assert refused.value.status == 400


def test_another_major_version_is_told_so() -> None:
    with pytest.raises(Malformed) as refused:
        http1.parse_request(b"GET / HTTP/2.0\r\nHost: a\r\n\r\n")
    assert refused.value.status == 505


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Content-Length: 5", "Content-Length: 5"),
        ("Content-Length: 5, 5",),
        ("Content-Length: +5",),
        ("Content-Length: 0x5",),
        ("Content-Length: \u00b2",),
        ("Content-Length:",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: identity",),
    ],
)
def test_a_body_that_could_end_in_two_places_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(Malformed):
        http1.request_body(http1.parse_request(request(*lines)))


def test_chunked_in_http_1_0_is_refused() -> None:
    with pytest.raises(Malformed):
        http1.request_body(http1.parse_request(request("Transfer-Encoding: chunked", start="POST / HTTP/1.0")))


def test_where_request_bodies_end() -> None:
    assert http1.request_body(http1.parse_request(request())) == "none"
    assert http1.request_body(http1.parse_request(request("content-length: 12"))) == 12
    assert http1.request_body(http1.parse_request(request("Transfer-Encoding: Chunked"))) == "chunked"


@pytest.mark.parametrize(
    ("method", "status", "headers", "end"),
    [
        ("GET", 200, (("Content-Length", "3"),), 3),
        ("HEAD", 200, (("Content-Length", "3"),), "none"),
        ("GET", 304, (("Content-Length", "3"),), "none"),
        ("GET", 204, (), "none"),
        ("GET", 200, (("Transfer-Encoding", "chunked"),), "chunked"),
        ("GET", 200, (), "until-close"),
    ],
)
def test_where_response_bodies_end(
    method: str, status: int, headers: tuple[tuple[str, str], ...], end: http1.Body
) -> None:
    assert http1.response_body(method, Response("HTTP/1.1", status, "", headers)) == end


def test_a_response_with_two_framings_is_refused() -> None:
    both = Response("HTTP/1.1", 200, "OK", (("Content-Length", "3"), ("Transfer-Encoding", "chunked")))
    with pytest.raises(Malformed) as refused:
        http1.response_body("GET", both)
    assert refused.value.status == 502


@given(st.integers(0, 2**59))
def test_chunk_sizes(size: int) -> None:
    assert http1.chunk_size(b"%x\r\n" % size) == size
    assert http1.chunk_size(b"%X ;name=value\r\n" % size) == size


@pytest.mark.parametrize("line", [b"\r\n", b"-1\r\n", b"0x5\r\n", b"5\n", b" 5\r\n", b"1" * 17 + b"\r\n", b"5\0\r\n"])
def test_odd_chunk_sizes_are_refused(line: bytes) -> None:
    with pytest.raises(Malformed):
        http1.chunk_size(line)


def test_headers_of_one_hop_are_dropped_and_routing_is_not() -> None:
    headers = http1.parse_request(
        request(
            "Connection: close, X-Mine, Host, Content-Length",
            "X-Mine: 1",
            "Upgrade: h2c",
            "TE: trailers",
            "Content-Length: 0",
        )
    ).headers
    assert http1.end_to_end(headers) == (("Host", "localhost"), ("Content-Length", "0"))


@pytest.mark.parametrize(
    "name",
    ["X-Forwarded-For", "x-forwarded-proto", "X_Forwarded_For", "X-Forwarded_For", "Forwarded", "X-Real-IP",
     "X_Real_IP", "Client-Cert", "Client_Cert", "X-Forwarded-Anything", "True-Client-IP"],
)  # fmt: skip
def test_claims_of_origin_are_dropped(name: str) -> None:
    assert http1.without_claims(((name, "8.8.8.8"), ("Accept", "*/*"))) == (("Accept", "*/*"),)


def test_keeping_a_connection() -> None:
    assert http1.keeps_alive(http1.parse_request(request()))
    assert not http1.keeps_alive(http1.parse_request(request("Connection: x, Close")))
    assert not http1.keeps_alive(http1.parse_request(request(start="GET / HTTP/1.0")))
