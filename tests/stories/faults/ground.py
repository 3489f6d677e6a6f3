"""A department on a real slapd behind a line that a test can spoil, in a whole house, as an operator has set it up."""

import itertools
import logging
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from demo.directories.launch import start_directory
from idp.flows.admin import departments
from idp.model import OUTAGE, Department, Health
from idp.ports import Connector
from tests.support.house import Browser, House, RelyingParty, house_in
from tests.support.line import FINE, Line, line
from tests.support.slapd import Directory, directory, free_ports

QUICK = {"connect_timeout_seconds": 1, "receive_timeout_seconds": 1, "pool_wait_seconds": 1, "rest_seconds": 1}
PATIENCE = 10.0
DOWN = {"en": "is not answering", "zh-CN": "的目录暂无响应"}


@dataclass
class Ground:
    """The Ministry of Finance, its line, and the house that asks it."""

    house: House
    directory: Directory
    line: Line
    state: Path
    ports: tuple[int, int]
    seats: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(1, 250)))

    @property
    def department(self) -> Department:
        return self.house.idp.ports.truth.configuration().departments["mof"]

    @property
    def connector(self) -> Connector:
        found = self.house.idp.ports.directories.of(self.department)
        assert found is not None
        return found

    @property
    def direct(self) -> AbstractContextManager[None]:
        """Asked without a line between."""
        return self.settings(urls=[self.directory.prepared.ldaps_url])

    @property
    def health(self) -> Health:
        """As the console and `gerege dept test` ask it."""
        found = departments.ask(self.house.idp, self.department)
        assert found is not None
        return found

    @contextmanager
    def settings(self, **changes: Any) -> Iterator[None]:
        """An administrator wrote something else there, and writes the right thing again."""
        before = self.department
        self.put(replace(before, settings={**before.settings, **changes}))
        try:
            yield
        finally:
            self.put(before)

    def put(self, department: Department) -> None:
        with self.house.idp.ports.truth.begin() as tx:
            tx.registry.put_department(department)

    def restart(self) -> None:
        """Start slapd again where it stood."""
        self.directory.running = start_directory("mof", self.state, kind="slapd", ports=self.ports)

    def sign_in(self, uid: str, *, language: str = "en", password: str = "") -> Browser:
        """To Docs, from somewhere in the office. `uid`: also as `MOF\\uid`."""
        browser = Browser(self.house, f"10.1.{next(self.seats)}.3")
        browser.language = language
        browser.get(RelyingParty(self.house, "docs").start("openid docs.read")).submit(
            username=uid if "\\" in uid else f"{uid}@mof.example"
        )
        return browser.submit(password=password or f"Demo-{uid}-1")

    def works_again(self, uid: str) -> None:
        """By itself, soon: nobody restarts anything of ours."""
        until = time.monotonic() + PATIENCE
        while not opened(browser := self.sign_in(uid)):
            assert browser.status == 503 and time.monotonic() < until, browser.main
            time.sleep(0.1)
        assert self.health.up, self.health.error


def opened(browser: Browser) -> bool:
    """Whether the password was believed: at the application's door, or where a first second factor is asked for."""
    return "code" in browser.query or browser.path.startswith("/sign-in/enrol")


def reference(browser: Browser) -> str:
    """The code on the page by which its operator finds the rest."""
    found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", browser.main)
    assert found, browser.main
    return found[0]


def logged(records: list[logging.LogRecord], code: str) -> str:
    """What the log says by that code."""
    return next(told for one in records if code in (told := one.getMessage()))


@contextmanager
def ground_in(folder: Path) -> Iterator[Ground]:
    ports, state = free_ports(), folder / "state"
    (folder / "house").mkdir()
    with directory(state, ports=ports) as mof, line(mof) as between, house_in(folder / "house") as house:
        kept = mof.file.department
        ground = Ground(house, mof, between, state, ports)
        own = {"urls": [between.url], "starttls": False, **QUICK, OUTAGE: {"passkey_hours": 3}}
        ground.put(replace(kept, parent_id="country", settings={**kept.settings, **own}))
        try:
            yield ground
        finally:
            between.becomes(FINE)
            ground.directory.thaw()
            ground.directory.running.stop()
