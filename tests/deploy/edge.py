"""The shipped nginx and Caddy files, started for real on free ports of loopback, before any server.

Only places are changed: ports, folders, and for Caddy the certificates (it would ask an authority on the Internet).
"""

import os
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

from tests.support.needs import needs
from tests.support.production import free_port
from tests.support.site import Authority

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
NAME, MTLS = "id.example.gov", "mtls.id.example.gov"
KINDS = ("nginx", "caddy")
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Edge:
    """A running proxy. `cert_header`, `verify_header`: where it says what it knows of a client's certificate."""

    kind: str
    port: int
    plain_port: int
    authority: Authority
    cert_header: str
    verify_header: str

    def context(self, client: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority.file)
        if client is not None:
            context.load_cert_chain(*client)
        return context

    def line(self, name: str = NAME, client: tuple[Path, Path] | None = None) -> ssl.SSLSocket:
        """A TLS connection by that name."""
        raw = socket.create_connection(("127.0.0.1", self.port), 10)
        return self.context(client).wrap_socket(raw, server_hostname=name)

    def ask(
        self,
        target: str,
        *,
        method: str = "GET",
        name: str = NAME,
        body: bytes | None = None,
        client: tuple[Path, Path] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[HTTPResponse, bytes]:
        with closing(HTTPSConnection(name, timeout=10)) as connection:
            connection.sock = self.line(name, client)
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer, answer.read()

    def ask_plainly(self, target: str) -> HTTPResponse:
        with closing(HTTPConnection("127.0.0.1", self.plain_port, timeout=10)) as connection:
            connection.request("GET", target, headers={"Host": NAME})
            return connection.getresponse()


@contextmanager
def edge(
    kind: str, folder: Path, behind: int, *, verified_by: Path | None = None, name: str = NAME, more: str = ""
) -> Iterator[Edge]:
    """That proxy before the server at port `behind`.

    Args:
        verified_by: nginx checks clients' chains against it. name: the server's; `mtls.` before it is for applications.
        more: a location of nginx's, beside those that are shipped.
    """
    program = needs(kind, kind)
    authority = Authority(folder)
    held = authority.issue(name, f"mtls.{name}")
    port, plain = free_port(), free_port()
    if kind == "nginx":
        headers = ("X-Client-Cert", "X-Client-Verify")
        command = [program, "-g", "daemon off;", "-c", str(folder / "nginx.conf")]
        text = _nginx(folder, port, plain, behind, held, verified_by).replace(NAME, name)
        (folder / "nginx.conf").write_text(text.replace("location / {", f"{more}\n    location / {{"))
    else:
        headers = ("Client-Cert", "Client-Verify")
        command = [program, "run", "--adapter", "caddyfile", "--config", str(_caddy(folder, port, plain, behind, held))]
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    log = folder / "edge.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, env=os.environ | home, start_new_session=True)
    try:
        _wait(port, process, log)
        assert "[warn]" not in log.read_text()
        yield Edge(kind, port, plain, authority, *headers)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _nginx(folder: Path, port: int, plain: int, behind: int, held: tuple[Path, Path], verified_by: Path | None) -> str:
    (folder / "snippets").mkdir()
    for shipped in (DEPLOY / "nginx" / "snippets").iterdir():
        (folder / "snippets" / shipped.name).write_text(_moved(shipped.read_text(), folder))
    text = _moved((DEPLOY / "nginx" / "gerege.conf").read_text(), folder)
    text = text.replace("listen 443", f"listen 127.0.0.1:{port}").replace("listen 80", f"listen 127.0.0.1:{plain}")
    text = text.replace("server 127.0.0.1:8000;", f"server 127.0.0.1:{behind};")
    text = text.replace(f"{folder}/fullchain.pem", str(held[0])).replace(f"{folder}/privkey.pem", str(held[1]))
    if verified_by is not None:
        text = re.sub(r"# (ssl_trusted_certificate) \S+;", rf"\1 {verified_by};", text)
    places = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{ access_log off; {places}\n{text}\n}}\n"
    )


def _moved(text: str, folder: Path) -> str:
    return text.replace("/etc/ssl/gerege", str(folder)).replace("/var/log/nginx", str(folder))


def _caddy(folder: Path, port: int, plain: int, behind: int, held: tuple[Path, Path]) -> Path:
    text = (DEPLOY / "caddy" / "Caddyfile").read_text()
    text = text.replace("\ttls {", f"\ttls {held[0]} {held[1]} {{").replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    here = f"{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {port}\n\tdefault_bind 127.0.0.1\n}}\n"
    (folder / "Caddyfile").write_text(here + text)
    return folder / "Caddyfile"


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > until:
            raise AssertionError(log.read_text()[-3000:])
        time.sleep(0.05)
