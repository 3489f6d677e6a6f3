"""The rules of the house that a program can check: length, names, docstrings, locks, and that it speaks of itself."""

import ast
import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("idp", "risk", "policies", "adapters", "config", "demo", "certification", "sdk/src", "examples", "tools")
ROOMS += ("bench", "fuzz")
LONGEST = 300

STANDS_ALONE = {"tools/audit_verify.py": "one file that an outsider can read and run without anything of ours"}
"""Files that may be longer, each with its why."""
HISTORY = "adapters/sql/migrations/versions/"  # a migration is written once and never changed again

UNSAYING = frozenset(
    {"manager", "helper", "helpers", "util", "utils", "common", "handler", "service", "data", "info", "auth"}
)
"""Words that name nothing; and `auth`, which is two things: write authn or authz."""

SPOKEN_BY_OTHERS = {
    "service_name_en": "the name that an operator gives the service on its pages",
    "service_name_zh": "the same in Chinese",
    "OAuthError": "RFC 6749's own name",
    "get_auth_time": "a method that Authlib asks for",
    "check_endpoint_auth_method": "a method that Authlib asks for",
    "generate_user_info": "a method that Authlib asks for",
    "data_received": "a method of asyncio.Protocol",
    "auth_time": "a claim of OpenID Connect Core §2",
}
"""Names that hold such a word because somebody outside chose it, each with its why."""

SOMEBODY_S_MACHINE = re.compile(r"(?<![\w.:/])/(home|Users|root)/\w")


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


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_a_product() -> None:
    assert len(product()) > 20


def test_files_are_short() -> None:
    lengths = {shown(path): len(path.read_text().splitlines()) for path in product()}
    long = {name: lines for name, lines in lengths.items() if lines >= LONGEST and not name.startswith(HISTORY)}
    assert {name: lines for name, lines in long.items() if name not in STANDS_ALONE} == {}


def test_modules_say_what_they_are_for() -> None:
    trees = {shown(path): ast.parse(path.read_text()) for path in product()}
    assert [name for name, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def test_names_say_what_they_name() -> None:
    unsaying = {shown(path): sorted(name for name in names(path) if words(name) & UNSAYING) for path in product()}
    told = {path: [name for name in found if name not in SPOKEN_BY_OTHERS] for path, found in unsaying.items()}
    assert {path: found for path, found in told.items() if found} == {}


def test_no_path_of_somebody_s_machine() -> None:
    files = tracked(".py", ".md", ".toml", ".html", ".css", ".js", ".cedar", ".po", "")
    found = {shown(path): SOMEBODY_S_MACHINE.findall(path.read_bytes().decode("utf-8", "replace")) for path in files}
    assert {path: paths for path, paths in found.items() if paths} == {}


def test_our_own_code_is_never_mocked() -> None:
    mocking = re.compile(r"^\s*(from|import) (unittest(\.| import )mock|mock)\b", re.MULTILINE)
    assert [shown(path) for path in tracked(".py") if mocking.search(path.read_text())] == []


def test_locks_carry_hashes_and_no_address() -> None:
    for name in ("run", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        pins = re.findall(r"^[a-z0-9][\w.\[\]-]*==\S+.*(?:\n .*)*", text, re.MULTILINE)
        assert len(pins) > 50
        assert [pin.split("==")[0] for pin in pins if "--hash=sha256:" not in pin] == []
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_every_dependency_is_locked() -> None:
    for name in ("run", "dev"):
        asked = re.findall(r"^([A-Za-z][\w-]*)", (ROOT / "requirements" / f"{name}.in").read_text(), re.MULTILINE)
        locked = (ROOT / "requirements" / f"{name}.txt").read_text()
        assert [each for each in asked if not re.search(rf"^{each}(\[.*\])?==", locked, re.MULTILINE)] == []


def test_the_pinned_pip_is_the_one_that_is_shipped() -> None:
    text = (ROOT / "tools" / "environment.py").read_text()
    digest = re.search(r'PIP_SHA256 = "([0-9a-f]{64})"', text)
    shipped = list((ROOT / "tools").glob("pip-*.whl"))
    assert digest
    assert [hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in shipped] == [digest[1]]
    assert shipped[0].name in text


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, check=True, text=True).stdout
    targets = ["run", "reset", "test", "ci", "demo", "demo-attack", "otp", "travel"]
    targets += ["policy-test", "lint", "screenshots", "lock", "help"]
    assert [target for target in targets if not re.search(rf"^ *make {target} ", listed, re.MULTILINE)] == []


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
