"""Decisions are short, whole and listed."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "docs" / "adr"
PARTS = ["Context", "Decision", "Consequence", "What would change our mind"]
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))


def test_each_has_four_parts_and_ten_lines_at_most() -> None:
    assert len(DECISIONS) >= 13
    for path in DECISIONS:
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"^\*\*(.+)\.\*\* \S", text, re.MULTILINE) == PARTS, path.name
        assert len(text.splitlines()) <= 10, path.name


def test_numbers_follow_each_other_and_all_are_listed() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in DECISIONS if f"({path.name})" not in index] == []
