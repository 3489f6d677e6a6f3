"""A conformance run, set up as `docs/howto/certification.md` says: its settings, its commands, its line for nginx.

Only places differ: a folder, free ports, and the suite at loopback. People are at a real Chromium, programs in Node;
to both, the names of the how-to are this machine.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page

from tests.deploy.edge import Edge, edge
from tests.interop.converse import talk
from tests.support.chromium import chromium
from tests.support.howto import HowTo
from tests.support.processes import command_of, processes
from tests.support.production import free_port
from tests.support.site import Authority
from tests.support.suite import Suite, suite

ROOT = Path(__file__).resolve().parents[2]
NAME = "op.certification.example"
ISSUER, MTLS = f"https://{NAME}", f"https://mtls.{NAME}"
PATIENCE_SECONDS = 60


@dataclass
class Run:
    """A prepared run under way."""

    folder: Path
    edge: Edge
    suite: Suite
    chromium: Browser

    @property
    def told(self) -> dict[str, Any]:
        """The suite's side of every client, and the people's passwords."""
        found: dict[str, Any] = json.loads((self.folder / "run" / "suite.json").read_text(encoding="utf-8"))
        return found

    @property
    def callback(self) -> str:
        return f"{self.suite.url}/test/a/gerege/callback"

    @contextmanager
    def window(self) -> Iterator[Page]:
        """A browser window of nobody yet."""
        context = self.chromium.new_context(ignore_https_errors=True)
        try:
            yield context.new_page()
        finally:
            context.close()

    def gerege(self, *words: str) -> Any:
        """One verb of the command line with the run's settings, and its answer."""
        command = (
            sys.executable,
            "-m",
            "idp.cli",
            *words,
            "--config",
            str(self.folder / "certification.toml"),
            "--json",
        )
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def talk(self, folder: Path, program: str, modules: dict[str, str], page: Page, **said: object) -> Any:
        """A program of `tests/interop/node` that has a person at this window do its errands."""
        environment = {
            "NODE_EXTRA_CA_CERTS": str(self.edge.authority.file),
            "NODE_OPTIONS": f"--import={folder / 'places.mjs'}",
            "EDGE_PORT": str(self.edge.port),
        }
        more = {"issuer": ISSUER, "callback": self.callback, "told": self.told} | said

        def errand(heard: dict[str, Any]) -> dict[str, object] | None:
            return {"at": self.follow(page, heard["open"], heard.get("answer", "allow"))} if "open" in heard else None

        return talk(folder, program, modules, errand, environment, **more)

    def follow(self, page: Page, url: str, answer: str = "allow", person: str = "anna") -> dict[str, object]:
        """Open an address as the suite's browser does, by the ids of elements; answer what is asked.

        Returns: where it ended, by which calls of the suite, and which of our pages were shown.
        """
        already, shown = len(self.suite.calls), []
        page.goto(url)
        while page.url.startswith(f"{ISSUER}/"):
            shown.append(page.url.removeprefix(ISSUER).partition("?")[0])
            ids = [one.get_attribute("id") for one in page.locator("input[id], button[id]").all()]
            fields = {"username": f"{person}@certification.example", "password": self.told[person]["password"]}
            button = next((one for one in ("submit-login", answer, "confirm-logout") if one in ids), None)
            if "continue" in [one.get_attribute("id") for one in page.locator("a[data-onward]").all()]:
                page.wait_for_url(f"{self.suite.url}/**")  # it goes on by itself when the frames have answered
                break
            if button is None or len(shown) > 8:
                break
            for name, value in fields.items():
                if name in ids and page.locator(f"#{name}").is_editable():
                    page.fill(f"#{name}", value)
            with page.expect_navigation():
                page.click(f"#{button}")
            page.wait_for_load_state()
        calls = [call for call in self.suite.calls[already:] if call.path != "/favicon.ico"]
        last = calls[-1] if calls else None
        return {
            "url": page.url,
            "shown": shown,
            "text": page.locator("body").inner_text(),
            "method": last.method if last else None,
            "body": last.body if last else None,
        }


@contextmanager
def certified() -> Iterator[Run]:
    """Everything that the how-to starts, and its end."""
    with tempfile.TemporaryDirectory(prefix="run-", ignore_cleanup_errors=True) as name:
        folder = Path(name)  # short: a unix socket's path has 108 octets
        (folder / "edge").mkdir()
        authority = Authority(folder, "suite-ca")
        server, beside = free_port(), free_port()
        with suite(*authority.issue("localhost")) as there, _typed(howto(folder, there, server, beside), folder):
            written = howto(folder, there, server, beside)
            (location,) = (block for block in written.blocks("") if block.startswith("location"))
            trusted = folder / "run" / "client-ca.pem"
            with (
                edge("nginx", folder / "edge", server, verified_by=trusted, name=NAME, more=location) as held,
                chromium(
                    f"--host-resolver-rules=MAP *.{NAME} 127.0.0.1:{held.port},MAP {NAME} 127.0.0.1:{held.port}"
                ) as browser,
            ):
                yield Run(folder, held, there, browser)


def howto(folder: Path, there: Suite, server: int, beside: int) -> HowTo:
    """The how-to at this run's places."""
    places = {
        "--suite https://www.certification.openid.net": f"--suite {there.url}",
        "localhost.emobix.co.uk": "localhost",
        "port = 8443": f"port = {there.url.rpartition(':')[2]}",
        "127.0.0.1:8000": f"127.0.0.1:{server}",
        "127.0.0.1:8010": f"127.0.0.1:{beside}",
        "--port 8010": f"--port {beside}",
        "certification.toml": str(folder / "certification.toml"),
        "var/certification": str(folder),
        ".venv/bin/python": sys.executable,
    }
    return HowTo.read("certification").at(places)


@contextmanager
def _typed(written: HowTo, folder: Path) -> Iterator[None]:
    """Its settings written, its commands typed; they all end with the run."""
    (folder / "certification.toml").write_text(written.blocks("toml")[0], encoding="utf-8")
    log = folder / "log"
    with log.open("wb") as sink:
        command = ("bash", "-ec", written.blocks("sh")[0])
        process = subprocess.Popen(command, cwd=ROOT, stdout=sink, stderr=sink, start_new_session=True)
    try:
        ports = [line.rpartition(":")[2] for line in written.text.splitlines() if "location /" in line]
        _await(process, log, f"http://127.0.0.1:{ports[0].partition(';')[0]}/certification/accounts", "Done:")
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        time.sleep(0.5)
        for pid in processes():
            if str(folder) in command_of(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _await(process: "subprocess.Popen[bytes]", log: Path, url: str, said: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while said not in log.read_text(errors="replace") or not _answers(url):
        if process.poll() is not None or time.monotonic() > until:
            raise AssertionError(log.read_text(errors="replace")[-4000:])
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        urlopen(Request(url), timeout=5)
    except OSError as error:
        return getattr(error, "code", None) == 401
    return False
