"""The database file is its owner's alone, whatever the umask."""

import os
import stat
from pathlib import Path

import pytest

from adapters.sql.database import Database
from idp.errors import Unavailable


def test_nobody_else_reads_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Database(f"sqlite:///{tmp_path}/deep/house.sqlite")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "deep/house.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="file"):
        Database(f"sqlite:///{tmp_path}/file/house.sqlite")
