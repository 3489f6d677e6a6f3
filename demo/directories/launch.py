"""Bring up one department's directory: slapd where it can be had, otherwise a directory in Python, on the same LDIF.

The state directory holds everything: certificates, passwords (0600), LDIF, database. What was changed in a directory
stays changed at the next start; it is loaded anew only when the cast or a given LDIF is another one.
"""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo.directories import ca, slapd
from demo.directories.cast import Cast, load, ssha, to_ldif
from demo.directories.ldif import read
from demo.directories.prepared import Kind, Prepared, remember
from demo.directories.private_files import secret_in, write_private

__all__ = ["Kind", "Prepared", "Running", "prepare_directory", "start_directory", "write_department"]
PREFERRED_PORTS = {"mof": (3890, 6360), "moe": (3891, 6361)}


@dataclass(frozen=True, slots=True)
class Running:
    """A directory that runs. `stop()` ends it; whoever started it may as well end `process`."""

    prepared: Prepared
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def kind(self) -> Kind:
        return self.prepared.kind

    @property
    def url(self) -> str:
        return self.prepared.url

    @property
    def ca_file(self) -> Path:
        return self.prepared.ca_file

    def stop(self) -> None:
        """Ask it to end, then make it; returns when it has."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def prepare_directory(
    department: str,
    state_dir: Path,
    *,
    ldif: Path | None = None,
    kind: Kind | None = None,
    host: str = "localhost",
    ports: tuple[int, int] | None = None,
) -> Prepared:
    """Write everything that one department's directory needs.

    Args:
        department: `mof` or `moe`.
        ldif: loaded instead of the cast; may say `@ACCOUNT_PASSWORD@` where the read-only account's hash belongs.
        kind: force slapd or ldaptor; None: slapd where it can be had.
        host: the name in the server's certificate.
        ports: (ldap, ldaps); None: the usual ones when they are free.
    Raises:
        WrongLdif: named with file, line and fix.
        slapd.NoSlapd: slapd was forced and cannot be had.
        OSError: a port that was named is taken.
    """
    cast, now = load(department), datetime.now(UTC)
    folder = state_dir / "directories" / department
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ca_folder = state_dir / "directories" / "ca"
    certificate = ca.server_certificate(
        ca_folder, department if host == "localhost" else f"{department}-{host}", now, host
    )
    account_file, admin_file = secret_in(folder / "account.password"), secret_in(folder / "admin.password")
    source = _source(cast, folder, account_file.read_text(), ldif)
    ldap_port, ldaps_port = _require_free(ports) if ports else _ports(department)
    program = _program(state_dir, kind)
    starttls = program is not None and cast.shape == "uid"
    command, environment = (
        _slapd(
            program,
            folder,
            cast,
            (source, ldif or source),
            admin_file.read_text(),
            certificate,
            (ldap_port, ldaps_port),
        )
        if program
        else _ldaptor(folder, cast, source, admin_file, certificate, ldaps_port)
    )
    ldap_url, ldaps_url = f"ldap://127.0.0.1:{ldap_port}", f"ldaps://127.0.0.1:{ldaps_port}"
    prepared = Prepared(
        department=department,
        kind="slapd" if program else "ldaptor",
        command=command,
        environment=environment,
        url=ldap_url if starttls else ldaps_url,
        starttls=starttls,
        ldap_url=ldap_url,
        ldaps_url=ldaps_url,
        ca_file=ca_folder / "ca.pem",
        account_dn=cast.account_dn,
        account_password_file=account_file,
        admin_dn=f"cn=admin,{cast.suffix}",
        admin_password_file=admin_file,
    )
    remember(prepared, state_dir)
    return prepared


def start_directory(
    department: str,
    state_dir: Path,
    *,
    ldif: Path | None = None,
    kind: Kind | None = None,
    host: str = "localhost",
    ports: tuple[int, int] | None = None,
    start_new_session: bool = False,
    patience: timedelta = timedelta(seconds=10),
) -> Running:
    """Prepare a directory, run it, and return when it accepts connections. See `prepare_directory`.

    Raises:
        RuntimeError: it ended, or was not ready in time; with its last words.
    """
    prepared = prepare_directory(department, state_dir, ldif=ldif, kind=kind, host=host, ports=ports)
    log = state_dir / "directories" / department / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            prepared.command,
            env={**os.environ, **prepared.environment},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=start_new_session,
        )
    running = Running(prepared, process)
    until = time.monotonic() + patience.total_seconds()
    while not prepared.ready():
        if process.poll() is not None or time.monotonic() > until:
            running.stop()
            raise RuntimeError(f"the directory {department} did not start: {log.read_text(errors='replace')[-500:]}")
        time.sleep(0.01)
    return running


def write_department(source: Path, prepared: Prepared, target: Path) -> None:
    """Write a department's TOML with the addresses and files of its running directory in place of the written ones.

    Its crest comes to stand beside it.
    """
    values = {
        "urls": f'["{prepared.url}"]',
        "starttls": str(prepared.starttls).lower(),
        "ca_file": f'"{prepared.ca_file.resolve()}"',
        "bind_password_file": f'"{prepared.account_password_file.resolve()}"',
    }
    text = source.read_text(encoding="utf-8")
    for key, value in values.items():
        parts = re.split(rf"(?m)^{key} = .*$", text)
        text = f"{key} = {value}".join(parts)
        if (count := len(parts) - 1) != 1:
            raise ValueError(f"{source}: {key} must stand there once, stands {count} times")
    target.parent.mkdir(parents=True, exist_ok=True)
    if crest := tomllib.loads(text).get("crest"):
        shutil.copyfile(source.parent / crest, target.parent / crest)
    target.write_text(text, encoding="utf-8")


def _program(state_dir: Path, kind: Kind | None) -> slapd.Program | None:
    if kind == "ldaptor":
        return None
    try:
        return slapd.obtain(state_dir)
    except slapd.NoSlapd:
        if kind == "slapd":
            raise
        return None


def _source(cast: Cast, folder: Path, account_password: str, ldif: Path | None) -> Path:
    """The LDIF to load, checked; the caller's own is copied so that its secrets' place can be filled."""
    source = folder / "people.ldif"
    if ldif is not None:
        read(ldif)  # told by the name that the caller knows
    filled = ssha(account_password, cast.account_dn)
    text = to_ldif(cast, account_password) if ldif is None else ldif.read_text().replace("@ACCOUNT_PASSWORD@", filled)
    write_private(source, text)
    read(source)
    return source


def _slapd(
    program: slapd.Program,
    folder: Path,
    cast: Cast,
    sources: tuple[Path, Path],
    admin_password: str,
    certificate: tuple[Path, Path],
    ports: tuple[int, int],
) -> tuple[tuple[str, ...], dict[str, str]]:
    source, told_as = sources
    layout = slapd.Layout(folder / "slapd")
    ca_file = certificate[0].parent / "ca.pem"
    slapd.configure(program, layout, cast.suffix, cast.account_dn, admin_password, ca_file, certificate)
    loaded, digest = folder / "loaded", hashlib.sha256(source.read_bytes()).hexdigest()
    if not (loaded.is_file() and loaded.read_text() == digest and layout.database.is_dir()):
        loaded.unlink(missing_ok=True)
        slapd.load(program, layout, source, told_as)
        loaded.write_text(digest)
    return slapd.command(program, layout, *ports), program.environment


def _ldaptor(
    folder: Path, cast: Cast, source: Path, admin_file: Path, certificate: tuple[Path, Path], port: int
) -> tuple[tuple[str, ...], dict[str, str]]:
    kept = folder / "ldaptor.ldif"
    seed = folder / "ldaptor.seed"
    if not (kept.is_file() and seed.is_file() and seed.read_bytes() == source.read_bytes()):
        shutil.copyfile(source, kept)
        shutil.copyfile(source, seed)
    for path in (kept, seed):
        path.chmod(0o600)
    root = Path(__file__).parents[2]
    options = {
        "--ldif": kept,
        "--suffix": cast.suffix,
        "--reader": cast.account_dn,
        "--admin-password-file": admin_file,
        "--certificate": certificate[0],
        "--key": certificate[1],
        "--port": port,
    }
    words = [str(word) for pair in options.items() for word in pair]
    return (sys.executable, "-m", "demo.directories.ldaptor_server", *words), {"PYTHONPATH": str(root)}


def _ports(department: str) -> tuple[int, int]:
    first, second = PREFERRED_PORTS.get(department, (0, 0))
    return _free(first), _free(second)


def _require_free(ports: tuple[int, int]) -> tuple[int, int]:
    for port in ports:
        if _free(port) != port:
            raise OSError(f"port {port} of 127.0.0.1 is taken: end what listens there, or name another")
    return ports


def _free(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")
