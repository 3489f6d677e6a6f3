"""Heads that two readers could read differently, and header values that could break out: on the real server.

Spec: RFC 9112 §2.2, §3.2, §5, §11.1 (response splitting); RFC 9110 §5.3, §7.2, §15.5.15; RFC 6585 §5.
"""

import base64
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote, urlencode

import pytest

from tests.support.browser import SECRET
from tests.support.proofs import Key, proof
from tests.support.server import HOST, Served, served

DOCUMENT = "/.well-known/openid-configuration"
OURS = f"Host: {HOST}\r\n"
LAST = "Connection: close\r\nX-Forwarded-For: 10.1.2.3\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
BREAKS = (
    "\r\nX-Evil: 1\r\n\r\n<b>",
    "\nX-Evil: 1",
    "\rX-Evil: 1",
    "\u010a\u010d X-Evil: 1",
    "\0X-Evil: 1",
    "%0d%0aX-Evil: 1",
)


@pytest.fixture(scope="module")
def house() -> Iterator[Served]:
    with served(server={"workers": 1}) as found:
        yield found


def told(house: Served, *pieces: str | bytes) -> bytes:
    """All that comes back for these octets on one connection, until the server is done with it."""
    with closing(socket.create_connection(("127.0.0.1", house.node.port), timeout=20)) as line:
        line.sendall(b"".join(one if isinstance(one, bytes) else one.encode("latin-1") for one in pieces))
        found = b""
        while b"\r\n\r\n" not in found and (piece := line.recv(65536)):
            found += piece
        line.settimeout(0.3)
        try:
            while piece := line.recv(65536):
                found += piece
        except OSError:
            pass
        return found


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def headers(answer: bytes) -> list[tuple[str, str]]:
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1")
    return [tuple(line.split(": ", 1)) for line in head.split("\r\n")[1:]]  # type: ignore[misc]


def get(house: Served, path: str, *more: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in more)
    return told(house, f"GET {path} HTTP/1.1\r\n{OURS}{LAST}{lines}\r\n")


def post(house: Served, path: str, form: dict[str, str] | str, *more: str) -> bytes:
    body = form if isinstance(form, str) else urlencode(form)
    lines = "".join(f"{line}\r\n" for line in more)
    return told(house, f"POST {path} HTTP/1.1\r\n{OURS}{FORM}{LAST}Content-Length: {len(body)}\r\n{lines}\r\n{body}")


BENT = {
    "a line that ends by CR alone": f"{OURS}X: a\rHost: evil.example\r\n",
    "a folded line": f"{OURS}X: a\r\n b\r\n",
    "a folded host": f"Host:\r\n {HOST}\r\n",
    "a space before the colon": f"Host : {HOST}\r\n{OURS}",
    "a space before the name": f" {OURS}",
    "a NUL": f"{OURS}X: a\0b\r\n",
    "no colon": f"{OURS}nonsense\r\n",
    "no name": f"{OURS}: nameless\r\n",
    "a name of other signs": f"{OURS}X(y): 1\r\n",
}


@pytest.mark.parametrize("lines", BENT.values(), ids=BENT.keys())
def test_heads_that_are_none_are_refused(house: Served, lines: str) -> None:
    assert status(told(house, f"GET {DOCUMENT} HTTP/1.1\r\n{lines}\r\n")) == 400


def test_a_host_behind_a_bare_line_feed_is_seen(house: Served) -> None:
    """RFC 9112 §2.2 lets a reader take LF for a line's end; then it must be one for the check of hosts too."""
    for lines in (
        f"{OURS}X: a\nHost: evil.example\r\n",
        f"X: a\nHost: evil.example\n{OURS}",
        "X: a\nHost: evil.example\r\n",
    ):
        assert status(told(house, f"GET {DOCUMENT} HTTP/1.1\r\n{lines}\r\n")) in (400, 421)


@pytest.mark.parametrize(
    "start", ["GET {} HTTP/3.0", "GET {}", "GET  {} HTTP/1.1", "GET {} HTTP/1.1 x", "G@T {} HTTP/1.1"]
)
def test_first_lines_that_are_none(house: Served, start: str) -> None:
    assert status(told(house, f"{start.format(DOCUMENT)}\r\n{OURS}\r\n")) == 400


def test_an_address_in_the_first_line_is_not_whose_we_are(house: Served) -> None:
    """Whatever host it names, nothing of it is in the answer; and our own there does not save a foreign Host."""
    answer = told(house, f"GET http://evil.example{DOCUMENT} HTTP/1.1\r\n{OURS}\r\n")
    assert b"evil" not in answer
    foreign = told(house, f"GET https://{HOST}{DOCUMENT} HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    assert status(foreign) == 421 and b"authorization_endpoint" not in foreign


def test_one_connection_is_no_bundle(house: Served) -> None:
    """HTTP/2 would carry two hundred requests in one connection, past every count of connections."""
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0"
    answer = told(house, preface)
    assert not answer.startswith(b"\0") and (answer == b"" or status(answer) in (400, 421, 505))
    upgrade = get(house, DOCUMENT, "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    assert status(upgrade) == 200 and upgrade.startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    "lines", ["X: " + "a" * 500_000 + "\r\n", "".join(f"X{n}: a\r\n" for n in range(2000))], ids=["long", "many"]
)
def test_heads_have_bounds(house: Served, lines: str) -> None:
    assert status(told(house, f"GET {DOCUMENT} HTTP/1.1\r\n{OURS}{lines}\r\n")) == 431


def test_so_have_addresses(house: Served) -> None:
    assert status(told(house, f"GET /authorize?{'a' * 100_000} HTTP/1.1\r\n{OURS}\r\n")) == 414


# --- a header twice, a header that is two ---------------------------------------------------------------------------


def basic(client_id: str = "docs", secret: str = SECRET) -> str:
    return "Authorization: Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def test_credentials_twice_are_none(house: Served) -> None:
    form = {"token": "x"}
    assert status(post(house, "/revoke", form, basic())) == 200
    for other in (basic(), basic("payroll"), basic("docs", "wrong"), "Authorization: Bearer x"):
        for pair in ((basic(), other), (other, basic())):
            assert status(post(house, "/revoke", form, *pair)) in (400, 401), pair


def test_a_proof_twice_is_none(house: Served) -> None:
    url, now = f"https://{HOST}/token", house.house.clock()
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    one, other = (f"DPoP: {proof(Key(), 'POST', url, now)}" for _ in range(2))
    assert b"invalid_grant" in post(house, "/token", form, basic(), one)
    for pair in ((one, other), (other, one), (one, "DPoP: "), (other, "dpop: x")):
        assert b"invalid_dpop_proof" in post(house, "/token", form, basic(), *pair)


def test_a_kind_of_body_twice_is_none(house: Served) -> None:
    answer = post(house, "/token", {"grant_type": "refresh_token"}, "Content-Type: application/json", basic())
    assert status(answer) == 400


def test_the_query_is_no_second_body(house: Served) -> None:
    for path in ("/token", "/revoke", "/introspect", "/par"):
        query = urlencode({"token": "x", "grant_type": "refresh_token", "refresh_token": "x"})
        assert b'"invalid_request"' in post(house, f"{path}?{query}", "", basic())


def test_the_form_does_not_choose_the_method(house: Served) -> None:
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        assert status(get(house, "/token", f"{name}: POST")) == 405
    assert status(post(house, f"{DOCUMENT}?_method=GET", {"_method": "GET"})) == 405


# --- nothing that was sent begins a header of ours ------------------------------------------------------------------


def is_whole(answer: bytes) -> bool:
    """One answer, none of whose headers is named by what was sent."""
    names = [name.lower() for name, _ in headers(answer)]
    assert "x-evil" not in names and len(re.findall(rb"^HTTP/1\.1 ", answer, re.M)) == 1
    assert all("\r" not in value and "\n" not in value for _, value in headers(answer))
    return status(answer) < 500


@pytest.mark.parametrize("text", BREAKS, ids=ascii)
@pytest.mark.parametrize("name", ["state", "redirect_uri", "scope", "client_id", "ui_locales", "login_hint", "nonce"])
def test_an_answer_cannot_be_split_by_a_parameter(house: Served, name: str, text: str) -> None:
    url = house.party().start(**({"scope": "openid", "prompt": "none"} | {name: f"x{text}"}))
    assert is_whole(get(house, url))
    assert is_whole(post(house, "/authorize", url.partition("?")[2]))


@pytest.mark.parametrize("text", BREAKS, ids=ascii)
def test_nor_by_a_path_a_language_or_a_cookie(house: Served, text: str) -> None:
    for path in (
        f"/{quote(text)}",
        f"/sign-in?lang={quote(text)}",
        f"/logout?state={quote(text)}",
        f"/me/{quote(text)}",
    ):
        assert is_whole(get(house, path))
    clean = re.sub(r"[\r\n\0\u0100-\uffff]", "%0a", text)
    for line in (f"Cookie: __Host-lang={clean}", f"Accept-Language: {clean}", f"x-fapi-interaction-id: {clean}"):
        assert is_whole(get(house, "/userinfo", line)) and is_whole(get(house, "/sign-in", line))
