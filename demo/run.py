"""`make run`: two directories, the identity provider, its proxy and two applications, until Ctrl-C.

Each start prepares the directories, writes the settings, and runs one table of processes (`demo/processes.py`). The
death of an essential part ends the whole and says why; a directory may be missing, as in real life.
"""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import FrameType

from demo import control, doors, furnish, settings
from demo.control import Busy
from demo.directories.launch import prepare_directory, write_department
from demo.directories.prepared import Prepared
from demo.doors import Doors
from demo.processes import Crew, Died, Process, says
from demo.sign import sign

ROOT = Path(__file__).resolve().parent.parent
DEPARTMENTS = ("mof", "moe")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BEAT = 0.2  # seconds between two looks at the crew
LONGEST_SOCKET_PATH = 100  # sun_path of unix(7) holds 108 octets with the terminator


def main(state_dir: Path) -> int:
    """Run the demonstration until it is told to stop. Returns the exit status."""
    began = time.monotonic()
    if len(os.fsencode(settings.server_socket(state_dir))) > LONGEST_SOCKET_PATH:
        print(f"The path of {state_dir} is too long for a unix socket: move the checkout to a shorter one.")
        return 1
    return live(state_dir, lambda: _run(state_dir, began))


def live(state_dir: Path, body: Callable[[], None]) -> int:
    """Hold the state directory while `body` runs. Returns 0 when a signal ended it, 1 when it could not go on."""
    _on_signals()
    try:
        with control.held(state_dir):
            body()
    except (Busy, Died, OSError) as stopped:
        print(f"\nStopped: {stopped}", flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    return 0


def _run(state_dir: Path, began: float) -> None:
    chosen, remarks = doors.choose(state_dir / "ports.json")
    prepared = {name: prepare_directory(name, state_dir) for name in DEPARTMENTS}
    write_departments(state_dir, prepared)
    (state_dir / "gerege.toml").write_text(settings.toml(state_dir, chosen), encoding="utf-8")
    furnish.secrets(state_dir)
    directories = tuple(directory(name, each) for name, each in prepared.items())
    with Crew(state_dir) as crew:
        crew.start(*directories, server(state_dir))
        people = furnish.furnish(state_dir, chosen)
        crew.start(*front(state_dir, chosen))
        remarks += [f"{name} is kept by {each.kind} at {each.url}." for name, each in prepared.items()]
        print(sign(chosen, people, time.monotonic() - began, tuple(remarks)), flush=True)
        watch(crew, {part.name: part for part in directories})


def write_departments(state_dir: Path, prepared: dict[str, Prepared]) -> None:
    """Write each department's file for the server, those with a directory at its address of now."""
    target = state_dir / "departments"
    target.mkdir(exist_ok=True)
    for source in sorted((ROOT / "demo" / "departments").glob("*.toml")):
        if source.stem in prepared:
            write_department(source, prepared[source.stem], target / source.name)
        else:
            shutil.copyfile(source, target / source.name)


def directory(name: str, prepared: Prepared) -> Process:
    """One department's directory. The demonstration goes on without it, and says so."""
    return Process(
        name=name,
        command=prepared.command,
        environment=prepared.environment,
        ready=lambda _: prepared.ready(),
        essential=False,
    )


def server(state_dir: Path) -> Process:
    """The identity provider, with its embedded Valkey and its workers."""
    command = (sys.executable, "-m", "idp.cli", "serve", "--config", str(state_dir / "gerege.toml"))
    return Process("gerege", command, says("ready"), patience=timedelta(seconds=60))


def front(state_dir: Path, chosen: Doors) -> tuple[Process, ...]:
    """What browsers reach: the proxy, the two applications, and the mailbox."""
    socket = settings.server_socket(state_dir)
    where = ("--port", str(chosen.gerege), "--socket", str(socket), "--state", str(state_dir))
    proxy = Process("proxy", (sys.executable, "-m", "demo.proxy", *where), says("ready"))
    return (
        proxy,
        *(application(app, state_dir, chosen) for app in furnish.applications(chosen)),
        mailbox(state_dir, chosen),
    )


def mailbox(state_dir: Path, chosen: Doors) -> Process:
    """The page that shows the letters of this demonstration."""
    where = ("--port", str(chosen.mail), "--folder", str(state_dir / "mail"), "--issuer", chosen.issuer)
    return Process("mail", (sys.executable, "-m", "demo.mailbox", *where), says("ready"))


def application(app: furnish.Application, state_dir: Path, chosen: Doors) -> Process:
    """One of the example applications."""
    environment = {
        "ISSUER": chosen.issuer,
        "CLIENT_ID": app.client_id,
        "CLIENT_SECRET_FILE": str(furnish.secret_file(state_dir, f"{app.client_id}.client")),
        "SECRET_KEY_FILE": str(furnish.secret_file(state_dir, f"{app.client_id}.session")),
        "BASE_URL": app.url,
        "AUDIENCE": app.audience,
        "PORT": str(app.port),
    }
    return Process(app.client_id, (sys.executable, "-m", app.module), _answers(app.port), environment)


def watch(crew: Crew, optional: dict[str, Process]) -> None:
    """Look after the crew until a signal ends it. Raises Died when an essential part did."""
    again = threading.Event()
    signal.signal(control.AGAIN, lambda *_: again.set())
    while True:
        wanted = again.is_set()  # asked before looking, so that a death before the wish is seen
        again.clear()
        for name in crew.missing():
            print(f"  {name}'s directory has stopped; everything else goes on.", flush=True)
        if wanted:
            absent = [part for name, part in optional.items() if name not in crew.pids()]
            crew.start(*absent)
            for part in absent:
                print(f"  {part.name}'s directory is back.", flush=True)
        again.wait(BEAT)


def _answers(port: int) -> Callable[[str], bool]:
    return lambda _: doors.listens(port)


def _on_signals() -> None:
    """Let the first signal interrupt whatever is under way, and later ones wait for the end of it."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, stop)
