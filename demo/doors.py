"""The ports of the demonstration: the ones in its documents where they are free, others where they are not.

What was chosen is kept in `ports.json`, so that addresses stay the same from start to start.
"""

import errno
import json
import socket
from dataclasses import asdict, dataclass, fields
from pathlib import Path

ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # a machine without IPv6


@dataclass(frozen=True, slots=True)
class Doors:
    """Who listens where on loopback. The defaults are those of the documents."""

    gerege: int = 8000
    payroll: int = 8001
    docs: int = 8002
    mail: int = 8003

    @property
    def issuer(self) -> str:
        """The identity provider's address; `localhost` is what browsers treat as secure."""
        return f"http://localhost:{self.gerege}"

    @property
    def payroll_url(self) -> str:
        """Payroll's own name: cookies of two applications stay apart by name, never by port."""
        return f"http://payroll.localhost:{self.payroll}"

    @property
    def docs_url(self) -> str:
        """Docs' own name."""
        return f"http://docs.localhost:{self.docs}"

    @property
    def mail_url(self) -> str:
        """The mailbox page."""
        return f"http://mail.localhost:{self.mail}"


def choose(path: Path) -> tuple[Doors, list[str]]:
    """The doors of this start, and a sentence for each that is not where the documents say."""
    usual, last = asdict(Doors()), _last(path)
    chosen: dict[str, int] = {}
    for name, port in usual.items():
        wishes = [port, last.get(name, port)]
        chosen[name] = next((wish for wish in wishes if free(wish)), 0) or any_free(set(chosen.values()))
    path.write_text(json.dumps(chosen))
    said = [
        f"Port {usual[name]} is taken: {name} is at {port}." for name, port in chosen.items() if port != usual[name]
    ]
    return Doors(**chosen), said


def free(port: int) -> bool:
    """Whether nobody listens there, on IPv4 or IPv6 loopback."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as error:
            if error.errno not in ABSENT:
                return False
    return True


def any_free(besides: set[int]) -> int:
    """A port that nobody listens at now."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in besides and free(port):
            return port


def listens(port: int) -> bool:
    """Whether somebody answers at this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _last(path: Path) -> dict[str, int]:
    try:
        kept = json.loads(path.read_text())
        return {field.name: int(kept[field.name]) for field in fields(Doors)}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
