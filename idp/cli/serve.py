"""`gerege serve`: prepares the house, starts the embedded store and one worker for each core, and watches over them.

The supervisor holds no connection while it forks. Workers die with it, however it dies. Spec: none; granian's WSGI.
"""

import ctypes
import gc
import http.client
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from config.load import SettingsError, production_problems
from config.settings import Settings
from idp.app import create_app
from idp.background import Background
from idp.cli.forks import Forks
from idp.cli.prepare import address_of, certification_problems, demonstration_problems, prepare, socket_of
from idp.cli.store import KeptStore
from idp.cli.terminal import EXIT_CODES, UNAVAILABLE, Terminal, WrongInput, house, verb

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

BACKLOG = 8192
BACKPRESSURE = 65536
"""Far above the admission limit: the door answers whoever is too many, not a queue that nobody sees."""
HEAD_OCTETS = 131_072
"""Of a request's head at most: twice what an address may have."""
PR_SET_PDEATHSIG = 1
STOPPING_SECONDS = {"production": 10, "demonstration": 3}
"""How long a worker may finish what it has begun."""
PATIENCE_SECONDS = 60.0
BEAT_SECONDS = 0.03
LONGEST_SOCKET_PATH = 100


@click.command(epilog=EXIT_CODES)
@click.option("--workers", type=click.IntRange(0), help="Processes; 0 is one for each core. Overrides the settings.")
@verb
def serve(terminal: Terminal, workers: int | None) -> None:
    """Serve until SIGTERM or Ctrl-C; prints `ready …` when the first request would be answered."""
    settings = checked(terminal.settings())
    signal.signal(signal.SIGTERM, _interrupt)
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings.stores.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    store, forks = None, Forks()
    try:
        if settings.stores.brief == "embedded":
            store = KeptStore(settings.stores.state_dir, forks)
        idp = house(settings)
        try:
            prepare(idp)
            if problems := certification_problems(idp):
                raise SettingsError(problems)
        finally:
            idp.ports.close()
        _serve(terminal, settings, workers if workers is not None else settings.server.workers, forks)
    except KeyboardInterrupt:
        pass
    finally:
        if store is not None:
            store.stop()


def checked(settings: Settings) -> Settings:
    """Settings that may be served. Raises SettingsError with everything that stands in the way, each with its fix."""
    if problems := production_problems(settings) + demonstration_problems(settings):
        raise SettingsError(problems)
    path = socket_of(settings.server.listen)
    if path is not None and len(os.fsencode(path.absolute())) > LONGEST_SOCKET_PATH:
        raise SettingsError([f"server.listen: {path} is too long for a unix socket ({LONGEST_SOCKET_PATH} bytes)"])
    return settings


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _serve(terminal: Terminal, settings: Settings, workers: int, forks: Forks) -> None:
    workers = workers or os.cpu_count() or 1
    server = _server(settings, workers)
    threading.Thread(target=_announce, args=(terminal, settings, forks, workers), daemon=True).start()
    supervisor = os.getpid()
    try:
        server.serve(target_loader=lambda: _worker(settings, supervisor), wrap_loader=False)
    except SystemExit as ended:
        # A terminal's Ctrl-C reaches workers too, and granian counts those as failed: asked for is not failed.
        if ended.code and not server.interrupt_signal:
            terminal.fail(UNAVAILABLE, "a worker cannot be kept running; its last words are above", "worker")


def _server(settings: Settings, workers: int) -> Any:
    path = socket_of(settings.server.listen)
    where: dict[str, Any]
    if path is not None:
        _make_room(path)
        where = {"uds": path, "uds_permissions": 0o600}
    else:
        host, port = _free(settings.server.listen)
        where = {"address": host, "port": port}
    return Server(
        "idp.app:application",
        **where,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=settings.server.threads,
        backlog=BACKLOG,
        backpressure=BACKPRESSURE,
        websockets=False,
        http=HTTPModes.http1,  # all that a proxy speaks to us; many requests in one connection would pass our bounds
        http1_settings=HTTP1Settings(max_buffer_size=HEAD_OCTETS),
        respawn_failed_workers=True,
        workers_kill_timeout=STOPPING_SECONDS[settings.mode],
        log_level=LogLevels.error,
    )


def _make_room(path: Path) -> None:
    """A folder that only we may enter, and no socket of an earlier life. Raises WrongInput: somebody answers there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.is_socket():
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise WrongInput(f"server.listen: another server answers at {path}; stop it first")
        path.unlink()


def _free(listen: str) -> tuple[str, int]:
    """Raises WrongInput: the port is taken, which granian's workers would only say one by one."""
    try:
        host, port = address_of(listen)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except ValueError as error:
        raise WrongInput(str(error)) from error
    except OSError as error:
        raise WrongInput(
            f"server.listen: {listen} cannot be had: {error.strerror}; stop what holds it, or take another"
        ) from error
    return host, port


def _worker(settings: Settings, supervisor: int) -> "WSGIApplication":
    """What each forked worker runs: connections, background work and the application are made after the fork."""
    die_with(supervisor)
    # Until granian hears signals here, a worker that is still being made may simply be ended.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    idp = house(settings)
    Background(idp).start()
    application = create_app(idp)
    # What stands now stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    return application


def die_with(parent: int) -> None:
    """End this process when its parent does, even by SIGKILL. Linux only; elsewhere the parent's signal must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def _announce(terminal: Terminal, settings: Settings, forks: Forks, workers: int) -> None:
    """One line, when all workers were forked and /healthz answers."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        time.sleep(BEAT_SECONDS)
        if forks.made < workers:
            continue
        with forks.still:
            if answers(settings, "/healthz"):
                facts = {"ready": True, "issuer": settings.server.issuer, "listen": settings.server.listen}
                terminal.say(f"ready {settings.server.issuer} on {settings.server.listen}", facts)
                sys.stdout.flush()
                return


def answers(settings: Settings, path: str) -> bool:
    """Whether the server says 200 there."""
    connection = _connection(settings.server.listen)
    with suppress(OSError, http.client.HTTPException):
        try:
            connection.request("GET", path, headers={"Host": urlsplit(settings.server.issuer).netloc})
            return connection.getresponse().status == http.client.OK
        finally:
            connection.close()
    return False


def _connection(listen: str) -> http.client.HTTPConnection:
    path = socket_of(listen)
    if path is None:
        host, port = address_of(listen)
        return http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=2)  # noqa: S104
    connection = http.client.HTTPConnection("localhost", timeout=2)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(2)
    connect: Callable[[str], None] = connection.sock.connect
    with suppress(OSError):
        connect(str(path))
    return connection
