"""A round is killed with -9 in the middle of a full reading: the next one takes it up and nobody is lost or doubled."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.redis import embedded
from tests.idp.cli.conftest import SETTINGS, Shell, shell_in
from tests.support.crowd import crowd

pytestmark = [pytest.mark.ci, pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[2]
PEOPLE, SLOWLY = 4000, "[sync]\npeople_per_second = 500\nautomatic = false\n"


def known(shell: Shell) -> int:
    return int(shell.told("sync", "status")[0]["people"])


def kill_in_the_middle(shell: Shell) -> None:
    command = [sys.executable, "-m", "idp.cli", "sync", "crowd", "--config", str(shell.config)]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as process:
        until = time.monotonic() + 60
        while known(shell) < 1000:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def test_a_round_killed_in_the_middle_is_taken_up(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    store = embedded.start(state)
    try:
        with crowd(tmp_path / "crowd", PEOPLE) as directory:
            shell = shell_in(state, SETTINGS + SLOWLY)
            shell.ok("admin", "bootstrap")
            shell.ok("dept", "add", str(directory.file))
            kill_in_the_middle(shell)
            there = known(shell)
            assert 1000 <= there < PEOPLE and there % 500 == 0, "pieces are whole or not there"
            done, until = shell.run("sync", "crowd", "--json"), time.monotonic() + 60
            assert "being read already" in done.output, "its lease holds for its term"
            while done.exit_code and time.monotonic() < until:
                time.sleep(1)
                done = shell.run("sync", "crowd", "--json")
            assert done.exit_code == 0, done.output
            told = shell.told("sync", "status", "crowd")
            newest, killed = told["rounds"]
            assert (killed["state"], killed["detail"]) == ("failed", "cut off in the middle")
            counts = newest["counts"]
            assert (counts["unchanged"], counts["added"], told["people"]) == (there, PEOPLE - there, PEOPLE)
    finally:
        store.stop()
