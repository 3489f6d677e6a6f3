"""A real Keycloak 26 for tests: Maven Central's distribution in Debian's Java 17, on loopback, gone after use.

    with keycloak(tmp_path) as server:
        admin = server.admin()              # python-keycloak, in the realm master
        export = server.export("revenue")   # `kc.sh export`, beside the running server

The distribution is kept, checked and built, beside the other downloads of tests; each run gets a copy of its own with a
database of its own. Nothing of it ships.
"""

import hashlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.needs import needs

VERSION = "26.4.7"
SHA256 = "dd9834c023460be856f731423d86228c23b5d002194a2064642bec0cc6573eaa"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gerege" / "keycloak"
ADMIN, PASSWORD = "operator", "Only-for-this-test-1"
DATABASE = "jdbc:h2:file:{folder}/h2/keycloakdb;NON_KEYWORDS=VALUE;AUTO_SERVER=TRUE"
STARTS_WITHIN = 120.0


@dataclass(slots=True)
class Keycloak:
    """One running server with its own home."""

    home: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def admin(self, realm: str = "master") -> Any:
        """python-keycloak's KeycloakAdmin, working in `realm`."""
        from keycloak import KeycloakAdmin, KeycloakOpenIDConnection

        line = KeycloakOpenIDConnection(
            server_url=f"{self.url}/", username=ADMIN, password=PASSWORD, realm_name=realm, user_realm_name="master"
        )
        return KeycloakAdmin(connection=line)

    def export(self, realm: str, users: str = "realm_file", per_file: int = 50) -> Path:
        """`kc.sh export`: a folder with the realm's file, and its people's where they stand apart.

        users: `realm_file`, `same_file`, `different_files` or `skip`.
        """
        folder = self.home / f"export-{realm}-{users}"
        files = ("--users-per-file", str(per_file)) if users == "different_files" else ()
        words = ("export", "--optimized", "--dir", str(folder), "--realm", realm, "--users", users, *files)
        done = subprocess.run(
            (self.home / "bin/kc.sh", *words, "--http-management-port", str(_free_port())),
            env=_environment(self.home),
            capture_output=True,
            text=True,
            check=False,
            timeout=STARTS_WITHIN,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return folder


@contextmanager
def keycloak(folder: Path) -> Iterator[Keycloak]:
    """A fresh server with the realm master and one administrator."""
    home = folder / "keycloak"
    shutil.copytree(_built(), home, symlinks=True)
    port, manage = _free_port(), _free_port()
    words: tuple[str, ...] = (
        "--http-host",
        "127.0.0.1",
        "--http-port",
        str(port),
        "--http-enabled",
        "true",
        "--hostname-strict",
        "false",
    )
    words += ("--http-management-port", str(manage), "--cache", "local")
    environment = _environment(home) | {
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
    }
    with (folder / "keycloak.log").open("wb") as log:
        process = subprocess.Popen(
            (home / "bin/kc.sh", "start", "--optimized", *words),
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        server = Keycloak(home, port, process)
        _wait(server, folder / "keycloak.log")
        yield server
    finally:
        _end(process)


def _built() -> Path:
    """The distribution, unpacked and built once for the development database. Skips, or fails with CI=true, offline."""
    target = CACHE / f"keycloak-{VERSION}"
    if not (target / "built").exists():
        shutil.rmtree(target, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(_downloaded()) as archive:
            archive.extractall(CACHE)
        script = target / "bin/kc.sh"
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        done = subprocess.run(
            (script, "build", "--db", "dev-file", "--health-enabled", "false"),
            env=_environment(target),
            capture_output=True,
            text=True,
            check=False,
            timeout=STARTS_WITHIN,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        (target / "built").touch()
    return target


def _downloaded() -> Path:
    kept = CACHE / f"keycloak-quarkus-dist-{VERSION}.zip"
    if not kept.exists():
        command = (
            needs("mvn", "maven"),
            "-q",
            "-B",
            "dependency:copy",
            f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip",
            f"-DoutputDirectory={CACHE}",
        )
        done = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            said = f"needs Keycloak (from Maven Central: {done.stdout.strip()[-300:]})"
            pytest.fail(said) if os.environ.get("CI") == "true" else pytest.skip(said)
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    assert digest == SHA256, f"{kept} is not the distribution that was pinned"
    return kept


def _environment(home: Path) -> dict[str, str]:
    java = Path(needs("java", "openjdk-17-jre-headless")).resolve().parents[1]
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "HOME")}
    heap = "-Xms64m -Xmx512m -Djava.net.preferIPv4Stack=true"
    return kept | {"JAVA_HOME": str(java), "JAVA_OPTS_KC_HEAP": heap, "KC_DB_URL": DATABASE.format(folder=home)}


def _wait(server: Keycloak, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        assert server.process.poll() is None, log.read_text(errors="replace")[-3000:]
        try:
            with urllib.request.urlopen(f"{server.url}/realms/master", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"Keycloak did not start: {log.read_text(errors='replace')[-3000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The script and the Java that it started: they are a group of their own."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        process.kill()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])
