"""The rules of the house that a program can check: length, names, docstrings, and that the code speaks of itself alone."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("idp", "risk", "policies", "adapters", "config", "demo", "sdk/src", "examples", "tools", "bench")
LONGEST = 300

UNSAYING = frozenset(
    {"manager", "helper", "helpers", "util", "utils", "common", "handler", "service", "data", "info", "auth"}
)
"""Words that name nothing; and `auth`, which is two things: write authn or authz."""

SPOKEN_BY_OTHERS = {
    "service_name_en": "the name that an operator gives the service on its pages",
    "service_name_zh": "the same in Chinese",
}
"""Names that hold such a word because somebody outside chose it, each with its why."""

OUTSIDE = re.compile(
    r"/work/|\b(house|stack|protocol|risk|ux|performance|peers)\.md\b"
    r"|\b(chatgpt|claude|copilot|language model|AI assistant)\b",
    re.IGNORECASE,
)
OWN_DOCUMENTS = re.compile(r"\bdocs/[\w/.-]+\.md\b")


def tracked(*suffixes: str) -> list[Path]:
    """Files of the project: known to git, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    return [ROOT / name for name in listed if name and (ROOT / name).is_file() and Path(name).suffix in suffixes]


def product() -> list[Path]:
    return [
        path for path in tracked(".py") if path.relative_to(ROOT).as_posix().startswith(tuple(f"{r}/" for r in ROOMS))
    ]


PRODUCT = product()


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_a_product() -> None:
    assert len(PRODUCT) > 20


@pytest.mark.parametrize("path", PRODUCT, ids=shown)
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < LONGEST


@pytest.mark.parametrize("path", PRODUCT, ids=shown)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not tree.body or ast.get_docstring(tree), "a module opens with what it is for"


@pytest.mark.parametrize("path", PRODUCT, ids=shown)
def test_names_say_what_they_name(path: Path) -> None:
    unsaying = [name for name in names(path) if words(name) & UNSAYING and name not in SPOKEN_BY_OTHERS]
    assert not unsaying


@pytest.mark.parametrize("path", tracked(".py", ".md", ".toml", ".html", ".css", ".js", ".cedar", ".po", ""), ids=shown)
def test_the_project_speaks_of_itself_alone(path: Path) -> None:
    if path == Path(__file__):
        return
    text = OWN_DOCUMENTS.sub("", path.read_bytes().decode("utf-8", "replace"))
    assert not [match.group() for match in OUTSIDE.finditer(text)]


@pytest.mark.parametrize("path", [p for p in tracked(".py") if p.is_relative_to(ROOT / "tests")], ids=shown)
def test_our_own_code_is_never_mocked(path: Path) -> None:
    imported = {alias.name for node in ast.walk(ast.parse(path.read_text())) for alias in getattr(node, "names", [])}
    modules = {node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
    assert not ({"unittest.mock", "mock"} & (imported | modules))


def test_the_rule_about_names_can_fail() -> None:
    assert words("UserDataManager") == {"user", "data", "manager"}
    assert words("fetch_auth_info") & UNSAYING == {"auth", "info"}
    assert not words("userinfo") & UNSAYING
    assert not words("database") & UNSAYING


def names(path: Path) -> Iterator[str]:
    """The module's own name, and those of its classes and functions."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def words(name: str) -> set[str]:
    """`fetch_TOTPCode` → {fetch, totp, code}."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+", name)}
