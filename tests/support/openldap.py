"""A real OpenLDAP with the people of `vendor_ground`: password policies, client certificates, people who change theirs.

Spec: slapd.conf(5), slapo-ppolicy(5).
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from ldap3.utils.dn import escape_rdn

from demo.directories import slapd
from demo.directories.cast import ssha
from tests.support.needs import needs
from tests.support.pki import issue
from tests.support.slapd import free_ports
from tests.support.vendor_ground import GROUPS, LOCK_AFTER, MANY, PASSWORD, PEOPLE, Ground, running

SUFFIX = "dc=moh,dc=example"
ADMIN, ACCOUNT = "Admin-pass-1!", "Account-pass-1!"
STATES = {
    "disabled": "pwdAccountLockedTime: 000001010000Z",
    "left": "pwdEndTime: 20200101000000Z",
    "stale": f"pwdPolicySubentry: cn=short,ou=policies,{SUFFIX}\npwdChangedTime: 20200101000000Z",
    "fresh": "pwdReset: TRUE",
}


@contextmanager
def openldap(folder: Path, *, life: timedelta = timedelta(days=90)) -> Iterator[Ground]:
    """Run it for as long as the block lasts. Args: life: of its certificate."""
    needs("slapd", "slapd")
    program = slapd.obtain(folder)
    ca = folder / "ca"
    tls, client = issue(ca, "slapd", address="127.0.0.1", life=life), issue(ca, "gerege", client=True)
    ground = Ground(
        "openldap", folder, "127.0.0.1", free_ports(), ca, SUFFIX, f"ou=people,{SUFFIX}", f"ou=groups,{SUFFIX}",
        f"cn=gerege,ou=services,{SUFFIX}", ACCOUNT, f"cn=admin,{SUFFIX}", ADMIN,
        people={key: f"cn={escape_rdn(name)},ou=people,{SUFFIX}" for key, name in PEOPLE.items()},
        forms=("alice", "alice@moh.example"), extra=f'policies_base_dn = "ou=policies,{SUFFIX}"', client_files=client,
    )  # fmt: skip
    configuration, ldif = folder / "slapd.conf", folder / "all.ldif"
    (folder / "db").mkdir(mode=0o700, exist_ok=True)
    configuration.write_text(_configuration(program, folder, ground, tls))
    ldif.write_text(_ldif(ground))
    load = (*program.tool("add"), "-q", "-f", str(configuration), "-l", str(ldif))
    done = subprocess.run(load, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    listeners = f"{ground.ldap_url}/ {ground.ldaps_url}/"
    command = (str(program.slapd), "-d", "0", "-f", str(configuration), "-h", listeners)
    with running(command, (ground.host, ground.ports[1]), folder / "slapd.log"):
        yield ground


def _configuration(program: slapd.Program, folder: Path, ground: Ground, tls: tuple[Path, Path]) -> str:
    modules = [f"modulepath {program.modules}", "moduleload back_mdb", "moduleload ppolicy"] if program.modules else []
    return "\n".join([
        *(f"include {program.schema / name}.schema" for name in slapd.SCHEMAS), *modules,
        f"pidfile {folder / 'slapd.pid'}", "loglevel none", "threads 4", "sizelimit 500",
        f"TLSCACertificateFile {ground.ca_folder / 'ca.pem'}",
        f"TLSCertificateFile {tls[0]}", f"TLSCertificateKeyFile {tls[1]}", "TLSVerifyClient try",
        f'authz-regexp "^cn=gerege$" "{ground.account_dn}"', "security ssf=112", "disallow bind_anon",
        "database mdb", "maxsize 67108864", f'suffix "{SUFFIX}"', f'rootdn "{ground.admin_dn}"',
        f"rootpw {ssha(ADMIN, 'admin')}", f"directory {folder / 'db'}", "dbnosync",
        *(f"index {name} eq" for name in slapd.INDICES),
        f'limits dn.exact="{ground.account_dn}" size=unlimited',
        "overlay ppolicy", f'ppolicy_default "cn=default,ou=policies,{SUFFIX}"', "ppolicy_use_lockout",
        "access to attrs=userPassword by self =xw by anonymous auth by * none",
        f'access to * by dn.exact="{ground.account_dn}" read by * none', "",
    ])  # fmt: skip


def _ldif(ground: Ground) -> str:
    policy = "objectClass: device\nobjectClass: pwdPolicy\npwdAttribute: userPassword\npwdMustChange: TRUE"
    policy += f"\npwdSafeModify: FALSE\npwdLockout: TRUE\npwdMaxFailure: {LOCK_AFTER}\npwdMinLength: 8"
    policy += "\npwdCheckQuality: 1"
    entries = [
        (SUFFIX, "objectClass: dcObject\nobjectClass: organization\ndc: moh\no: Health"),
        *((f"ou={ou},{SUFFIX}", f"objectClass: organizationalUnit\nou: {ou}")
          for ou in ("people", "groups", "services", "policies")),
        (f"ou=away,{ground.people_dn}", "objectClass: organizationalUnit\nou: away"),
        (f"cn=default,ou=policies,{SUFFIX}", f"{policy}\ncn: default"),
        (f"cn=short,ou=policies,{SUFFIX}", f"{policy}\ncn: short\npwdMaxAge: 60"),
        (ground.account_dn, "objectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
         f"cn: gerege\nuserPassword: {ssha(ACCOUNT, 'account')}"),
        *((ground.people[key], f"objectClass: inetOrgPerson\nobjectClass: posixAccount\nuid: {key}\ncn: {name}\n"
           f"sn: {name}\nmail: {key}@moh.example\nuidNumber: 1\ngidNumber: {7 if key == 'alice' else 8}\n"
           f"homeDirectory: /\nuserPassword: {ssha(PASSWORD, key)}\n{STATES.get(key, '')}".rstrip())
          for key, name in PEOPLE.items()),
        *((f"cn={group},{ground.groups_dn}", "\n".join([
            "objectClass: groupOfNames", f"cn: {group}",
            *(f"member: {ground.people[key]}" for key in people),
            *(f"member: cn={inner},{ground.groups_dn}" for inner in groups)]))
          for group, (people, groups) in GROUPS.items()),
        (f"cn=crowd,{ground.groups_dn}", "\n".join(["objectClass: groupOfNames", "cn: crowd",
            *(f"member: cn=m{n},ou=nobody,{SUFFIX}" for n in range(MANY)), f"member: {ground.people['alice']}"])),
        (f"cn=posix,{ground.groups_dn}", "objectClass: posixGroup\ncn: posix\ngidNumber: 9\nmemberUid: alice"),
        (f"cn=primary,{ground.groups_dn}", "objectClass: posixGroup\ncn: primary\ngidNumber: 7"),
    ]  # fmt: skip
    return "\n\n".join(f"dn: {dn}\n{body}" for dn, body in entries) + "\n"
