"""Key roll, an issuer that is away, an issuer that must not be hammered, and addresses that are never asked."""

import http.server
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from joserfc.jwk import ECKey

from gerege_verify import InvalidToken, IssuerUnavailable, Verifier
from gerege_verify.fetch import MAX_BYTES, get_json, require_safe

from .conftest import AUDIENCE, ISSUER, JWKS_URL, Clock, Issuer


def test_keys_are_asked_for_once(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    for number in range(20):
        verifier.verify(issuer.token(jti=f"t-{number}"), audience=AUDIENCE)
    assert issuer.fetched == [ISSUER + "/.well-known/openid-configuration", JWKS_URL]


def test_a_clock_that_moves_on_while_keys_are_fetched_is_no_trouble(issuer: Issuer, clock: Clock) -> None:
    def ticking() -> datetime:
        clock.advance(milliseconds=3)
        return clock.now

    verifier = Verifier(ISSUER, clock=ticking, fetch=issuer.fetch)
    assert verifier.verify(issuer.token(), audience=AUDIENCE)
    clock.advance(minutes=11)
    assert verifier.verify(issuer.token(), audience=AUDIENCE)


def test_a_clock_set_back_makes_the_keys_old(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    verifier.verify(issuer.token(), audience=AUDIENCE)
    asked = len(issuer.fetched)
    clock.advance(hours=-1)
    assert verifier.verify(issuer.token(), audience=AUDIENCE)
    assert len(issuer.fetched) == asked + 2


def test_a_given_address_needs_no_discovery(issuer: Issuer, clock: Clock) -> None:
    verifier = Verifier(ISSUER, jwks_url=JWKS_URL, clock=clock, fetch=issuer.fetch)
    assert verifier.verify(issuer.token(), audience=AUDIENCE)
    assert issuer.fetched == [JWKS_URL]


def test_a_new_key_is_found_and_the_old_one_goes_at_once(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    old = issuer.token()
    assert verifier.verify(old, audience=AUDIENCE)
    clock.advance(seconds=31)
    issuer.keys = {"k2": ECKey.generate_key("P-256")}
    assert verifier.verify(issuer.sign(issuer.claims(jti="t-2"), kid="k2"), audience=AUDIENCE).token_id == "t-2"
    with pytest.raises(InvalidToken):  # remembered a moment ago, and its key is withdrawn
        verifier.verify(old, audience=AUDIENCE)


def test_a_withdrawn_key_is_noticed_by_age(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    token = issuer.token(exp=int(clock().timestamp()) + 7200)
    assert verifier.verify(token, audience=AUDIENCE)
    issuer.keys = {"k1": ECKey.generate_key("P-256")}  # the same name, another key
    clock.advance(minutes=9)
    assert verifier.verify(token, audience=AUDIENCE)
    clock.advance(minutes=1)
    with pytest.raises(InvalidToken):
        verifier.verify(token, audience=AUDIENCE)


def test_unknown_kids_do_not_hammer_the_issuer(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    stranger = ECKey.generate_key("P-256")
    verifier.verify(issuer.token(), audience=AUDIENCE)
    asked = len(issuer.fetched)
    for number in range(100):
        clock.advance(seconds=0.1)
        with pytest.raises(InvalidToken):
            verifier.verify(issuer.sign(issuer.claims(), kid=f"x{number}", key=stranger), audience=AUDIENCE)
    assert len(issuer.fetched) == asked
    clock.advance(seconds=30)
    with pytest.raises(InvalidToken):
        verifier.verify(issuer.sign(issuer.claims(), kid="y", key=stranger), audience=AUDIENCE)
    assert len(issuer.fetched) == asked + 2


def test_strangers_do_not_empty_the_memory(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    verifier.verify(issuer.token(), audience=AUDIENCE)
    clock.advance(seconds=31)
    with pytest.raises(InvalidToken):
        verifier.verify(issuer.sign(issuer.claims(), kid="x", key=issuer.keys["k1"]), audience=AUDIENCE)
    assert len(verifier._seen.tokens) == 1


def test_while_the_issuer_is_away_its_last_keys_count_for_a_bounded_time(
    issuer: Issuer, verifier: Verifier, clock: Clock
) -> None:
    verifier.verify(issuer.token(), audience=AUDIENCE)
    issuer.away = True
    clock.advance(hours=11, minutes=59)
    assert verifier.verify(issuer.token(), audience=AUDIENCE)
    unknown = issuer.sign(issuer.claims(), kid="k2", key=ECKey.generate_key("P-256"))
    with pytest.raises(IssuerUnavailable):  # neither a yes nor a no: the key may be new
        verifier.verify(unknown, audience=AUDIENCE)
    clock.advance(minutes=1)
    with pytest.raises(IssuerUnavailable):
        verifier.verify(issuer.token(), audience=AUDIENCE)
    issuer.away = False
    clock.advance(seconds=30)
    assert verifier.verify(issuer.token(), audience=AUDIENCE)


def test_an_issuer_that_starts_later_is_found_soon(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    issuer.away = True
    for _ in range(5):
        with pytest.raises(IssuerUnavailable) as caught:
            verifier.verify(issuer.token(), audience=AUDIENCE)
        assert caught.value.status == 503
    assert len(issuer.fetched) == 1
    issuer.away = False
    clock.advance(seconds=2)
    assert verifier.verify(issuer.token(), audience=AUDIENCE)


def test_discovery_of_another_issuer_is_refused(issuer: Issuer, verifier: Verifier) -> None:
    for name in (ISSUER + "/", "https://evil.example", ""):
        issuer.name = name
        with pytest.raises(IssuerUnavailable):
            verifier.verify(issuer.token(), audience=AUDIENCE)
    assert JWKS_URL not in issuer.fetched


def test_many_threads_ask_once(issuer: Issuer, verifier: Verifier) -> None:
    token = issuer.token()
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        outcomes.append(verifier.verify(token, audience=AUDIENCE).subject)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["s-1"] * 8
    assert len(issuer.fetched) == 2


@pytest.mark.parametrize(
    "url",
    ["https://id.example.gov", "http://localhost:8000", "http://id.localhost", "http://127.0.0.1:1", "http://[::1]:1"],
)
def test_addresses_that_may_be_asked(url: str) -> None:
    assert require_safe(url) == url


@pytest.mark.parametrize(
    "url",
    ["http://id.example.gov", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "file:///etc/passwd",
     "ftp://localhost/x", "https://", "", "//x", "https://user:pw@id.example.gov", "http://user@localhost",
     "https://id.example.gov/#x", "http://10.0.0.1", "javascript:alert(1)", "http://[::2]"],
)  # fmt: skip
def test_addresses_that_are_never_asked(url: str) -> None:
    with pytest.raises(ValueError, match=r"accepted|address"):
        Verifier(url)


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, headers, body = {
            "/good": (200, {}, b'{"a": 1}'),
            "/moved": (302, {"Location": "/good"}, b""),
            "/large": (200, {}, b" " * (MAX_BYTES + 1)),
            "/html": (200, {}, b"<html>"),
            "/error": (500, {}, b"{}"),
            "/empty": (204, {}, b""),
        }[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def loopback() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_real_answer_is_read(loopback: str) -> None:
    assert get_json(loopback + "/good") == {"a": 1}


@pytest.mark.parametrize("path", ["/moved", "/large", "/html", "/error", "/empty"])
def test_any_other_answer_is_no_answer(loopback: str, path: str) -> None:
    with pytest.raises(IssuerUnavailable):
        get_json(loopback + path)


def test_proxy_variables_do_not_lead_us_elsewhere(loopback: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert get_json(loopback + "/good") == {"a": 1}
