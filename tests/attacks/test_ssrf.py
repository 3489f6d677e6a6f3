"""Somebody gives us an address to call: nobody makes us knock inside, wait for ever, or swallow what we cannot hold.

Real servers on loopback. Nothing is ever sent elsewhere: what the filter refuses is refused before any connection.
"""

import gzip
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.outgoing import FilteredOutgoing
from adapters.outgoing.room import CALLS_TO_ONE
from config.settings import AllowedCall
from config.settings import Outgoing as Settings
from idp.errors import Unavailable
from idp.ports import Fetched
from tests.support.site import Authority, Site, page, site

JSON = "application/json"
PUBLIC = "93.184.216.34"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def inside(authority: Authority) -> Iterator[Site]:
    """A service inside, which must not be reached."""
    with site(authority.issue("inside.example", "127.0.0.1")) as held:
        held.says["/keys"] = page("secrets")
        yield held


@pytest.fixture
def keys(authority: Authority) -> Iterator[Site]:
    """An application that the operator lists."""
    with site(authority.issue("keys.example")) as held:
        held.says["/keys"] = page('{"keys": []}', "Cache-Control: public, max-age=600")
        yield held


def outgoing(authority: Authority, seconds: float = 5.0, **names: str) -> FilteredOutgoing:
    """The filter with `keys.example` listed, at loopback."""
    listed = (AllowedCall(host="keys.example", ca_file=authority.file),)
    resolve = {"keys.example": "127.0.0.1"} | {name.replace("_", "."): value for name, value in names.items()}
    return FilteredOutgoing(Settings(allowed=listed, resolve=resolve, timeout_seconds=seconds))


def get(wire: FilteredOutgoing, url: str, most: int = 1024) -> Fetched:
    return wire.get(url, accept=JSON, most=most)


def resolver(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """A resolver that gives these answers, one after the other. Returns whom it was asked for."""
    asked: list[str] = []

    def ask(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    return asked


def test_what_is_listed_is_fetched(authority: Authority, keys: Site) -> None:
    fetched = get(outgoing(authority), f"https://keys.example:{keys.port}/keys?v=1")
    assert (fetched.status, fetched.body, fetched.content_type) == (200, b'{"keys": []}', JSON)
    assert fetched.max_age is not None
    assert fetched.max_age.total_seconds() == 600
    head = keys.asked[0]
    assert head.startswith("GET /keys?v=1 HTTP/1.1\r\n")
    assert f"\r\nHost: keys.example:{keys.port}\r\n" in head
    assert "\r\nAccept-Encoding: identity\r\n" in head


ADDRESSES = [
    "169.254.169.254",
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[5f00::1]",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_inner_and_metadata_addresses(authority: Authority, address: str) -> None:
    with pytest.raises(Unavailable, match="is not a public address"):
        get(outgoing(authority), f"https://{address}/latest/meta-data")


@pytest.mark.parametrize("address", ADDRESSES)
def test_names_that_lead_there(authority: Authority, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver(monkeypatch, [address.strip("[]")])
    with pytest.raises(Unavailable, match="is not a public address"):
        get(outgoing(authority), "https://keys.attacker.example/")


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "127.0.0.01",
        "1572395042",
        "0x5db8d822",
        "127.0.0.1.0x1",
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "ｌocalhost",
        "loc\u00adalhost",
        "büro.example",
        "%31%32%37.0.0.1",
        "127.0.0.1%00.example",
        "localhost%2eexample",
        "[::1%25lo]",
        "[fe80::1%lo]",
        "[v1.fe80]",
        "[127.0.0.1]",
        "localhost..",
        ".localhost",
        "a..example",
        "-a.example",
        "a_b!.example",
        "a" * 64 + ".example",
        "a." * 127 + "example",
        "",
    ],
)
def test_hosts_that_somebody_reads_differently(authority: Authority, host: str, inside: Site) -> None:
    with pytest.raises(Unavailable):
        get(outgoing(authority), f"https://{host}:{inside.port}/keys")
    with pytest.raises(Unavailable):
        get(outgoing(authority), f"https://{host}/keys")
    assert inside.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://93.184.216.34/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "dict://127.0.0.1:11211/stats",
        "ldap://127.0.0.1/",
        "data:application/json,{}",
        "jar:https://keys.example!/",
        "unix:/run/gerege.sock",
        "//keys.example/keys",
        "/keys",
        "keys.example/keys",
        "https:keys.example/keys",
        "https:/keys.example/keys",
        "https:///keys",
        "https:\\\\keys.example\\keys",
        "",
        "nonsense",
    ],
)
def test_schemes_and_half_addresses(authority: Authority, url: str) -> None:
    with pytest.raises(Unavailable):
        get(outgoing(authority), url)


@pytest.mark.parametrize(
    "shape",
    [
        "https://keys.example:{port}@127.0.0.1:{inside}/keys",
        "https://keys.example@127.0.0.1:{inside}/keys",
        "https://127.0.0.1:{inside}\\@keys.example:{port}/keys",
        "https://127.0.0.1:{inside}#@keys.example:{port}/keys",
        "https://127.0.0.1:{inside}?@keys.example:{port}/keys",
        "https://u:p@keys.example:{port}/keys",
        "https://@keys.example:{port}/keys",
        "https://keys.example:{port}/keys#part",
        "https://keys.example:{port}/keys#",
        "https://keys.example:{port}/keys HTTP/1.1\r\nX-Inside: 1\r\n\r\n",
        "https://keys.example:{port}/keys\r\nX-Inside: 1",
        "https://keys.example:{port}/ke\nys",
        "https://keys.example:{port}/ke\tys",
        "https://keys.example:{port}/keys\x00",
        "https://keys.example:{port}/k\u00e9ys",
        " https://keys.example:{port}/keys",
        "https://keys\r.example:{port}/keys",
        "https://keys.example:0/keys",
        "https://keys.example:65536/keys",
        "https://keys.example:-1/keys",
        "https://keys.example:{port}x/keys",
        "https://keys.example:{port}:443/keys",
        "https://[keys.example]:{port}/keys",
        "https://[::1/keys",
        "http://keys.example:{port}/keys",
        "https://keys.example:{port}/" + "a" * 2048,
    ],
)
def test_user_info_fragments_line_ends_and_ports(authority: Authority, keys: Site, inside: Site, shape: str) -> None:
    with pytest.raises(Unavailable):
        get(outgoing(authority), shape.format(port=keys.port, inside=inside.port))
    assert keys.asked == []
    assert inside.asked == []


@pytest.mark.parametrize("port", [1, 22, 25, 80, 110, 389, 465, 587, 636, 993, 995])
def test_ports_of_other_protocols(authority: Authority, port: int) -> None:
    with pytest.raises(Unavailable, match="a port of another protocol"):
        get(outgoing(authority), f"https://{PUBLIC}:{port}/")


def test_an_escaped_line_end_stays_escaped(authority: Authority, keys: Site) -> None:
    keys.says["/keys%0d%0aX-Inside:%201"] = page("{}")
    assert get(outgoing(authority), f"https://keys.example:{keys.port}/keys%0d%0aX-Inside:%201").status == 200
    assert "X-Inside: 1" not in keys.asked[0]


def test_the_dot_of_the_root_changes_nothing(authority: Authority, keys: Site) -> None:
    assert get(outgoing(authority), f"https://KEYS.example.:{keys.port}/keys").status == 200
    assert f"Host: keys.example:{keys.port}\r\n" in keys.asked[0]
    for host in ("localhost.", "LOCALHOST", "a.localhost.", "127.0.0.1"):
        with pytest.raises(Unavailable, match="is not a public address"):
            get(outgoing(authority), f"https://{host.removesuffix('.')}:{keys.port}/keys")


def test_a_name_that_moves_after_the_check(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = authority.issue("moving.example")
    listed = (AllowedCall(cidr="127.0.0.2/32", ca_file=authority.file),)
    with site(certificate, "127.0.0.2") as lawful, site(certificate, "127.0.0.1", lawful.port) as inside:
        lawful.says["/"] = page("{}")
        asked = resolver(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
        wire = FilteredOutgoing(Settings(allowed=listed))
        assert get(wire, f"https://moving.example:{lawful.port}/").status == 200
        assert asked == ["moving.example"]  # once, and never again on the way
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1 is not a public address"):
            get(wire, f"https://moving.example:{lawful.port}/")
        assert len(lawful.asked) == 1
        assert inside.asked == []


@pytest.mark.parametrize("addresses", [["127.0.0.1", PUBLIC], [PUBLIC, "127.0.0.1"], [PUBLIC, "::ffff:127.0.0.1"]])
def test_a_name_with_a_public_and_an_inner_address(
    authority: Authority, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver(monkeypatch, addresses)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 is not a public address"):
        get(outgoing(authority), "https://both.example/")


def test_a_name_that_leads_nowhere(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver(monkeypatch, [])
    with pytest.raises(Unavailable):
        get(outgoing(authority), "https://nowhere.example/")


def test_a_resolver_that_does_not_answer(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1.5))
    before = time.monotonic()
    with pytest.raises(Unavailable, match="cannot be resolved"):
        get(outgoing(authority, 0.2), "https://slow.example/")
    assert time.monotonic() - before < 1


def test_a_listed_name_does_not_open_link_local(authority: Authority) -> None:
    for address in ("169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1"):
        with pytest.raises(Unavailable, match="is not a public address"):
            get(outgoing(authority, keys_example=address), "https://keys.example/")


def test_each_part_of_an_entry_must_hold(authority: Authority, keys: Site) -> None:
    url = f"https://keys.example:{keys.port}/keys"
    here = {"ca_file": authority.file}

    def fetched(**entry: object) -> int:
        allowed = (AllowedCall.model_validate(entry | here),)
        wire = FilteredOutgoing(Settings(allowed=allowed, resolve={"keys.example": "127.0.0.1"}))
        return get(wire, url).status

    assert fetched(host="Keys.Example", port=keys.port, cidr="127.0.0.0/8") == 200
    assert fetched(cidr="127.0.0.1/32") == 200
    for wrong in ({"host": "other.example"}, {"port": keys.port + 1}, {"cidr": "127.0.0.2/32"}):
        with pytest.raises(Unavailable):
            fetched(**({"host": "keys.example", "port": keys.port, "cidr": "127.0.0.1/32"} | wrong))
    assert len(keys.asked) == 2


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Again", "308 For ever", "300 Many"])
def test_redirects_are_not_followed(authority: Authority, keys: Site, inside: Site, status: str) -> None:
    keys.says["/keys"] = page("", f"Location: https://127.0.0.1:{inside.port}/keys", "Refresh: 0", status=status)
    assert get(outgoing(authority), f"https://keys.example:{keys.port}/keys").status == int(status[:3])
    assert inside.asked == []
    assert len(keys.asked) == 1


def test_proxies_of_the_environment_are_not_asked(
    authority: Authority, keys: Site, inside: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
    assert get(outgoing(authority), f"https://keys.example:{keys.port}/keys").status == 200
    assert inside.asked == []


def drip(begin: bytes) -> object:
    def speak(line: socket.socket) -> None:
        line.sendall(begin)
        for _ in range(100):
            time.sleep(0.03)
            line.sendall(b"1")

    return speak


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["status", "headers", "body", "body without length", "chunk", "chunk extension"],
)
def test_an_answer_that_drips(authority: Authority, keys: Site, begin: bytes) -> None:
    keys.says["/keys"] = drip(begin)  # type: ignore[assignment]
    before = time.monotonic()
    with pytest.raises(Unavailable):
        get(outgoing(authority, 0.3), f"https://keys.example:{keys.port}/keys")
    assert time.monotonic() - before < 1


def test_nobody_speaks_in_the_handshake(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        before = time.monotonic()
        with pytest.raises(Unavailable):
            get(outgoing(authority, 0.3), f"https://keys.example:{door.getsockname()[1]}/keys")
        assert time.monotonic() - before < 1


def endless(begin: bytes, again: bytes) -> object:
    def speak(line: socket.socket) -> None:
        with suppress(OSError):
            line.sendall(begin)
            for _ in range(5000):
                line.sendall(again)

    return speak


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 4000 + b"\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b"x" * 4096),
        (b"HTTP/1.1 200 OK\r\n", b"X-Many: 1\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 4096),
        (b"HTTP/1.1 200 " + b"x" * 70000, b"x" * 4096),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        (b"HTTP/1.1 200 OK\r\n", b"X-Wide: " + b"x" * 60000 + b"\r\n"),
    ],
    ids=["body", "chunks", "small chunks", "length", "headers", "header", "status", "interim", "wide headers"],
)
def test_an_answer_without_end(authority: Authority, keys: Site, begin: bytes, again: bytes) -> None:
    keys.says["/keys"] = endless(begin, again)  # type: ignore[assignment]
    with pytest.raises(Unavailable) as refused:
        get(outgoing(authority), f"https://keys.example:{keys.port}/keys")
    assert "in time" not in refused.value.detail  # its size ended it, not the clock


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity, gzip", "GZIP"])
def test_a_compressed_answer(authority: Authority, keys: Site, encoding: str) -> None:
    bomb = gzip.compress(bytes(1_000_000))
    keys.says["/keys"] = page(bomb, f"Content-Encoding: {encoding}")
    with pytest.raises(Unavailable, match="compressed"):
        get(outgoing(authority), f"https://keys.example:{keys.port}/keys", most=2_000_000)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n{}",
        b"HTTP/1.1 101 Switching\r\n\r\n{}",
        b"HTTP/0.9 200 OK\r\n\r\n{}",
        b"ICY 200 OK\r\n\r\n{}",
        b"{}",
        b"",
    ],
    ids=["short", "no last chunk", "no chunk", "negative chunk", "status", "interim", "0.9", "icy", "bare", "nothing"],
)
def test_an_answer_that_is_none(authority: Authority, keys: Site, answer: bytes) -> None:
    keys.says["/keys"] = answer
    with pytest.raises(Unavailable):
        get(outgoing(authority), f"https://keys.example:{keys.port}/keys")


def test_a_certificate_of_another_name(authority: Authority) -> None:
    with site(authority.issue("other.example", "127.0.0.1")) as held:
        held.says["/keys"] = page("{}")
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            get(outgoing(authority), f"https://keys.example:{held.port}/keys")
        assert held.asked == []


def test_a_certificate_of_an_unknown_authority(authority: Authority, keys: Site, tmp_path: Path) -> None:
    with site(Authority(tmp_path, "Somebody").issue("keys.example")) as held:
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            get(outgoing(authority), f"https://keys.example:{held.port}/keys")
        assert held.asked == []
    # An authority that is trusted at one entry is trusted nowhere else.
    listed = (
        AllowedCall(host="other.example", ca_file=authority.file),
        AllowedCall(host="keys.example"),
    )
    wire = FilteredOutgoing(Settings(allowed=listed, resolve={"keys.example": "127.0.0.1"}))
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        get(wire, f"https://keys.example:{keys.port}/keys")
    assert keys.asked == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls(authority: Authority) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old.load_cert_chain(*authority.issue("keys.example"))
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with site(old) as held:
        held.says["/keys"] = page("{}")
        with pytest.raises(Unavailable, match="SSL"):
            get(outgoing(authority), f"https://keys.example:{held.port}/keys")
        assert held.asked == []


def test_plain_http_only_where_it_is_listed(authority: Authority) -> None:
    with site() as held:
        held.says["/keys"] = page("{}")
        url = f"http://keys.example:{held.port}/keys"
        with pytest.raises(Unavailable, match="plain http"):
            get(outgoing(authority), url)
        listed = (AllowedCall(host="keys.example", port=held.port, http=True),)
        wire = FilteredOutgoing(Settings(allowed=listed, resolve={"keys.example": "127.0.0.1"}))
        assert get(wire, url).status == 200


def test_slow_applications_hold_only_so_many_threads(authority: Authority, keys: Site) -> None:
    over = threading.Event()

    def speak(line: socket.socket) -> None:
        over.wait(10)
        line.sendall(page("{}"))

    keys.says["/slow"] = speak
    wire = outgoing(authority, 10)
    with ThreadPoolExecutor(CALLS_TO_ONE) as pool:
        slow = [pool.submit(get, wire, f"https://keys.example:{keys.port}/slow") for _ in range(CALLS_TO_ONE)]
        until = time.monotonic() + 10
        while len(keys.asked) < CALLS_TO_ONE and time.monotonic() < until:
            time.sleep(0.01)
        before = time.monotonic()
        with pytest.raises(Unavailable, match="too many calls"):
            get(wire, f"https://keys.example:{keys.port}/keys")
        assert time.monotonic() - before < 1  # told at once
        with site(authority.issue("keys.example")) as other:  # another application is not held up
            other.says["/keys"] = page("{}")
            assert get(wire, f"https://keys.example:{other.port}/keys").status == 200
        over.set()
        assert {one.result().status for one in slow} == {200}
    assert get(wire, f"https://keys.example:{keys.port}/keys").status == 200


def test_sockets_are_given_back(authority: Authority, keys: Site) -> None:
    keys.says["/cut"] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"
    wire = outgoing(authority)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        get(wire, f"https://keys.example:{keys.port}/keys")
        with pytest.raises(Unavailable):
            get(wire, f"https://keys.example:{keys.port}/cut")
    time.sleep(0.1)
    assert len(os.listdir("/proc/self/fd")) < before + 10
