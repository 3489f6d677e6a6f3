"""The how-tos about production and about the log, done as they stand: every line, in order, in a folder of its own."""

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.load import load
from idp.cli.__main__ import gerege
from idp.cli.audit import opened
from tests.docs.test_true import blocks

ROOT = Path(__file__).parent.parent.parent
SETTINGS = """
[server]
issuer = "https://id.example"
trusted_proxies = []

[stores]
database = "sqlite:///{folder}/gerege.sqlite"
state_dir = "{folder}/state"

[keys]
master_key_file = "{folder}/master.key"
checkpoint_file = "{folder}/audit.checkpoint"
"""
FOREGROUND = "serve"


@dataclass(frozen=True)
class Place:
    """Where the lines are run. `told` is what each said."""

    folder: Path
    told: dict[str, str]

    def follow(self, page: str, only: str = "") -> None:
        """Run each command of a page that begins with `only`; a redirection is written to its file."""
        for body in blocks(ROOT / "docs/howto" / page, ""):
            for line in body.splitlines():
                words = shlex.split(line)
                if not line.startswith(only):
                    continue
                if words[:1] == ["bin/gerege"] and words[1] != FOREGROUND:
                    self.gerege(line, words[1:])
                elif words[:2] == ["python3", "tools/audit_verify.py"]:
                    self.tool(line, words[1:])

    def gerege(self, line: str, words: list[str]) -> None:
        words, target = (words[: words.index(">")], words[-1]) if ">" in words else (words, None)
        done = CliRunner().invoke(gerege, words, env={"GEREGE_CONFIG": str(self.folder / "gerege.toml")})
        assert done.exit_code == 0, f"{line}\n{done.output}"
        self.told[line] = done.output
        if target:
            (self.folder / target).write_text(done.output, encoding="utf-8")

    def tool(self, line: str, words: list[str]) -> None:
        done = subprocess.run(
            [sys.executable, ROOT / words[0], *words[1:]], cwd=self.folder, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self.told[line] = done.stdout


@pytest.fixture
def place() -> Iterator[Place]:
    """A short path: sockets have no room for long ones."""
    folder = Path(tempfile.mkdtemp(prefix="gerege-"))
    (folder / "gerege.toml").write_text(SETTINGS.format(folder=folder), encoding="utf-8")
    yield Place(folder, {})
    shutil.rmtree(folder)


def test_production_and_the_log_as_they_are_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)
    place.follow("run-in-production.md")
    assert place.told["bin/gerege admin bootstrap"].count("enrolment code") == 3
    assert "RED" not in place.told["bin/gerege doctor"]
    with opened(load(place.folder / "gerege.toml", {})) as truth:
        truth.audit.sequence()  # what the server does every second
    place.follow("verify-the-log.md")
    assert "the log holds" in place.told["bin/gerege audit verify"]
    [report] = [json.loads(told) for line, told in place.told.items() if line.startswith("python3")]
    assert report["ok"]
    assert report["rows"] > 10

    edit(place.folder / "bundle" / "rows.jsonl")
    with pytest.raises(AssertionError, match=r'"kind": "edited",\s+"first": 4'):
        place.follow("verify-the-log.md", only="python3")


def edit(rows: Path) -> None:
    """What an attacker with the database would do: row 4 says that somebody else did it."""
    lines = rows.read_text(encoding="utf-8").splitlines(keepends=True)
    rows.write_text("".join([*lines[:3], lines[3].replace("operator", "somebody"), *lines[4:]]), encoding="utf-8")
