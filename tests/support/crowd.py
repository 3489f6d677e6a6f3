"""A real slapd with as many people as are asked for, each in two of forty groups; for what must be fast or take long.

with crowd(folder, 50_000) as it:
    shell.ok("dept", "add", str(it.file))
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.directories import slapd
from demo.directories.cast import ssha
from tests.support.needs import needs
from tests.support.pki import issue
from tests.support.slapd import free_ports
from tests.support.vendor_ground import running

SUFFIX, GROUPS = "dc=crowd,dc=example", 40
ACCOUNT, ADMIN = "Account-pass-1!", "Admin-pass-1!"
ACCOUNT_DN = f"cn=gerege,ou=services,{SUFFIX}"


@dataclass(frozen=True, slots=True)
class Crowd:
    """file: the department's, for `gerege dept add`."""

    file: Path
    ports: tuple[int, int]
    ca_file: Path
    people: int

    def remove(self, number: int) -> None:
        """Somebody leaves, as their administrator has it."""
        command = ("ldapdelete", "-x", "-H", f"ldaps://127.0.0.1:{self.ports[1]}", "-D", f"cn=admin,{SUFFIX}")
        environment = {"LDAPTLS_REQCERT": "allow", "PATH": "/usr/bin:/bin"}  # its name is an address; a loopback
        subprocess.run((*command, "-w", ADMIN, dn(number)), check=True, env=environment)


@contextmanager
def crowd(folder: Path, people: int) -> Iterator[Crowd]:
    """Run it for as long as the block lasts."""
    needs("slapd", "slapd")
    folder.mkdir(parents=True, exist_ok=True)
    program, ports = slapd.obtain(folder), free_ports()
    tls = issue(folder / "ca", "slapd", address="127.0.0.1")
    layout = slapd.Layout(folder / "slapd")
    slapd.configure(program, layout, SUFFIX, ACCOUNT_DN, ADMIN, folder / "ca" / "ca.pem", tls)
    written = layout.configuration.read_text().replace("maxsize 67108864", "maxsize 2147483648")
    # Nobody asks for memberOf here, and loading would take minutes for it.
    written = written.replace("overlay memberof\nmemberof-refint TRUE\n", "")
    layout.configuration.write_text(written)
    ldif = folder / "crowd.ldif"
    with ldif.open("w") as out:
        out.writelines(_ldif(people))
    slapd.load(program, layout, ldif, ldif)
    with running(slapd.command(program, layout, *ports), ("127.0.0.1", ports[1]), folder / "slapd.log"):
        yield Crowd(_file(folder, ports), ports, folder / "ca" / "ca.pem", people)


def dn(number: int) -> str:
    return f"uid=p{number:06},ou=people,{SUFFIX}"


def _ldif(people: int) -> Iterator[str]:
    yield f"dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: crowd\no: Crowd\n\n"
    for unit in ("people", "groups", "services"):
        yield f"dn: ou={unit},{SUFFIX}\nobjectClass: organizationalUnit\nou: {unit}\n\n"
    yield f"dn: {ACCOUNT_DN}\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\n"
    yield f"cn: gerege\nuserPassword: {ssha(ACCOUNT, 'account')}\n\n"
    for number in range(people):
        yield f"dn: {dn(number)}\nobjectClass: inetOrgPerson\nuid: p{number:06}\ncn: Person {number:06}\n"
        yield f"sn: {number:06}\nmail: p{number:06}@crowd.example\ntitle: Officer\n\n"
    for group in range(GROUPS):
        yield f"dn: cn=g{group},ou=groups,{SUFFIX}\nobjectClass: groupOfNames\ncn: g{group}\nmember: {ACCOUNT_DN}\n"
        for number in range(people):
            if group in (number % GROUPS, (number + 1) % GROUPS):
                yield f"member: {dn(number)}\n"
        yield "\n"


def _file(folder: Path, ports: tuple[int, int]) -> Path:
    password = folder / "account.password"
    password.write_text(ACCOUNT)
    password.chmod(0o600)
    groups = "\n".join(f'g{group} = ["role-{group % 4}"]' for group in range(GROUPS // 2))
    found = folder / "crowd.toml"
    found.write_text(f"""
id = "crowd"
name = "Crowd"
name_zh = "众"
level = "country"
connector = "ldap"
domains = ["crowd.example"]

[directory]
urls = ["ldaps://127.0.0.1:{ports[1]}"]
ca_file = "ca/ca.pem"
bind_dn = "{ACCOUNT_DN}"
bind_password_file = "account.password"
base_dn = "ou=people,{SUFFIX}"
people_filter = "(objectClass=inetOrgPerson)"

[directory.attributes]
stable_id = "entryUUID"
identifiers = ["uid", "mail"]
display_name = "cn"

[directory.group_scheme]
kind = "groupOfNames"
base_dn = "ou=groups,{SUFFIX}"

[groups]
{groups}

[clearance]
default = 2
""")
    return found


__all__ = ["Crowd", "crowd"]
