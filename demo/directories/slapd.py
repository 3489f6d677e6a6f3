"""OpenLDAP's slapd for one demonstration directory: found or unpacked, configured, loaded, and the command to run it.

Spec: slapd.conf(5), slapd-mdb(5), slapo-ppolicy(5), slapadd(8).
Everything it writes is under the state directory that the caller names. It listens on loopback only, answers nothing
that is not protected by TLS, and shows people to the read-only account alone.
"""

import dataclasses
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from demo.directories.cast import ssha
from demo.directories.ldif import WrongLdif
from demo.directories.private_files import write_private

UNPACKED = "slapd"  # folder of the state directory that holds an unpacked package
SCHEMAS = ("core", "cosine", "inetorgperson", "nis")
INDICES = ("objectClass", "entryUUID", "uid", "mail", "employeeNumber", "cn", "member", "memberUid")
APPARMOR_PROFILE = Path("/etc/apparmor.d/usr.sbin.slapd")
# Runs without these: what it needs from them is on every Debian, or it is only for the installer's questions.
NOT_NEEDED = re.compile(r"^(perl|perl-modules.*|psmisc|adduser|debconf.*|passwd)$")
_PREFIXES = ("", "/usr/local", "/opt/homebrew/opt/openldap", "/usr/local/opt/openldap", "/opt/local")


class NoSlapd(Exception):
    """slapd could not be had; the text says what was tried."""


@dataclass(frozen=True, slots=True)
class Program:
    """Where slapd and what it loads are. `modules` is None where the back ends are built in."""

    slapd: Path
    schema: Path
    modules: Path | None
    environment: dict[str, str]

    def tool(self, name: str) -> tuple[str, ...]:
        """slapadd and its kin are slapd by another first argument: `slapd -Ttool`."""
        return (str(self.slapd), f"-T{name}")


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one running directory."""

    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "slapd.conf"

    @property
    def database(self) -> Path:
        return self.folder / "db"


def find(state_dir: Path) -> Program | None:
    """slapd on this machine, or unpacked under `state_dir` before."""
    roots = [Path(prefix or "/") for prefix in _PREFIXES]
    on_path = shutil.which("slapd")
    places = [(Path(on_path), Path("/"))] if on_path else []
    places += [(root / part, root) for root in roots for part in ("usr/sbin/slapd", "sbin/slapd", "libexec/slapd")]
    unpacked = state_dir / UNPACKED
    places.append((unpacked / "usr/sbin/slapd", unpacked))
    for program, root in places:
        schema = _first(root / part for part in ("etc/ldap/schema", "etc/openldap/schema", "usr/share/slapd/schema"))
        if os.access(program, os.X_OK) and schema and (schema / "core.schema").is_file():
            modules = _first(root / part for part in ("usr/lib/ldap", "usr/lib/openldap", "usr/lib64/openldap"))
            return Program(program, schema, modules, _library_path(root))
    return None


def obtain(state_dir: Path) -> Program:
    """slapd, installed (as root) or unpacked (without) from Debian's package when it is missing.

    Raises:
        NoSlapd: not a Debian, no network, or the package did not run.
    """
    if found := find(state_dir):
        return _unconfined(found, state_dir)
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise NoSlapd("slapd is not installed, and this is not a Debian: install OpenLDAP's server yourself")
    try:
        if os.geteuid() == 0:
            print("slapd is missing: installing Debian's package", flush=True)
            _install()
        else:
            print(f"slapd is missing: unpacking Debian's package under {state_dir / UNPACKED}", flush=True)
            _unpack(state_dir)
    except (OSError, subprocess.SubprocessError) as error:
        raise NoSlapd(f"Debian's slapd package could not be unpacked ({_last_words(error)})") from error
    found = find(state_dir)
    if found is None or not _runs(found):
        raise NoSlapd("the unpacked slapd does not run on this machine: install the package slapd")
    return _unconfined(found, state_dir)


def configure(
    program: Program,
    layout: Layout,
    suffix: str,
    account_dn: str,
    admin_password: str,
    ca: Path,
    tls: tuple[Path, Path],
) -> None:
    """Write slapd.conf.

    Args:
        suffix: the directory's root; `cn=admin` under it may change everything, `account_dn` may read.
        tls: (certificate, key).
    """
    layout.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    layout.database.mkdir(exist_ok=True, mode=0o700)
    lines = [f"include {program.schema / name}.schema" for name in SCHEMAS]
    if program.modules:
        lines += [f"modulepath {program.modules}", "moduleload back_mdb", "moduleload ppolicy", "moduleload memberof"]
    lines += [
        f"pidfile {layout.folder / 'slapd.pid'}",
        "loglevel none",
        "threads 8",
        "sizelimit 500",
        f"TLSCACertificateFile {ca}",
        f"TLSCertificateFile {tls[0]}",
        f"TLSCertificateKeyFile {tls[1]}",
        "TLSVerifyClient never",
        "security ssf=112",
        "disallow bind_anon",
        "database mdb",
        "maxsize 67108864",
        f'suffix "{suffix}"',
        f'rootdn "cn=admin,{suffix}"',
        f"rootpw {ssha(admin_password, 'admin')}",
        f"directory {layout.database}",
        *(f"index {name} eq" for name in INDICES),
        "dbnosync",
        f'limits dn.exact="{account_dn}" size=unlimited',
        "overlay memberof",
        "memberof-refint TRUE",
        "overlay ppolicy",
        f'ppolicy_default "cn=default,ou=policies,{suffix}"',
        "access to attrs=userPassword by anonymous auth by * none",
        f'access to * by dn.exact="{account_dn}" read by * none',
    ]
    write_private(layout.configuration, "\n".join(lines) + "\n")


def load(program: Program, layout: Layout, ldif: Path, told_as: Path) -> None:
    """Fill an empty database from an LDIF.

    Raises:
        WrongLdif: slapd refused it; with the line that it names, and the file as its owner knows it.
    """
    shutil.rmtree(layout.database, ignore_errors=True)
    layout.database.mkdir(mode=0o700)
    command = (*program.tool("add"), "-q", "-f", str(layout.configuration), "-l", str(ldif))
    done = subprocess.run(
        command, env={**os.environ, **program.environment}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        found = re.search(r"\(line=(\d+)\)", done.stderr)
        told = " ".join(line.strip() for line in done.stderr.splitlines() if line.strip())
        raise WrongLdif(told_as, int(found[1]) if found else 1, told, "correct the entry that begins there")


def command(program: Program, layout: Layout, ldap_port: int, ldaps_port: int) -> tuple[str, ...]:
    """The command that runs it in the foreground, without a log of its own."""
    listeners = f"ldap://127.0.0.1:{ldap_port}/ ldaps://127.0.0.1:{ldaps_port}/"
    return (str(program.slapd), "-d", "0", "-f", str(layout.configuration), "-h", listeners)


def _install() -> None:
    """Install the package. RUNLEVEL=1: its own server, which nobody asked for, is not started (invoke-rc.d(8))."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = ("apt-get", "-qq", "-y", "--no-install-recommends", "install", "slapd")
    if subprocess.run(command, env=environment, capture_output=True, check=False, timeout=300).returncode != 0:
        subprocess.run(("apt-get", "-qq", "update"), capture_output=True, text=True, check=True, timeout=120)
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300)


def _unpack(state_dir: Path) -> None:
    """Download slapd and the libraries that this machine lacks, and unpack them under the state directory: no root."""
    target = state_dir / UNPACKED
    packages = target / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    plan = ("apt-get", "-s", "--no-install-recommends", "install", "slapd")
    printed = subprocess.run(plan, capture_output=True, text=True, check=True, timeout=60).stdout
    names = [line.split()[1] for line in printed.splitlines() if line.startswith("Inst ")]
    wanted = [name for name in names if not NOT_NEEDED.match(name)]
    download = ("apt-get", "-q", "download", *wanted)
    subprocess.run(download, cwd=packages, capture_output=True, text=True, check=True, timeout=300)
    for package in sorted(packages.glob("*.deb")):
        subprocess.run(("dpkg", "-x", str(package), str(target)), capture_output=True, check=True, timeout=60)


def _unconfined(program: Program, state_dir: Path) -> Program:
    """A copy to run where the system's AppArmor profile would let slapd read its own directories only (Ubuntu).

    The profile is tied to the path /usr/sbin/slapd and guards the system's directory, which this one is not.
    """
    if not (APPARMOR_PROFILE.is_file() and program.slapd == Path("/usr/sbin/slapd")):
        return program
    copy = state_dir / UNPACKED / "copy" / "slapd"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(program.slapd, copy)
    return dataclasses.replace(program, slapd=copy)


def _runs(program: Program) -> bool:
    environment = {**os.environ, **program.environment}
    done = subprocess.run((str(program.slapd), "-VV"), env=environment, capture_output=True, check=False, timeout=10)
    return b"slapd" in done.stderr + done.stdout


def _library_path(root: Path) -> dict[str, str]:
    if root == Path("/"):
        return {}
    folders = [root / "usr/lib", *(root / "usr/lib").glob("*-linux-gnu*"), *(root / "lib").glob("*-linux-gnu*")]
    return {"LD_LIBRARY_PATH": ":".join(str(folder) for folder in folders if folder.is_dir())}


def _first(paths: Iterable[Path]) -> Path | None:
    return next((path for path in paths if path.is_dir()), None)


def _last_words(error: Exception) -> str:
    said = getattr(error, "stderr", None)
    text = said.decode(errors="replace") if isinstance(said, bytes) else said or str(error)
    return text.strip().splitlines()[-1] if text.strip() else type(error).__name__
