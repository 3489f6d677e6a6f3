"""`gerege sync` on a real directory: reads it, tells a dry run, stops at a mass change, and takes the decision."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.redis import embedded
from demo.directories import edit
from tests.idp.cli.conftest import Shell, shell_in
from tests.support.slapd import Directory, directory


@dataclass
class Ground:
    shell: Shell
    directory: Directory


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    state = tmp_path / "state"
    state.mkdir()
    store = embedded.start(state)
    try:
        with directory(tmp_path / "ldap", "mof") as running:
            shell = shell_in(state)
            shell.ok("admin", "bootstrap")
            shell.ok("dept", "add", str(tmp_path / "ldap" / "departments" / "mof.toml"))
            yield Ground(shell, running)
    finally:
        store.stop()


def test_a_directory_is_read_and_its_past_is_told(ground: Ground) -> None:
    shell = ground.shell
    assert "never read" in shell.ok("sync", "status")
    assert "财政部" in shell.ok("sync", "status", "--language", "zh-CN")
    looked = shell.told("sync", "mof", "--dry-run")
    assert looked[0]["counts"]["added"] > 30 and shell.told("sync", "status")[0]["people"] == 0
    assert {"group": "payroll-clerks", "why": "disabled", "people": 1} in looked[0]["reasons"]
    assert "joins    Alice Chen +docs-editor" in shell.ok("sync", "mof", "--dry-run")
    (first,) = shell.told("sync")
    assert (first["kind"], first["state"], first["counts"]["added"]) == ("full", "done", looked[0]["counts"]["added"])
    assert "delta done" in shell.ok("sync", "mof")
    assert "full done" in shell.ok("sync", "now", "mof", "--full")
    kinds = [one["kind"] for one in shell.told("sync", "status", "mof")["rounds"]]
    assert kinds == ["full", "delta", "full"]
    assert "no department" in shell.wrong(1, "sync", "nowhere")
    assert "keeps its people here" in shell.wrong(1, "sync", "local")


def test_a_mass_change_is_a_failed_check_until_somebody_decides(ground: Ground) -> None:
    shell = ground.shell
    shell.ok("sync")
    for actor in [one for one in ground.directory.cast.people if not one.disabled][1:12]:
        edit.delete(ground.directory.prepared, ground.directory.dn(actor.uid))
    assert "11 held: gerege sync decide" in shell.wrong(1, "sync", "mof")
    told = shell.told("sync", "status", "mof")
    assert len(told["held"]) == 11 and "Zhao Min" in {one["name"] for one in told["held"]}
    shell.wrong(2, "sync", "decide", told["asked"], "--release")
    shell.wrong(2, "sync", "decide", told["asked"], "--reason", "r")
    assert "nothing of this round waits" in shell.wrong(
        1, "sync", "decide", told["rounds"][-1]["run"], "--release", "--reason", "r"
    )
    decided = shell.told("sync", "decide", told["asked"], "--release", "--reason", "the office moved")
    assert (decided["state"], decided["decided_by"]) == ("released", "operator")
    assert "left 11" in shell.ok("sync", "mof")


def test_a_directory_that_is_away_fails_the_check(ground: Ground) -> None:
    ground.shell.ok("sync")
    ground.directory.kill()
    assert "failed" in ground.shell.wrong(1, "sync", "mof")
    assert ground.shell.told("sync", "status")[0]["last"]["state"] == "failed"
