"""The real server: `bin/gerege serve` in production mode on a free port of loopback, with people to sign in.

What it is for: stories of bad days. `Node` is one running server; `Served` is one or more of them on the same stores,
with a `House` (tests/support/house.py) over those stores, so that named people, `Browser` and `RelyingParty` work on
real HTTP. `Wire` is the TLS-ending proxy in front: it brings each request to a node with the address it came from.
What it does not do: move time. The clock is the machine's.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.test import TestResponse

from adapters import connect
from adapters.sql.truth import STALE_SECONDS
from config.load import load
from idp.app import build
from idp.model import Client, Text
from idp.ports import Ports
from tests.support.browser import ISSUER, Browser, RelyingParty
from tests.support.house import House, furnish
from tests.support.processes import command_of, group_of, processes
from tests.support.production import free_port, production, toml

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
ANSWER_SECONDS = 30.0
SAID = ("HTTP_USER_AGENT", "HTTP_COOKIE", "HTTP_ORIGIN", "HTTP_ACCEPT_LANGUAGE", "HTTP_AUTHORIZATION", "CONTENT_TYPE")
SAID += ("HTTP_ACCEPT", "HTTP_DPOP", "HTTP_X_FAPI_INTERACTION_ID")
HOST = ISSUER.removeprefix("https://")


class Dead(ConnectionError):
    """No answer came: the request may have been worked on or not."""


class Clock:
    """The machine's time."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


class Wire:
    """A WSGI application that brings each request to a node over TCP; point it elsewhere by `port`."""

    def __init__(self, port: int) -> None:
        self.port = port

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        query = environ.get("QUERY_STRING")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {name.removeprefix("HTTP_").replace("_", "-"): environ[name] for name in SAID if environ.get(name)}
        headers |= {"Host": HOST, "X-Forwarded-For": environ.get("HTTP_X_FORWARDED_FOR", "10.1.2.3")}
        target = environ["PATH_INFO"] + (f"?{query}" if query else "")
        status, reason, answered, text = ask(self.port, environ["REQUEST_METHOD"], target, body, headers)
        start(f"{status} {reason}", answered)
        return [text]


def ask(
    port: int, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, str, list[tuple[str, str]], bytes]:
    """One request on a connection of its own. Raises Dead."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)) as connection:
        try:
            connection.request(method, target, body or None, headers or {"Host": HOST})
            answer = connection.getresponse()
            return answer.status, answer.reason, answer.getheaders(), answer.read()
        except (OSError, HTTPException) as error:
            raise Dead(f"{type(error).__name__}: {error}") from error


class Native(RelyingParty):
    """An application without a secret."""

    def token(self, form: dict[str, str]) -> TestResponse:
        client = self.house.idp.ports.truth.configuration().clients[self.client_id]
        return self.http.post(
            "/token",
            base_url=ISSUER,
            data={"client_id": self.client_id, "redirect_uri": client.redirect_uris[0]} | form,
        )


@dataclass
class Node:
    """One server: its settings file, its port, its process when it runs."""

    config: Path
    port: int
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> "Node":
        """Start it and wait for its `ready`."""
        self.launch()
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.said("ready "):
            if self.running.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the server did not start: {self.log.read_text()[-4000:]}")
            time.sleep(0.02)
        return self

    def launch(self) -> "Node":
        """Start it without waiting. In a session of its own, so that a signal reaches it alone, or its whole group."""
        with self.log.open("wb") as sink:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "idp.cli", "serve", "--config", str(self.config)),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
                start_new_session=True,
            )
        return self

    @property
    def running(self) -> "subprocess.Popen[bytes]":
        assert self.process is not None, "it was never started"
        return self.process

    def said(self, beginning: str) -> bool:
        return any(line.startswith(beginning) for line in self.log.read_text(errors="replace").splitlines())

    def members(self) -> list[int]:
        """Living processes of its group: supervisor and workers."""
        return [pid for pid in processes() if group_of(pid) == self.running.pid]

    def kill(self, *, group: bool = True) -> None:
        """SIGKILL, to all of it or to the supervisor alone."""
        (os.killpg if group else os.kill)(self.running.pid, signal.SIGKILL)
        self.running.wait(10)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end. Returns its exit status."""
        if self.running.poll() is None:
            self.running.send_signal(number)
        try:
            return self.running.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def get(self, target: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """(status, headers in lower case, text) of one GET."""
        said = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
        status, _, answered, text = ask(self.port, "GET", target, headers=said)
        return status, {name.lower(): value for name, value in answered}, text.decode()

    def gerege(self, *words: str, code: int = 0) -> Any:
        """One verb of the command line with `--json`, which must end with that status."""
        answer = gerege(self.config, *words)
        assert answer.returncode == code, f"gerege {words}: {answer.returncode}: {answer.stdout}{answer.stderr}"
        return json.loads(answer.stdout)


@dataclass
class Served:
    """Nodes on the same stores, and the house over those stores."""

    nodes: list[Node]
    house: House
    wires: list[Wire]

    @property
    def node(self) -> Node:
        return self.nodes[0]

    def browser(self, node: int = 0, **more: str) -> Browser:
        """A browser whose requests go to that node, until it is `moved`."""
        browser = Browser(self.house, **more)
        self.moved(browser, node)
        return browser

    def moved(self, browser: Browser | RelyingParty, node: int) -> Browser | RelyingParty:
        browser.http.application = self.wires[node]
        return browser

    def party(self, client_id: str = "payroll", node: int = 0) -> RelyingParty:
        """An application whose calls go to that node, until it is `moved`."""
        party = (Native if client_id == "app" else RelyingParty)(self.house, client_id)
        self.moved(party, node)
        return party

    def known_everywhere(self) -> None:
        """Wait until every worker has seen a change of the configuration that was made here: one second at most."""
        time.sleep(STALE_SECONDS + 0.1)

    def public_client(self) -> None:
        """A native application `app` without a secret, for Docs: its refresh tokens are rotated."""
        with self.house.idp.ports.truth.begin() as tx:
            tx.registry.put_client(
                Client(
                    "app",
                    Text("App", "应用"),
                    "local",
                    ("https://app.example/callback",),
                    auth_method="none",
                    scopes=("openid", "profile", "docs.read"),
                    audiences=("urn:example:docs",),
                    first_party=True,
                    labels=frozenset({"all-employees"}),
                )
            )
        self.known_everywhere()


def gerege(config: Path, *words: str, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """`gerege WORDS --json` with these settings."""
    command = (sys.executable, "-m", "idp.cli", *words, "--config", str(config), "--json")
    env = {**os.environ, **(environment or {})}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env, timeout=60)


@contextmanager
def served(*, nodes: int = 1, **more: dict[str, object]) -> Iterator[Served]:
    """That many nodes, furnished with Local, Payroll and Docs; all of it stopped and gone at the end."""
    with tempfile.TemporaryDirectory(prefix="gerege-", ignore_cleanup_errors=True) as name:
        folder = Path(name)  # short: a unix socket's path has 108 octets
        crew = [_node(folder, number, more) for number in range(nodes)]
        made = gerege(crew[0].config, "keys", "make-master")
        assert made.returncode == 0, made.stdout + made.stderr
        try:
            for node in crew:
                node.start()
            with _ports(crew[0]) as ports:
                wires = [Wire(node.port) for node in crew]
                idp = build(load(crew[0].config, {}), ports)
                furnish(idp)
                house = Served(crew, House(idp, wires[0], Clock()), wires)  # type: ignore[arg-type]
                house.known_everywhere()
                yield house
        finally:
            for node in crew:
                with suppress(ProcessLookupError, AssertionError):
                    node.stop()
            _end_valkey(folder)


def _node(folder: Path, number: int, more: dict[str, dict[str, object]]) -> Node:
    config, port = folder / f"gerege{number}.toml", free_port()
    config.write_text(toml(production(folder, port, **more)))
    return Node(config, port, folder / f"server{number}.log")


@contextmanager
def _ports(node: Node) -> Iterator[Ports]:
    ports = connect(load(node.config, {}))
    try:
        yield ports
    finally:
        ports.close()


def _end_valkey(folder: Path) -> None:
    """The embedded store outlives a server that was killed; not a test."""
    with suppress(OSError, ValueError):
        pid = int((folder / "valkey" / "pid").read_text())
        if pid in processes() and "valkey" in command_of(pid):
            os.kill(pid, signal.SIGKILL)


def valkey_pid(folder: Path) -> int:
    """The embedded store of this folder."""
    return int((folder / "valkey" / "pid").read_text())
