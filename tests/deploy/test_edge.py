"""What the shipped proxies let through, add and take away, and what a scanner says of them.

Behind them is a server that tells what reached it.
"""

import base64
import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from cryptography import x509

from tests.deploy.edge import KINDS, MTLS, NAME, Edge, edge
from tests.support.needs import needs
from tests.support.site import Authority, Site, page, site

SCAN_SECONDS = 400
HSTS = "max-age=63072000; includeSubDomains"
BCP_195 = {
    f"ECDHE-{kind}-AES{size}-GCM-SHA{digest}" for kind in ("ECDSA", "RSA") for size, digest in ((128, 256), (256, 384))
}


@pytest.fixture(scope="module")
def behind() -> Iterator[Site]:
    with site() as held:
        held.says["/"] = page("hello", f"Strict-Transport-Security: {HSTS}", "Connection: close")
        held.says["/token"] = page("{}", "Connection: close")
        yield held


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whose certificates the operator takes as verified."""
    return Authority(tmp_path_factory.mktemp("clients"), "Clients")


@pytest.fixture(scope="module", params=KINDS)
def front(
    request: pytest.FixtureRequest, behind: Site, clients: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Edge]:
    with edge(request.param, tmp_path_factory.mktemp("edge"), behind.port, verified_by=clients.file) as held:
        yield held


@pytest.fixture(autouse=True)
def _afresh(behind: Site) -> None:
    behind.asked.clear()


def reached(behind: Site) -> dict[str, list[str]]:
    """Headers of the last request that reached the server, by name in lower case, _ read as -."""
    found: dict[str, list[str]] = {}
    for line in behind.asked[-1].split("\r\n")[1:]:
        if line:
            name, _, value = line.partition(":")
            found.setdefault(name.lower().replace("_", "-"), []).append(value.strip())
    return found


def test_addresses_are_set_and_never_appended(front: Edge, behind: Site) -> None:
    claims = {"X-Forwarded-For": "10.0.0.1", "X_Forwarded_For": "10.0.0.2", "Forwarded": "for=10.0.0.3"}
    answer, _ = front.ask("/", headers=claims)
    assert answer.status == 200
    found = reached(behind)
    assert found["x-forwarded-for"] == ["127.0.0.1"]
    assert "10.0.0." not in str(found)
    assert found["host"][0].partition(":")[0] == NAME


@pytest.mark.parametrize("name", [NAME, MTLS])
def test_nobody_outside_tells_of_certificates(front: Edge, behind: Site, name: str) -> None:
    forged = {
        claimed: "forged"
        for header in ("Client-Cert", "Client-Verify", "X-Client-Cert", "X-Client-Verify")
        for claimed in (header, header.lower(), header.replace("-", "_"), header.replace("-", "_", 1))
    }
    answer, _ = front.ask("/", name=name, headers=forged)
    assert answer.status == 200
    assert "forged" not in str(reached(behind))
    assert not any(reached(behind).get(front.cert_header.lower(), []))


def test_a_certificate_is_forwarded_by_its_name_alone(front: Edge, behind: Site, tmp_path: Path) -> None:
    client = Authority(tmp_path, "Anybody").issue("client.example")
    forged = {
        front.cert_header: "forged",
        front.cert_header.replace("-", "_"): "forged",
        front.verify_header: "SUCCESS",
    }
    front.ask("/", name=NAME, client=client, headers=forged)
    assert not any(reached(behind).get(front.cert_header.lower(), []))
    front.ask("/", name=MTLS, client=client, headers=forged)
    (told,) = reached(behind)[front.cert_header.lower()]
    assert certificate(front, told) == x509.load_pem_x509_certificate(client[0].read_bytes())
    assert reached(behind).get(front.verify_header.lower(), [""]) != ["SUCCESS"]  # nobody known signed it


def test_a_chain_that_was_verified_is_told(front: Edge, behind: Site, clients: Authority) -> None:
    known = clients.issue("known.example")
    front.ask("/", name=MTLS, client=known, headers={front.verify_header: "forged"})
    told = reached(behind).get(front.verify_header.lower(), [])
    if front.kind == "caddy":  # verifies all certificates or none; the file asks for any
        assert told == []
        return
    assert told == ["SUCCESS"]
    front.ask("/", name=MTLS)
    assert reached(behind)[front.verify_header.lower()] == ["NONE"]
    front.ask("/", name=NAME, client=known)
    assert not any(reached(behind).get(front.verify_header.lower(), []))


def test_names_of_the_connection_and_the_request_agree(front: Edge, behind: Site, tmp_path: Path) -> None:
    """Neither the certificate of one name for the other, nor a request for a third."""
    client = Authority(tmp_path, "Anybody").issue("client.example")
    answer, _ = front.ask("/", name=NAME, client=client, headers={"Host": MTLS})
    assert answer.status == 421
    answer, _ = front.ask("/", name=MTLS, client=client, headers={"Host": NAME})
    assert answer.status == 421 or not any(reached(behind).get(front.cert_header.lower(), []))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        front.line("other.example")


@pytest.mark.parametrize("path", ["/", "/token", "/nothing", "/metrics", "/readyz"])
def test_https_is_asked_for_on_every_answer_once(front: Edge, path: str) -> None:
    answer, _ = front.ask(path)
    assert answer.headers.get_all("Strict-Transport-Security") == [HSTS]


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/metrics?x=1", "//metrics", "/x/../metrics", "/%6detrics"])
def test_what_is_for_the_inside_stays_there(front: Edge, behind: Site, path: str) -> None:
    answer, _ = front.ask(path)
    assert answer.status in (404, 301, 308)
    assert [asked for asked in behind.paths if asked in ("/metrics", "/readyz")] == []


def test_plain_http_is_sent_to_https(front: Edge, behind: Site) -> None:
    answer = front.ask_plainly("/authorize?x=1")
    assert answer.status in (301, 308)
    assert str(answer.headers["Location"]).startswith(f"https://{NAME}")
    assert behind.asked == []


def test_the_server_is_not_shown_half_a_body(front: Edge, behind: Site) -> None:
    with front.line() as line:
        line.sendall(f"POST /token HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 20\r\n\r\nhalf".encode())
        time.sleep(0.5)
        assert behind.asked == []
        line.sendall(b"x" * 16)
        assert line.recv(100).startswith(b"HTTP/1.1 200")
    assert behind.paths == ["/token"]


def test_a_body_too_large_is_refused_here(front: Edge, behind: Site) -> None:
    for length in (300_000, 1_000_000):
        with front.line() as line:
            line.sendall(f"POST /token HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {length}\r\n\r\n".encode())
            assert line.recv(100).startswith(b"HTTP/1.1 413")
    assert behind.asked == []


@pytest.mark.parametrize(
    "smuggled", ["Transfer-Encoding: chunked\r\nContent-Length: 3", "Content-Length: 3\r\nContent-Length: 9"]
)
def test_two_lengths_never_arrive(front: Edge, behind: Site, smuggled: str) -> None:
    with front.line() as line:
        line.sendall(f"POST /token HTTP/1.1\r\nHost: {NAME}\r\n{smuggled}\r\n\r\n0\r\n\r\n".encode())
        line.recv(100)
    found = reached(behind) if behind.asked else {}
    assert not {"transfer-encoding", "content-length"} <= found.keys()
    assert len(found.get("content-length", [])) < 2


def test_old_protocols_and_ciphers(front: Edge) -> None:
    with front.line() as line:
        assert line.version() == "TLSv1.3"
        assert line.compression() is None
    assert spoken(front, ssl.TLSVersion.TLSv1_2, ":".join(BCP_195)) in BCP_195
    with pytest.raises((ssl.SSLError, ConnectionError)):
        spoken(front, ssl.TLSVersion.TLSv1_2, "ALL:!ECDHE+AESGCM:@SECLEVEL=0")


def test_renegotiation_is_safe_and_not_done(front: Edge) -> None:
    """Spec: RFC 5746 is told, and a client that asks for it again is not followed."""
    program, where = needs("openssl", "openssl"), f"127.0.0.1:{front.port}"
    said = subprocess.run(
        (program, "s_client", "-tls1_2", "-legacy_server_connect", "-connect", where, "-servername", NAME),
        input=f"R\nGET / HTTP/1.0\r\nHost: {NAME}\r\n\r\n", capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert "Secure Renegotiation IS supported" in said.stdout
    assert "RENEGOTIATING" in said.stderr
    assert "no renegotiation" in said.stderr or "alert unexpected message" in said.stderr
    assert "HTTP/1." not in said.stdout
    assert "Compression: NONE" in said.stdout


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
def test_versions_that_are_over(front: Edge, version: ssl.TLSVersion) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        spoken(front, version, "ALL:@SECLEVEL=0")


def spoken(front: Edge, version: ssl.TLSVersion, ciphers: str) -> str:
    """The cipher that is agreed on when nothing else is offered. Raises OSError: none."""
    context = front.context()
    context.minimum_version = context.maximum_version = version
    context.set_ciphers(ciphers)
    with (
        socket.create_connection(("127.0.0.1", front.port), 10) as raw,
        context.wrap_socket(raw, server_hostname=NAME) as line,
    ):
        agreed = line.cipher()
        assert agreed is not None
        return agreed[0]


def certificate(front: Edge, told: str) -> x509.Certificate:
    """What a header says. Spec: RFC 9440 §2.2, or nginx's escaped PEM."""
    if front.kind == "nginx":
        return x509.load_pem_x509_certificate(unquote(told).encode())
    assert told[0] == told[-1] == ":"
    return x509.load_der_x509_certificate(base64.b64decode(told[1:-1], validate=True))


@pytest.mark.ci
@pytest.mark.timeout(SCAN_SECONDS + 60)
@pytest.mark.parametrize("name", [NAME, MTLS])
def test_a_scanner_finds_nothing(front: Edge, name: str, tmp_path: Path) -> None:
    program, found = needs("testssl", "testssl.sh"), tmp_path / "found.json"
    how = ("--quiet", "--warnings", "batch", "--color", "0", "--nodns", "none", "--ip", "127.0.0.1")
    checks = "protocols cipher-per-proto compression heartbleed ccs ticketbleed robot tls-fallback poodle sweet32 freak"
    command = [program, *how, "--add-ca", str(front.authority.file), "--jsonfile", str(found)]
    command += [*(f"--{check}" for check in checks.split()), "--logjam", "--beast", "--rc4", f"{name}:{front.port}"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=SCAN_SECONDS, stdin=subprocess.DEVNULL)
    assert found.is_file(), said.stdout
    told = {row["id"]: row for row in json.loads(found.read_text())}
    assert {"TLS1_2", "TLS1_3", "CRIME_TLS", "heartbleed"} <= told.keys(), said.stdout
    versions = ("SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3")
    offered = {version for version in versions if told[version]["finding"].startswith("offered")}
    assert offered == {"TLS1_2", "TLS1_3"}
    bad = {key: row["finding"] for key, row in told.items() if row["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL")}
    assert bad == {}
    ciphers = {row["finding"].split()[3] for key, row in told.items() if key.startswith("cipher-tls1_2")}
    assert ciphers
    assert ciphers <= BCP_195
