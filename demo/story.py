"""`make demo`: what Gerege does for two people, told against the running demonstration in about a minute.

Real HTTP, a software passkey, the product's own command line for what administrators do, and LDAP for what a
directory's administrator does. Each fact is looked at, not assumed. If nothing runs, a demonstration is started for
the story and stopped after it. Exit status 0 only if all of it held.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from demo import control, story_abroad, story_education, story_endings, story_finance, strays
from demo.browser import Unexpected
from demo.command_line import Refused
from demo.directories.edit import NotChanged
from demo.story_begin import set_back
from demo.story_house import House
from demo.story_people import Someone
from demo.story_told import Told
from idp.errors import IdpError

ROOT = Path(__file__).resolve().parent.parent
CAST: dict[str, tuple[str, ...]] = {"mof": ("alice",), "moe": ("wang.wei",)}
FRONT = {"gerege", "proxy", "payroll", "docs"}
PATIENCE_SECONDS = 120.0
ENDING_SECONDS = 30.0
RUNS_INTO = (Refused, Unexpected, NotChanged, control.NotRunning, IdpError)


def main(state_dir: Path) -> int:
    """Tell the story. Returns the exit status."""
    told = Told()
    with running(state_dir, told):
        house = House.at(state_dir, told)
        try:
            return tell(house)
        finally:
            house.close()


def tell(house: House) -> int:
    """The chapters, in the order in which they build on each other."""
    told = house.told
    with told.chapter("0", "The cast is set back: no factors, no sessions, at home", *RUNS_INTO):
        set_back(house, CAST)
        house.tells_tokens()
    alice, wang = Someone.of(house, "mof", "alice"), Someone.of(house, "moe", "wang.wei")
    chapters: tuple[tuple[str, str, Callable[[], None]], ...] = (
        ("1", "Alice of Finance opens Payroll, then Docs", lambda: story_finance.first_day(alice)),
        ("2", "Payroll asks her for a passkey, and says why", lambda: story_finance.passkey(alice)),
        ("3", "Wang Wei of Education may read the payroll and approve nothing", lambda: story_education.roles(wang)),
        ("4", "A sign-in from another country, and a stranger who guesses", lambda: story_abroad.abroad(alice)),
        ("5", "Education's directory stops", lambda: story_education.outage(wang, alice)),
        ("6", "The end of a session, and the end of a post", lambda: story_endings.endings(alice)),
        ("7", "The log of it all is whole", lambda: story_endings.evidence(house)),
    )
    for number, title, act in chapters:
        with told.chapter(number, title, *RUNS_INTO):
            act()
    with told.chapter("·", "Everybody is left as they are needed", *RUNS_INTO):
        story_endings.leave_usable(house)
    return told.end("The story")


@contextmanager
def running(state_dir: Path, told: Told) -> Iterator[None]:
    """The demonstration that runs from this state directory, or one that is started for the story.

    Raises:
        demo.control.NotRunning: it did not start; with its last words.
    """
    if control.holder(state_dir) is not None:
        _await(state_dir, None, state_dir / "log")
        yield
        return
    told.says("No demonstration is running: one is started for this.")
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = state_dir / "story-run.log"
    with log.open("wb") as sink:
        command = (sys.executable, "-m", "demo", "--state", str(state_dir), "run")
        child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
    try:
        _await(state_dir, child, log)
        yield
    finally:
        child.terminate()
        try:
            child.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            strays.end([child.pid])


def _await(state_dir: Path, child: subprocess.Popen[bytes] | None, log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not strays.remembered(state_dir, ready=True).keys() >= FRONT:
        if time.monotonic() > until or (child is not None and child.poll() is not None):
            said = log.read_text(errors="replace")[-2000:] if log.is_file() else ""
            raise control.NotRunning(f"The demonstration did not start; see {log}. {said}")
        time.sleep(0.1)
