"""The real demonstration for tests: two directories, the server with its Valkey, its proxy, two applications.

What it is for: browser stories and interoperability. It runs what `make run` runs, in a folder of its own and on ports
that nobody listens at, so that several may run at once and none meets one that somebody started by hand.
What it does not do: pretend. Nothing in it is a fake; only the place differs.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from demo import control, doors, furnish, journey, run
from demo.directories import cast, launch
from demo.directories.cast import Actor
from demo.doors import Doors
from demo.processes import TETHER

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = timedelta(seconds=90)
LAST_LINE = "make reset forgets everything"  # of the sign that the demonstration prints when all is up


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A running demonstration: where it is, who lives there, what can happen to it."""

    state_dir: Path
    doors: Doors

    def person(self, uid: str) -> Actor:
        """One of the cast, by the short name."""
        everybody = [actor for department in cast.DEPARTMENTS for actor in cast.load(department).people]
        return next(actor for actor in everybody if actor.uid == uid)

    def enrolment_code(self, actor: Actor) -> str:
        """A new one-time code, as the help desk would give it."""
        return str(self.ask("person", "enrol-code", actor.mail)["code"])

    def ask(self, *words: str) -> Any:
        """One verb of the command line, `gerege WORDS --json`, and its answer."""
        config = str(self.state_dir / "gerege.toml")
        command = (sys.executable, "-m", "idp.cli", *words, "--config", config, "--json")
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, f"gerege {' '.join(words)}: {answer.stdout}{answer.stderr}"
        return json.loads(answer.stdout)

    def administrator(self, kind: str) -> tuple[Actor, str]:
        """An administrator (system, security or audit) and the enrolment code: the sign shows their secrets once."""
        sign = (self.state_dir / "demonstration.log").read_text()
        found = re.search(rf"(\S+) / (\S+) +{kind} administrator\b.* code (\S+)", sign)
        assert found, f"no {kind} administrator on the sign:\n{sign}"
        mail, password, code = found.groups()
        return Actor(mail.partition("@")[0], "", "", mail, "", "", (), password, False), code

    def travel(self, actor: Actor, country: str) -> None:
        """From now on this person's requests come from that country; `home` brings them back."""
        journey.go(self.state_dir, actor.uid, country)

    @contextmanager
    def without(self, part: str) -> Iterator[None]:
        """A part is stopped for a while, a directory for instance."""
        control.stop_part(self.state_dir, part)
        try:
            yield
        finally:
            control.start_missing(self.state_dir, part)

    def secret(self, client_id: str) -> str:
        """The secret of one of the applications."""
        return furnish.secret_file(self.state_dir, f"{client_id}.client").read_text().strip()

    def log(self, part: str) -> str:
        """What a part printed."""
        return (self.state_dir / "log" / f"{part}.log").read_text(errors="replace")


@contextmanager
def demonstration(**environment: str) -> Iterator[Demonstration]:
    """Start one, and leave nothing of it behind. `environment`: settings of the server laid over its own."""
    state_dir = Path(tempfile.mkdtemp(prefix="gerege-"))  # short: a unix socket's path has 108 octets
    output = state_dir / "demonstration.log"
    command = (sys.executable, "-m", "tests.support.demonstration", str(state_dir))
    with output.open("wb") as sink:
        process = subprocess.Popen(
            (sys.executable, "-E", str(TETHER), str(os.getpid()), *command),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
    try:
        _await_sign(process, output)
        yield Demonstration(state_dir, Doors(**json.loads((state_dir / "ports.json").read_text())))
    finally:
        _end(process)
        control.forget(state_dir)
        shutil.rmtree(state_dir, ignore_errors=True)


def _await_sign(process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + PATIENCE.total_seconds()
    while LAST_LINE not in output.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > until:
            raise AssertionError(f"the demonstration did not start: {output.read_text(errors='replace')[-4000:]}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_doors(path: Path) -> tuple[Doors, list[str]]:
    """In place of the documents' ports, which belong to whoever typed `make run`."""
    chosen: set[int] = set()
    while len(chosen) < len(fields(Doors)):
        chosen.add(doors.any_free(chosen))
    made = Doors(*chosen)
    path.write_text(json.dumps(asdict(made)))
    return made, []


def _main(state_dir: Path) -> int:
    doors.choose = _free_doors
    launch.PREFERRED_PORTS.clear()
    return run.main(state_dir)


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
