"""A directory that is ready to be run: where everything of it is, kept in a file for who wants to talk to it."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from demo.directories.private_files import write_private

Kind = Literal["slapd", "ldaptor"]
FILE = "prepared.json"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A directory that is ready to be run: everything written, nothing started."""

    department: str
    kind: Kind
    command: tuple[str, ...]
    environment: dict[str, str]
    url: str
    starttls: bool
    ldap_url: str
    ldaps_url: str
    ca_file: Path
    account_dn: str
    account_password_file: Path
    admin_dn: str
    admin_password_file: Path

    def ready(self) -> bool:
        """It accepts connections."""
        port = int(self.ldaps_url.rsplit(":", 1)[1])
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.2):
                return True
        except OSError:
            return False


def remember(prepared: Prepared, state_dir: Path) -> None:
    """Keep it for `as_prepared`."""
    kept = json.dumps(asdict(prepared), default=str, indent=1)
    write_private(state_dir / "directories" / prepared.department / FILE, kept)


def as_prepared(department: str, state_dir: Path) -> Prepared:
    """The directory as it was prepared last, for whoever wants to talk to the running one.

    Raises:
        FileNotFoundError: it never was.
    """
    kept = json.loads((state_dir / "directories" / department / FILE).read_text())
    files = {name: Path(kept[name]) for name in ("ca_file", "account_password_file", "admin_password_file")}
    return Prepared(**kept | files | {"command": tuple(kept["command"])})
