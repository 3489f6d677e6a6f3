"""One running directory of one vendor, filled with the same people as those of the others.

    with samba(tmp_path) as ground:          # or openldap, ds389
        connector = ground.connector()

Everything is on loopback, below the folder that is named, and gone at the end of the block.
"""

import contextlib
import dataclasses
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ldap3 import NONE, SAFE_SYNC, SUBTREE, Connection, Server

from adapters.connectors.department_file import load_department, to_settings_table
from adapters.connectors.ldap import LdapConnector
from adapters.connectors.ldap_settings import LdapSettings
from adapters.connectors.ldap_tls import VerifiedTls
from demo.directories.private_files import write_private

PASSWORD = "Demo-alice-1"
LOCK_AFTER = 4
MANY = 1600
PEOPLE = {  # key → (name in the directory, how the entry is called)
    "alice": "Alice Ngo",
    "wang": "王伟",
    "odd": 'O\'Brien, Pat (*\\) #1 + "x"',
    "mover": "Mo Ving",
    "changer": "Cha Nger",
    "disabled": "Dis Abled",
    "locked": "Loc Ked",
    "left": "Le Ft",
    "stale": "Sta Le",
    "fresh": "Fre Sh",
}
# group → (people, groups in it); the last three are a circle
GROUPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "clerks": (("alice", "wang", "odd"), ()),
    "finance": ((), ("clerks",)),
    "ministry": ((), ("finance",)),
    "ring-a": (("wang",), ("ring-c",)),
    "ring-b": ((), ("ring-a",)),
    "ring-c": ((), ("ring-b",)),
}


@dataclass
class Ground:
    """A running directory. `forms`: what alice may type; `states`: who of PEOPLE is in which state there."""

    vendor: str
    folder: Path
    host: str
    ports: tuple[int, int]
    ca_folder: Path
    suffix: str
    people_dn: str
    groups_dn: str
    account_dn: str
    account_password: str
    admin_dn: str
    admin_password: str
    people: dict[str, str] = field(default_factory=dict)
    forms: Sequence[str] = ()
    extra: str = ""
    client_files: tuple[Path, Path] | None = None
    library: str = "ldap3"

    @property
    def ldaps_url(self) -> str:
        return f"ldaps://{self.host}:{self.ports[1]}"

    @property
    def ldap_url(self) -> str:
        return f"ldap://{self.host}:{self.ports[0]}"

    def settings(self, **changes: Any) -> LdapSettings:
        """As an operator would write them: the vendor's name, addresses, bases, and little else."""
        secret = self.folder / "account.password"
        write_private(secret, self.account_password)
        written = self.folder / "department.toml"
        written.write_text(
            f'id = "moh"\nname = "Ministry of Health"\nname_zh = "卫生部"\nconnector = "ldap"\n[directory]\n'
            f'vendor = "{self.vendor}"\nurls = ["{self.ldaps_url}"]\nca_file = "{self.ca_folder / "ca.pem"}"\n'
            f'bind_dn = "{self.account_dn}"\nbind_password_file = "{secret}"\nbase_dn = "{self.people_dn}"\n'
            f'change_password = true\nlibrary = "{self.library}"\n{self.extra}\n'
            f'[directory.group_scheme]\nbase_dn = "{self.groups_dn}"\n'
        )
        found = load_department(written).ldap
        assert found is not None and to_settings_table(found)
        return dataclasses.replace(found, **changes)

    def connector(self, **changes: Any) -> LdapConnector:
        """A connector of its own; close it."""
        return LdapConnector(self.settings(**changes))

    @contextmanager
    def admin(self) -> Iterator["Writer"]:
        """The directory's own administrator."""
        tls = VerifiedTls(ssl.create_default_context(cafile=self.ca_folder / "ca.pem"))
        server = Server(self.host, port=self.ports[1], use_ssl=True, tls=tls, get_info=NONE, connect_timeout=5)
        held = Connection(
            server, self.admin_dn, self.admin_password, client_strategy=SAFE_SYNC, receive_timeout=30, check_names=False
        )
        require(held.bind())
        try:
            yield Writer(held)
        finally:
            held.unbind()


@dataclass(frozen=True)
class Writer:
    """Changes that must succeed."""

    held: Connection

    def add(self, dn: str, **attributes: Any) -> None:
        require(self.held.add(dn, attributes={name.replace("__", ";"): value for name, value in attributes.items()}))

    def set(self, dn: str, attribute: str, *values: Any) -> None:
        require(self.held.modify(dn, {attribute: [("MODIFY_REPLACE", list(values))]}))

    def put(self, dn: str, attribute: str, *values: Any) -> None:
        require(self.held.modify(dn, {attribute: [("MODIFY_ADD", list(values))]}))

    def take(self, dn: str, attribute: str, *values: Any) -> None:
        require(self.held.modify(dn, {attribute: [("MODIFY_DELETE", list(values))]}))

    def rename(self, dn: str, rdn: str, parent: str | None = None) -> None:
        require(self.held.modify_dn(dn, rdn, new_superior=parent))

    def delete(self, dn: str) -> None:
        require(self.held.delete(dn))

    def read(self, base: str, query: str, *attributes: str) -> list[dict[str, Any]]:
        _, result, rows, _ = cast(Any, self.held.search(base, query, SUBTREE, attributes=list(attributes)))
        assert result["result"] == 0, result
        return [row for row in rows or [] if row["type"] == "searchResEntry"]


@contextmanager
def guest(ground: Ground, writer: Writer, key: str) -> Iterator[str]:
    """Somebody with PASSWORD who is there for as long as the block lasts: the entry's name."""
    dn = f"cn={key},{ground.people_dn}"
    if ground.vendor == "ad":
        writer.add(dn, objectClass="user", sAMAccountName=key, userPrincipalName=f"{key}@moh.example",
                   userAccountControl="512", unicodePwd=f'"{PASSWORD}"'.encode("utf-16-le"))  # fmt: skip
    else:
        writer.add(dn, objectClass=["inetOrgPerson"], uid=key, cn=key, sn=key, userPassword=PASSWORD)
    try:
        yield dn
    finally:
        writer.delete(dn)


def require(answer: Any) -> None:
    """Raises AssertionError with the directory's own words."""
    _, result, _, _ = answer
    assert result["result"] == 0, f"{result['description']} {result['message']}"


@contextmanager
def running(command: Sequence[str], port: tuple[str, int], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server for as long as the block lasts, once its port answers; whatever it started goes with it."""
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while not _answers(*port):
            assert process.poll() is None, f"{command[0]} ended: {log.read_text(errors='replace')[-2000:]}"
            assert time.monotonic() < deadline, f"{command[0]} does not answer: see {log}"
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        process.wait()


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False
