"""A real Active Directory domain controller, Samba's, with the people of `vendor_ground`.

Only its LDAP door runs. Its ports cannot be moved, so that each one has an address of its own on the loopback; binding
389 and 636 takes root. The domain is made and filled once for all tests of a run, in about ten seconds, and copied.

Spec: smb.conf(5), samba-tool(8), MS-ADTS §3.1.1.3.1.5 (unicodePwd).
"""

import fcntl
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from ldap3.utils.dn import escape_rdn

from tests.support.needs import needs
from tests.support.pki import issue
from tests.support.vendor_ground import GROUPS, LOCK_AFTER, MANY, PASSWORD, PEOPLE, Ground, Writer, running

SUFFIX, DOMAIN, REALM = "DC=moh,DC=example", "MOH", "MOH.EXAMPLE"
ADMIN, ACCOUNT = "Admin-pass-1!", "Account-pass-1!"
PACKAGE = "samba-ad-provision"
FOLDERS = ("private dir", "lock directory", "pid directory", "state directory", "cache directory", "ncalrpc dir",
           "binddns dir", "winbindd socket directory", "ntp signd socket directory")  # fmt: skip
SET_IN_THE_PAST = "local_oid:1.3.6.1.4.1.7165.4.3.20:0"
"""Samba's own control that lets pwdLastSet be any moment; over LDAP it can only be now."""
_addresses = itertools.count(1)


@contextmanager
def samba(folder: Path, made: Path, *, life: timedelta = timedelta(days=90)) -> Iterator[Ground]:
    """Run it for as long as the block lasts.

    Args:
        made: where the domain with its people is kept between tests; several processes may share it.
        life: of its certificate.
    """
    home = _domain(made)
    shutil.copytree(home, folder / "dc", ignore=shutil.ignore_patterns("msg.sock", "msg.lock", "ldapi", "*.pid"))
    with _running(folder, life) as ground:
        yield ground


def shared(worker: Path) -> Path:
    """Where all workers of one run keep the domain. Args: worker: the base of this one's temporary folders."""
    return (worker.parent if "PYTEST_XDIST_WORKER" in os.environ else worker) / "samba-domain"


@contextmanager
def _running(folder: Path, life: timedelta) -> Iterator[Ground]:
    program = needs("samba", "samba")
    address = f"127.{100 + os.getpid() % 100}.{os.getpid() // 100 % 250}.{next(_addresses)}"
    ca = folder / "ca"
    tls = issue(ca, "samba", address=address, life=life)
    people = f"OU=people,{SUFFIX}"
    ground = Ground(
        "ad", folder, address, (389, 636), ca, SUFFIX, people, f"OU=groups,{SUFFIX}",
        f"CN=gerege,OU=services,{SUFFIX}", ACCOUNT, f"CN=Administrator,CN=Users,{SUFFIX}", ADMIN,
        people={key: f"CN={escape_rdn(name)},{people}" for key, name in PEOPLE.items()},
        forms=("alice", "alice@moh.example", "a.ngo@ministry.example", "MOH\\alice", "moh\\ALICE"),
        extra=f'netbios_domains = ["{DOMAIN}"]',
    )  # fmt: skip
    settings = _settings(folder / "dc", address, tls, ca / "ca.pem")
    configuration = folder / "smb.conf"
    configuration.write_text("[global]\n" + "\n".join(f" {name} = {value}" for name, value in settings.items()) + "\n")
    command = (program, "-F", "--no-process-group", "-s", str(configuration), "--debug-stdout", "-d", "1")
    with running(command, (address, 636), folder / "samba.log"):
        yield ground


def _domain(made: Path) -> Path:
    """Made and filled by whoever comes first; the others wait."""
    made.mkdir(parents=True, exist_ok=True)
    with (made / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "whole").exists():
            _provide(made / "dc")
            with _running(made, timedelta(days=1)) as ground, ground.admin() as writer:
                _fill(writer, ground)
            (made / "whole").touch()
    return made / "dc"


def _provide(target: Path) -> None:
    needs("samba-tool", "samba")
    if not Path("/usr/share/samba/setup/ad-schema").is_dir():
        needs("samba's ad-schema", PACKAGE)
    command = ("samba-tool", "domain", "provision", f"--realm={REALM}", f"--domain={DOMAIN}", "--server-role=dc",
               "--dns-backend=NONE", f"--adminpass={ADMIN}", f"--targetdir={target}", "--host-name=dc1",
               "--host-ip=127.0.0.1", "--option=interfaces=lo", "--option=bind interfaces only=yes")  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr[-3000:]


def _settings(home: Path, address: str, tls: tuple[Path, Path], ca: Path) -> dict[str, str]:
    places = dict.fromkeys(FOLDERS, str(home)) | {
        "private dir": str(home / "private"), "state directory": str(home / "state"),
        "cache directory": str(home / "cache"), "ncalrpc dir": str(home / "ncalrpc"),
        "winbindd socket directory": str(home / "winbindd"), "ntp signd socket directory": str(home / "ntp"),
    }  # fmt: skip
    return places | {
        "workgroup": DOMAIN, "realm": REALM, "netbios name": "DC1", "server role": "active directory domain controller",
        "server services": "ldap", "dcerpc endpoint servers": "", "interfaces": f"{address}/8",
        "bind interfaces only": "yes", "tls enabled": "yes", "tls certfile": str(tls[0]), "tls keyfile": str(tls[1]),
        "tls cafile": str(ca), "log file": str(home / "log"), "logging": "file",
        "ldap server require strong auth": "yes",
    }  # fmt: skip


def _fill(writer: Writer, ground: Ground) -> None:
    for ou in ("people", "groups", "services", "many"):
        writer.add(f"OU={ou},{SUFFIX}", objectClass="organizationalUnit")
    writer.add(f"OU=away,{ground.people_dn}", objectClass="organizationalUnit")
    for name, value in {"lockoutThreshold": LOCK_AFTER, "minPwdAge": 0}.items():
        writer.set(SUFFIX, name, str(value))
    _account(writer, ground.account_dn, "gerege", ACCOUNT)
    for key, name in PEOPLE.items():
        mail = "a.ngo@ministry.example" if key == "alice" else f"{key}@ministry.example"
        _account(writer, ground.people[key], key, PASSWORD, displayName=name, mail=mail)
    for group in GROUPS:
        _group(writer, ground, group)
    for group, (people, groups) in GROUPS.items():
        inner = [f"CN={one},{ground.groups_dn}" for one in groups]
        writer.put(f"CN={group},{ground.groups_dn}", "member", *(ground.people[key] for key in people), *inner)
    _primary(writer, ground)
    _group(writer, ground, "crowd")
    crowd = [f"CN=m{n},OU=many,{SUFFIX}" for n in range(MANY)]
    _offline("ldbadd", ground.folder / "dc", "".join(f"dn: {dn}\nobjectClass: contact\n\n" for dn in crowd))
    writer.put(f"CN=crowd,{ground.groups_dn}", "member", *crowd, ground.people["alice"])
    writer.set(ground.people["disabled"], "userAccountControl", "514")
    writer.set(ground.people["left"], "accountExpires", "131000000000000000")
    writer.set(ground.people["fresh"], "pwdLastSet", "0")
    _short_lived(writer, ground.folder / "dc", ground.people["stale"])


def _account(writer: Writer, dn: str, name: str, password: str, **more: str) -> None:
    value = f'"{password}"'.encode("utf-16-le")
    writer.add(dn, objectClass="user", sAMAccountName=name, userPrincipalName=f"{name}@moh.example",
               userAccountControl="512", unicodePwd=value, **more)  # fmt: skip


def _group(writer: Writer, ground: Ground, name: str) -> None:
    writer.add(f"CN={name},{ground.groups_dn}", objectClass="group", sAMAccountName=name)


def _primary(writer: Writer, ground: Ground) -> None:
    """Alice's primary group is `primary`, which is in `primary-above`."""
    for name in ("primary", "primary-above"):
        _group(writer, ground, name)
    dn = f"CN=primary,{ground.groups_dn}"
    writer.put(dn, "member", ground.people["alice"])
    writer.put(f"CN=primary-above,{ground.groups_dn}", "member", dn)
    (row,) = writer.read(ground.groups_dn, "(sAMAccountName=primary)", "objectSid")
    rid = int.from_bytes(row["raw_attributes"]["objectSid"][0][-4:], "little")
    writer.set(ground.people["alice"], "primaryGroupID", str(rid))


def _short_lived(writer: Writer, home: Path, dn: str) -> None:
    """A password policy of one person's own, by which a password is good for two days; and that person's is older."""
    two_days, second, never = "-1728000000000", "-10000000", "-9223372036854775808"
    policy = f"CN=short,CN=Password Settings Container,CN=System,{SUFFIX}"
    writer.add(policy, objectClass="msDS-PasswordSettings", **{
        "msDS-PasswordSettingsPrecedence": "1", "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
        "msDS-PasswordHistoryLength": "0", "msDS-PasswordComplexityEnabled": "TRUE",
        "msDS-MinimumPasswordLength": "7", "msDS-MinimumPasswordAge": "0", "msDS-MaximumPasswordAge": two_days,
        "msDS-LockoutThreshold": str(LOCK_AFTER), "msDS-LockoutObservationWindow": second,
        "msDS-LockoutDuration": never, "msDS-PSOAppliesTo": dn})  # fmt: skip
    written = f"dn: {dn}\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: 129000000000000000\n"
    _offline("ldbmodify", home, written, f"--controls={SET_IN_THE_PAST}")


def _offline(program: str, home: Path, ldif: str, *more: str) -> None:
    """Beside the server, in one transaction: what LDAP does not let, or does one by one."""
    command = (needs(program, "ldb-tools"), "-H", str(home / "private/sam.ldb"), *more)
    done = subprocess.run(command, input=ldif, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
