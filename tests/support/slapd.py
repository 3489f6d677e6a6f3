"""A real directory for a test: the demonstration's people in slapd (or ldaptor), up in a tenth of a second, gone after.

    with directory(tmp_path, "mof") as finance:
        connector = finance.connector()

`edit` (demo.directories.edit) changes it as its own administrator would.
"""

import dataclasses
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.connectors.department_file import DepartmentFile, load_department
from adapters.connectors.ldap import LdapConnector
from adapters.connectors.ldap_settings import LdapSettings
from demo.directories.cast import Actor, Cast, load
from demo.directories.launch import Kind, Prepared, Running, start_directory, write_department
from tests.support.needs import needs

DEPARTMENTS = Path(__file__).parents[2] / "demo" / "departments"


@dataclass(slots=True)
class Directory:
    """One department's running directory."""

    running: Running
    file: DepartmentFile
    cast: Cast

    @property
    def prepared(self) -> Prepared:
        return self.running.prepared

    def settings(self, **changes: Any) -> LdapSettings:
        """The department's settings, with some changed; shorter timeouts than anybody would run with."""
        assert self.file.ldap is not None
        return dataclasses.replace(self.file.ldap, **changes)

    def connector(self, **changes: Any) -> LdapConnector:
        """A connector of its own; close it."""
        return LdapConnector(self.settings(**changes))

    def actor(self, uid: str) -> Actor:
        """Somebody of the cast."""
        return next(actor for actor in self.cast.people if actor.uid == uid)

    def dn(self, uid: str) -> str:
        """The name of somebody of the cast."""
        return self.cast.dn(self.actor(uid))

    def freeze(self) -> None:
        """The process hangs: connections are accepted by the kernel, and nothing is answered.

        Back when it does: the signal reaches each of its threads a moment later.
        """
        pid = self.running.process.pid
        os.kill(pid, signal.SIGSTOP)
        deadline = time.monotonic() + 5
        while not _stopped(pid) and time.monotonic() < deadline:
            time.sleep(0.005)

    def thaw(self) -> None:
        """It goes on where it hung."""
        self.running.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """It dies without a word."""
        self.running.process.kill()
        self.running.process.wait()


@contextmanager
def directory(
    state_dir: Path,
    department: str = "mof",
    *,
    kind: Kind = "slapd",
    tls: str = "",
    host: str = "localhost",
    ports: tuple[int, int] | None = None,
) -> Iterator[Directory]:
    """Run a department's directory for as long as the block lasts.

    Args:
        state_dir: everything it writes; a second run on the same one finds what the first changed.
        tls: `starttls` or `ldaps`; empty: the department's own way.
        host: the name in its certificate.
    """
    if kind == "slapd":
        needs("slapd", "slapd")
    running = start_directory(department, state_dir, kind=kind, host=host, ports=ports or free_ports())
    try:
        prepared = running.prepared
        target = state_dir / "departments" / f"{department}.toml"
        write_department(DEPARTMENTS / f"{department}.toml", _spoken(prepared, tls), target)
        yield Directory(running, load_department(target), load(department))
    finally:
        running.process.send_signal(signal.SIGCONT)
        running.stop()


def free_ports() -> tuple[int, int]:
    """Two ports of the loopback that nobody has."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _spoken(prepared: Prepared, tls: str) -> Prepared:
    if tls == "ldaps":
        return dataclasses.replace(prepared, url=prepared.ldaps_url, starttls=False)
    if tls == "starttls":
        return dataclasses.replace(prepared, url=prepared.ldap_url, starttls=True)
    return prepared


def _stopped(pid: int) -> bool:
    """Whether every thread of the process stands still (proc(5): state T)."""
    states = [(task / "stat").read_text().rpartition(")")[2].split()[0] for task in Path(f"/proc/{pid}/task").iterdir()]
    return all(state == "T" for state in states)
