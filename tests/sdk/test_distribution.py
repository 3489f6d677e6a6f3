"""The SDK stands alone: the standard library, cryptography, and Flask in one file."""

import ast
import sys
from pathlib import Path

SOURCES = sorted((Path(__file__).parents[2] / "sdk/src/gerege_verify").glob("*.py"))


def imported(source: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").partition(".")[0])
    return names - sys.stdlib_module_names


def test_it_imports_nothing_of_ours_and_little_of_others() -> None:
    assert len(SOURCES) > 8
    for source in SOURCES:
        allowed = {"cryptography", "flask"} if source.name == "flask.py" else {"cryptography"}
        assert imported(source) <= allowed, source.name
