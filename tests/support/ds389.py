"""A real 389 Directory Server with the people of `vendor_ground`, made from its own template in a folder of the test.

dscreate wants systemd and writes to /etc and /var; the server itself needs a dse.ldif and a certificate database.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from ldap3.utils.dn import escape_rdn

from demo.directories.cast import ssha
from tests.support.needs import needs
from tests.support.pki import issue
from tests.support.slapd import free_ports
from tests.support.vendor_ground import GROUPS, LOCK_AFTER, MANY, PASSWORD, PEOPLE, Ground, Writer, running

SUFFIX = "dc=moj,dc=example"
ADMIN, ACCOUNT = "Admin-pass-1!", "Account-pass-1!"
PACKAGE, TEMPLATE = "389-ds-base", Path("/usr/share/dirsrv/data/template-dse.ldif")
FOLDERS = ("lock", "tmp", "ldif", "bak", "run", "log", "db", "inst")
CERTMAP = "certmap default default\ndefault:DNComps\ndefault:FilterComps cn\ndefault:verifycert off\n"
READ = '(targetattr="* || nsUniqueId || nsAccountLock || modifyTimestamp")'
READ += '(version 3.0; acl "gerege reads"; allow (read, search, compare) userdn="ldap:///{}";)'
OWN = '(targetattr="userPassword")(version 3.0; acl "own password"; allow (write) userdn="ldap:///self";)'
POLICY = (
    '(targetattr="objectClass || passwordMaxFailure || passwordLockout")(version 3.0; acl "gerege reads the policy"; '
)
POLICY += 'allow (read, search, compare) userdn="ldap:///{}";)'


@contextmanager
def ds389(folder: Path, *, life: timedelta = timedelta(days=90)) -> Iterator[Ground]:
    """Run it for as long as the block lasts. Args: life: of its certificate."""
    program = needs("ns-slapd", PACKAGE)
    ca = folder / "ca"
    tls, client = issue(ca, "ds389", address="127.0.0.1", life=life), issue(ca, "gerege", client=True)
    ground = Ground(
        "389ds", folder, "127.0.0.1", free_ports(), ca, SUFFIX, f"ou=people,{SUFFIX}", f"ou=groups,{SUFFIX}",
        f"cn=gerege,ou=services,{SUFFIX}", ACCOUNT, "cn=admin", ADMIN,
        people={key: f"cn={escape_rdn(name)},ou=people,{SUFFIX}" for key, name in PEOPLE.items()},
        forms=("alice", "alice@moh.example"), client_files=client,
    )  # fmt: skip
    instance = folder / "slapd-moj"
    _write(instance, ground, tls)
    command = (program, "-D", str(instance), "-i", str(instance / "run/pid"), "-d", "0")
    with running(command, (ground.host, ground.ports[1]), folder / "ds389.log"):
        with ground.admin() as writer:
            _fill(writer, ground)
        yield ground


def _write(instance: Path, ground: Ground, tls: tuple[Path, Path]) -> None:
    for name in FOLDERS:
        (instance / name).mkdir(parents=True)
    shutil.copytree("/etc/dirsrv/schema", instance / "schema")
    (instance / "certmap.conf").write_text(CERTMAP)
    shutil.copy("/etc/dirsrv/config/slapd-collations.conf", instance)
    _certificates(instance, ground, tls)
    places = {f"{name}_dir": str(instance / name) for name in FOLDERS} | {
        "schema_dir": str(instance / "schema"), "cert_dir": str(instance), "config_dir": str(instance),
        "db_home_dir": str(instance / "db"), "db_lib": "bdb", "fqdn": "localhost", "ds_port": str(ground.ports[0]),
        "ds_user": "root", "rootdn": ground.admin_dn, "ds_passwd": ssha(ADMIN, "admin"), "ds_suffix": SUFFIX,
        "ldapi_enabled": "off", "ldapi": str(instance / "run/ldapi"), "ldapi_autobind": "off",
    }  # fmt: skip
    written = re.sub(r"%(\w+)%", lambda found: places[found[1]], TEMPLATE.read_text())
    own = ["nsslapd-listenhost: 127.0.0.1", "nsslapd-securelistenhost: 127.0.0.1", "nsslapd-security: on",
           f"nsslapd-securePort: {ground.ports[1]}", "nsslapd-require-secure-binds: on"]  # fmt: skip
    head = "nsslapd-localhost: localhost\n"
    (instance / "dse.ldif").write_text(written.replace(head, head + "\n".join(own) + "\n", 1))


def _certificates(instance: Path, ground: Ground, tls: tuple[Path, Path]) -> None:
    """Into NSS's database, as the server wants them."""
    pin, pack = instance / "pwdfile.txt", instance / "server.p12"
    pin.write_text("nss-password\n")
    (instance / "pin.txt").write_text("Internal (Software) Token:nss-password\n")
    database = ("-d", str(instance), "-f", str(pin))
    certutil, ca = needs("certutil", "libnss3-tools"), str(ground.ca_folder / "ca.pem")
    for command in (
        (certutil, "-N", *database),
        (needs("openssl", "openssl"), "pkcs12", "-export", "-inkey", str(tls[1]), "-in", str(tls[0]),
         "-name", "Server-Cert", "-out", str(pack), "-passout", "pass:x"),
        (needs("pk12util", "libnss3-tools"), "-i", str(pack), "-d", str(instance), "-k", str(pin), "-W", "x"),
        (certutil, "-A", "-n", "CA", "-t", "CT,,", *database, "-i", ca),
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[0]}: {done.stderr or done.stdout}"


def _fill(writer: Writer, ground: Ground) -> None:
    loose, backend = "extensibleObject", "cn=userRoot,cn=ldbm database,cn=plugins,cn=config"
    writer.add(backend, cn="userRoot", objectClass=[loose, "nsBackendInstance"], **{"nsslapd-suffix": SUFFIX})
    writer.add(f'cn="{SUFFIX}",cn=mapping tree,cn=config', cn=SUFFIX, objectClass=[loose, "nsMappingTree"],
               **{"nsslapd-state": "backend", "nsslapd-backend": "userRoot"})  # fmt: skip
    aci = [READ.format(ground.account_dn), OWN]
    writer.add(SUFFIX, objectClass=["domain"], dc="moj", aci=aci)
    for ou in ("people", "groups", "services"):
        writer.add(f"ou={ou},{SUFFIX}", objectClass="organizationalUnit", ou=ou)
    writer.add(f"ou=away,{ground.people_dn}", objectClass="organizationalUnit", ou="away")
    writer.add(ground.account_dn, objectClass=["person"], cn="gerege", sn="gerege", userPassword=ACCOUNT)
    for key, name in PEOPLE.items():
        writer.add(ground.people[key], objectClass=["inetOrgPerson", "posixAccount"], uid=key, cn=name, sn=name,
                   mail=f"{key}@moh.example", uidNumber="1", gidNumber="7" if key == "alice" else "8",
                   homeDirectory="/", userPassword=PASSWORD)  # fmt: skip
    for group, (people, groups) in GROUPS.items():
        inner = [f"cn={one},{ground.groups_dn}" for one in groups]
        members = [*(ground.people[key] for key in people), *inner]
        writer.add(f"cn={group},{ground.groups_dn}", objectClass="groupOfNames", cn=group, member=members)
    crowd = [f"cn=m{n},ou=nobody,{SUFFIX}" for n in range(MANY)]
    writer.add(f"cn=crowd,{ground.groups_dn}", objectClass="groupOfNames", cn="crowd",
               member=[*crowd, ground.people["alice"]])  # fmt: skip
    writer.add(f"cn=posix,{ground.groups_dn}", objectClass="posixGroup", cn="posix", gidNumber="9", memberUid="alice")
    writer.add(f"cn=primary,{ground.groups_dn}", objectClass="posixGroup", cn="primary", gidNumber="7")
    writer.set(ground.people["disabled"], "nsAccountLock", "true")
    writer.set(ground.people["stale"], "passwordExpirationTime", "20200101000000Z")
    rules = {"passwordLockout": "on", "passwordMaxFailure": str(LOCK_AFTER), "passwordMustChange": "on",
             "passwordExp": "on", "passwordCheckSyntax": "on", "passwordMinCategories": "1"}  # fmt: skip
    for name, value in rules.items():
        writer.set("cn=config", name, value)
    writer.put("cn=config", "aci", POLICY.format(ground.account_dn))
    writer.set(ground.people["fresh"], "userPassword", PASSWORD)
