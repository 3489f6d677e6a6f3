"""The how-to of a directory that is down, line by line: on a real slapd that hangs, and that runs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.connectors.toml_table import read_toml
from idp.cli.__main__ import gerege
from tests.stories.faults.ground import ground_in, opened
from tests.stories.faults.test_every_directory_frozen import config_of
from tests.stories.faults.test_fault_matrix import FAULTS
from tests.support.howto import HowTo

pytestmark = pytest.mark.ci  # a real directory and its timeouts
PAGE = HowTo.read("when-a-directory-is-down")


def test_the_how_to_as_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ground_in(tmp_path) as ground:
        monkeypatch.chdir(ground.state)
        environment = {"GEREGE_CONFIG": str(config_of(ground))}

        def run(words: list[str]) -> tuple[int, Any]:
            done = CliRunner().invoke(gerege, [*words, "--json"], env=environment)
            return done.exit_code, json.loads(done.output)

        asked, listed, added, asked_again, why = PAGE.gerege()
        assert opened(ground.sign_in("alice"))
        ground.directory.freeze()
        assert ground.sign_in("alice").status == 503
        assert ground.house.told("directory.unavailable")
        code, told = run(asked)
        assert code == 1 and "does not answer" in json.dumps(told), told
        code, told = run(listed)
        assert code == 0 and "mof" in json.dumps(told)
        code, told = run(why)
        assert code in (0, 1) and told, told
        ground.directory.thaw()
        assert run(added)[0] == 0
        assert run(asked_again)[0] == 0


def test_the_settings_that_are_shown_are_settings(tmp_path: Path) -> None:
    [shown] = PAGE.blocks("toml")
    (tmp_path / "outage.toml").write_text(shown, encoding="utf-8")
    reader, root = read_toml(tmp_path / "outage.toml")
    table = root.table("outage")
    assert table.number("passkey_hours", 0, 0, 168) == 12
    table.close()
    root.close()
    reader.finish()


def test_the_table_says_what_the_operator_reads() -> None:
    """Its left words are those of the fault matrix."""
    words = re.findall(r"^\| [^|]+ \| (.+?) \| [^|]+ \|$", PAGE.text, re.MULTILINE)
    named = {told.split(":")[0] for row in words for told in re.findall(r"`([a-z_]+:[^`]*)`", row)}
    known = set(re.findall(r"\b(urls|ca_file|base_dn|people_filter|stable_id|bind_password_file|bind|search):",
                           " ".join(fault.cause for fault in FAULTS)))  # fmt: skip
    assert named == known | {"stable_id"}
