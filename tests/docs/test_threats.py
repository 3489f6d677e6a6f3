"""The threat model is a table that can be checked: named files are there, and every attack test has its line."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/threat-model.md"
UNCOVERED = "not yet covered"


def rows() -> list[list[str]]:
    """The cells of the table of threats."""
    text = PAGE.read_text(encoding="utf-8").partition("\n## Threats\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def files(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_there_is_a_table() -> None:
    assert len(rows()) > 25
    assert {len(row) for row in rows()} == {4}


def test_every_threat_has_a_defence_and_its_file() -> None:
    assert [row[0] for row in rows() if not row[1] or not files(row[2])] == []
    assert [name for row in rows() for name in files(row[2]) if not (ROOT / name).is_file()] == []


def test_covered_means_by_a_test_that_exists() -> None:
    for threat, _, _, covered in rows():
        named = files(covered)
        assert named or covered == UNCOVERED, f"{threat}: name a test, or write {UNCOVERED!r}"
        assert [name for name in named if not (ROOT / name).is_file()] == [], threat
        assert all(name.startswith(("tests/", "sdk/")) for name in named), threat


def test_every_attack_test_has_its_line() -> None:
    named = {name for row in rows() for name in files(row[3])}
    attacks = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests/attacks").glob("test_*.py")}
    assert attacks - named == set(), f"add these to the table in {PAGE.relative_to(ROOT)}"


def test_the_loss_window_is_the_one_in_the_code() -> None:
    code = (ROOT / "adapters/sql/journal.py").read_text(encoding="utf-8")
    gather = re.search(r"^GATHER_SECONDS = ([\d.]+)$", code, re.MULTILINE)
    batch = re.search(r"^BATCH = (\d+)$", code, re.MULTILINE)
    assert gather
    assert batch
    told = f"**{float(gather[1]) * 1000:.0f} ms or {batch[1]} events**"
    assert told in PAGE.read_text(encoding="utf-8")
