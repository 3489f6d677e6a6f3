"""The how-to about passwords: its department file is read, its filter is made, its settings are settings."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.breached import Lists
from adapters.connectors import WrongFile
from adapters.connectors.department_file import load_department
from config.settings import Settings
from idp.authn.passwords import rules_of
from idp.cli.__main__ import gerege
from idp.secret import Secret
from tests.support.howto import HowTo

PAGE = HowTo.read("passwords")


def test_the_department_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "local.toml"
    file.write_text(PAGE.blocks("toml")[0], encoding="utf-8")
    assert rules_of(load_department(file).department.settings).least == 15
    file.write_text(PAGE.blocks("toml")[0].replace('"nist" ', '"mlps3" '), encoding="utf-8")
    assert rules_of(load_department(file).department.settings).kinds == 3
    file.write_text(PAGE.blocks("toml")[0].replace('"nist" ', '"none" '), encoding="utf-8")
    with pytest.raises(WrongFile, match=r"password\.regime"):
        load_department(file)


def test_the_filter_is_made_and_knows_what_was_put_in(tmp_path: Path) -> None:
    (tmp_path / "breached.txt").write_text("Summer2026\n5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:37\n")
    (words,) = PAGE.gerege()
    words = [str(tmp_path / word) if word.startswith("breached") else word for word in words]
    done = CliRunner().invoke(gerege, words)
    assert done.exit_code == 0, done.output
    told = tomllib.loads(PAGE.blocks("toml")[1])["passwords"]
    kept = Settings.model_validate({"passwords": told}).passwords
    lists = Lists.open(tmp_path / str(kept.breached_file), kept.blocked_file)
    assert lists.knows(Secret("password")) == lists.knows(Secret("Summer2026")) == "breached"
    target = words[-1]
    for password, said in (("password", "was found"), ("lilac", "is not in")):
        checked = CliRunner().invoke(gerege, ["password", "filter", "check", target], input=f"{password}\n")
        assert checked.exit_code == 0 and said in checked.output
