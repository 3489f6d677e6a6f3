"""The crew on tiny real programs: started, watched, stopped, and nothing left whatever happens."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from demo import strays
from demo.processes import Crew, Died, Process, says

SLEEPER = "import time; print('ready', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)
GRANDPARENT = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], "
    "start_new_session=True); print('ready', flush=True); time.sleep(600)"
)
LAST_WORD = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print(time.monotonic_ns(), flush=True), sys.exit()))
print("ready", flush=True)
time.sleep(600)
"""
BOSS = """
import sys, time
from pathlib import Path
from demo.processes import Crew, Process, says
crew = Crew(Path(sys.argv[1]))
crew.start(*(Process(name, (sys.executable, "-c", code), says("ready")) for name, code in zip("abc", sys.argv[2:])))
print("up", flush=True)
time.sleep(600)
"""


def program(name: str, code: str, **more: object) -> Process:
    return Process(name, (sys.executable, "-c", code), says("ready"), **more)  # type: ignore[arg-type]


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    yield
    left = strays.strays(tmp_path)
    strays.end(left)
    assert left == []


def test_a_crew_starts_is_named_and_stops(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew:
        crew.start(program("one", SLEEPER), program("two", SLEEPER))
        assert strays.remembered(tmp_path, ready=True) == crew.pids()
        assert sorted(strays.strays(tmp_path)) == sorted(crew.pids().values())
        assert crew.missing() == []
        assert crew.log("one") == "ready\n"
    assert strays.remembered(tmp_path) == {}


def test_parts_stop_in_reverse_order(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew:
        crew.start(program("first", LAST_WORD), program("second", LAST_WORD))
    stopped = {name: int(crew.log(name).split()[1]) for name in ("first", "second")}
    assert stopped["second"] < stopped["first"]


def test_an_essential_death_is_told_with_its_last_words(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew:
        crew.start(
            program("server", "print('ready'); print('the disk is full'); raise SystemExit(3)"), program("x", SLEEPER)
        )
        assert until(lambda: os.waitid(os.P_PID, crew.pids()["server"], os.WEXITED | os.WNOWAIT) is not None)
        with pytest.raises(Died, match=r"server ended with status 3[\s\S]*the disk is full"):
            crew.missing()


def test_a_killed_part_says_by_which_signal(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew:
        crew.start(program("server", SLEEPER))
        os.kill(crew.pids()["server"], signal.SIGKILL)
        os.waitid(os.P_PID, crew.pids()["server"], os.WEXITED | os.WNOWAIT)
        with pytest.raises(Died, match="server was killed by SIGKILL"):
            crew.missing()


def test_a_part_that_may_be_missing_is_only_told_of(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew:
        crew.start(program("directory", SLEEPER, essential=False))
        os.kill(crew.pids()["directory"], signal.SIGKILL)
        os.waitid(os.P_PID, crew.pids()["directory"], os.WEXITED | os.WNOWAIT)
        assert crew.missing() == ["directory"]
        assert crew.missing() == []
        crew.start(program("directory", SLEEPER, essential=False))
        assert list(crew.pids()) == ["directory"]


def test_a_part_that_ends_before_it_is_ready_is_told(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew, pytest.raises(Died, match=r"broken ended with status 1[\s\S]*no such setting"):
        crew.start(program("broken", "raise SystemExit('no such setting')"))


def test_a_part_that_is_never_ready_is_told(tmp_path: Path) -> None:
    quiet = program("quiet", "import time; time.sleep(600)", patience=timedelta(seconds=0.3))
    with Crew(tmp_path) as crew, pytest.raises(Died, match=r"quiet was not ready after 0\.3 s"):
        crew.start(quiet)


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew, pytest.raises(Died, match="absent ended with status 1"):
        crew.start(Process("absent", ("/no/such/program",), says("ready")))


def test_who_will_not_stop_is_killed(tmp_path: Path) -> None:
    with Crew(tmp_path, grace=timedelta(seconds=0.2)) as crew:
        crew.start(program("stubborn", STUBBORN))
    assert strays.strays(tmp_path) == []


def test_detached_grandchildren_are_ended_too(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew:
        crew.start(program("grandparent", GRANDPARENT))
        assert until(lambda: len(strays.strays(tmp_path)) == 2)
    assert strays.strays(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ties children to parents on Linux only")
def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    boss = start_boss(tmp_path, SLEEPER, SLEEPER)
    boss.kill()
    boss.wait()
    assert until(lambda: strays.strays(tmp_path) == [])


def test_the_next_start_ends_what_a_killed_parent_left(tmp_path: Path) -> None:
    boss = start_boss(tmp_path, STUBBORN, GRANDPARENT)
    boss.kill()
    boss.wait()
    left = strays.strays(tmp_path)
    assert len(left) >= 2  # the one that ignores SIGTERM, and the detached grandchild
    strays.end(left, timedelta(seconds=0.3))
    assert strays.strays(tmp_path) == []


def test_another_state_directory_is_another_demonstration(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "ab").mkdir()
    with Crew(tmp_path / "ab") as crew:
        crew.start(program("one", SLEEPER))
        assert strays.strays(tmp_path / "a") == []


def test_a_number_given_to_a_stranger_is_not_ours(tmp_path: Path) -> None:
    strays.remember(tmp_path, {"us": os.getpid()}, ready=set())
    assert strays.remembered(tmp_path, ready=True) == {}
    assert strays.remembered(tmp_path) == {"us": os.getpid()}
    rows = (tmp_path / "processes.json").read_text().replace(strays.started(os.getpid()), "1")
    (tmp_path / "processes.json").write_text(rows)
    assert strays.remembered(tmp_path) == {}


@pytest.mark.parametrize("proc", ["/proc", "/nonexistent"])
def test_strays_are_found_with_and_without_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proc: str) -> None:
    with Crew(tmp_path) as crew:
        monkeypatch.setattr(strays, "PROC", Path(proc))
        crew.start(program("one", SLEEPER))
        assert strays.strays(tmp_path) == [crew.pids()["one"]]
        assert strays.started(2**22 + 1) == ""


def start_boss(state_dir: Path, *codes: str) -> "subprocess.Popen[str]":
    boss = subprocess.Popen(
        [sys.executable, "-c", BOSS, str(state_dir), *codes], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert boss.stdout
    assert boss.stdout.readline() == "up\n"
    return boss
