"""One demonstration at a time; parts that stop and come back; and an end without orphans, by whatever signal."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from demo import control, doors, strays
from demo.doors import Doors

WHOLE = """
import sys, time
from pathlib import Path
from demo import run
from demo.processes import Crew, Process, says
state = Path(sys.argv[1])
def part(name, code, **more):
    code = "import time; print('ready', flush=True); " + code
    return Process(name, (sys.executable, "-c", code), says("ready"), **more)
def body():
    directory = part("moe", "time.sleep(600)", essential=False)
    with Crew(state) as crew:
        crew.start(directory, part("server", sys.argv[2]))
        print("up", flush=True)
        run.watch(crew, {"moe": directory})
sys.exit(run.live(state, body))
"""


@pytest.fixture
def whole(tmp_path: Path) -> Generator["subprocess.Popen[str]", None, None]:
    """A small demonstration that runs: an essential server and a directory that may be missing."""
    yield from _whole(tmp_path, "time.sleep(600)")


def _whole(state_dir: Path, server: str) -> Generator["subprocess.Popen[str]", None, None]:
    command = [sys.executable, "-c", WHOLE, str(state_dir), server]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    yield process
    process.kill()
    process.wait()
    strays.end(strays.strays(state_dir))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_the_exit_is_0(
    tmp_path: Path, whole: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    whole.send_signal(number)
    whole.send_signal(number)  # impatience changes nothing
    output, _ = whole.communicate(timeout=20)
    assert whole.returncode == 0
    assert "Stopped." in output
    assert strays.strays(tmp_path) == []
    assert control.holder(tmp_path) is None


def test_a_second_start_is_told_about_the_first(tmp_path: Path, whole: "subprocess.Popen[str]") -> None:
    assert control.holder(tmp_path) == whole.pid
    with pytest.raises(control.Busy, match=f"process {whole.pid}"), control.held(tmp_path):
        pass
    assert whole.poll() is None


def test_the_death_of_the_server_stops_all_and_says_why(tmp_path: Path) -> None:
    process = next(running := _whole(tmp_path, "time.sleep(0.5); raise SystemExit('the disk is full')"))
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "server ended with status 1" in output
    assert "the disk is full" in output
    assert strays.strays(tmp_path) == []
    running.close()


def test_a_directory_may_stop_and_come_back(tmp_path: Path, whole: "subprocess.Popen[str]") -> None:
    first = strays.remembered(tmp_path)["moe"]
    control.stop_part(tmp_path, "moe")
    with pytest.raises(control.NotRunning, match="moe is not running"):
        control.stop_part(tmp_path, "moe")
    time.sleep(0.5)  # the holder notices
    assert whole.poll() is None
    control.start_missing(tmp_path, "moe")
    assert strays.remembered(tmp_path)["moe"] != first
    assert whole.poll() is None


def test_a_part_that_was_just_stopped_comes_back_at_once(tmp_path: Path, whole: "subprocess.Popen[str]") -> None:
    for _ in range(5):
        control.stop_part(tmp_path, "moe")
        control.start_missing(tmp_path, "moe")
    assert whole.poll() is None


def test_after_kill_9_the_next_start_is_free_to_go(tmp_path: Path, whole: "subprocess.Popen[str]") -> None:
    whole.kill()
    whole.wait()
    with control.held(tmp_path):
        assert strays.strays(tmp_path) == []
        assert control.holder(tmp_path) == os.getpid()


def test_reset_ends_what_runs_and_forgets_all(tmp_path: Path, whole: "subprocess.Popen[str]") -> None:
    (tmp_path / "gerege.sqlite").write_text("x")
    control.forget(tmp_path)
    assert whole.wait(5) == 0
    assert not tmp_path.exists()
    control.forget(tmp_path)


def test_nothing_runs_then_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(control.NotRunning, match="make run"):
        control.start_missing(tmp_path, "moe")
    assert control.holder(tmp_path / "absent") is None


def test_a_taken_port_is_replaced_told_and_kept(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = taken.getsockname()[1]
        assert not doors.free(busy)
        assert doors.listens(busy)
    assert doors.free(busy)
    assert not doors.listens(busy)


def test_doors_stay_the_same_from_start_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {8000}
    monkeypatch.setattr(doors, "free", lambda port: port not in taken)
    first, said = doors.choose(tmp_path / "ports.json")
    assert said == [f"Port 8000 is taken: gerege is at {first.gerege}."]
    assert (first.payroll, first.docs) == (8001, 8002)
    assert doors.choose(tmp_path / "ports.json")[0] == first
    taken.clear()
    assert doors.choose(tmp_path / "ports.json") == (Doors(), [])
