"""What all tests share: skips that are told, and no test that touches another machine.

A test that needs a program calls `needs(program, package)` (tests/support/needs.py). What was skipped so is counted at
the end in one line with the packages to install; with CI=true a skip is a failure.
"""

import os
import re
import socket
from collections import Counter
from collections.abc import Generator, Iterator

import pytest

NEEDS = re.compile(r"needs (?P<program>\S+) \(package (?P<package>[^)]+)\)")
CI = os.environ.get("CI") == "true"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::")

missing: Counter[str] = Counter()


class OutsideTraffic(Exception):
    """A test tried to reach another machine."""


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Tests reach this machine only: what tries another fails by name instead of hanging or leaking."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and isinstance(address, tuple):
            host = str(address[0])
            if not (host.startswith("127.") or host in LOOPBACK or host.endswith(".localhost")):
                raise OutsideTraffic(f"a test tried to connect to {host}")
        connect(self, address)  # type: ignore[arg-type]

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true nothing may be skipped for want of a program."""
    report = yield
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {_reason(report)}"
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what a missing program prevented (in the process that prints, also with xdist)."""
    if report.skipped and (found := NEEDS.search(_reason(report))):
        missing[found["package"]] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for all that was prevented."""
    if missing:
        packages = " ".join(sorted(missing))
        terminalreporter.write_line(
            f"{missing.total()} tests were skipped for want of programs: apt-get install {packages}"
        )


def _reason(report: pytest.TestReport) -> str:
    longrepr = report.longrepr
    return longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
