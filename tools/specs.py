"""Harvests `Spec:` and `Obeys` lines: which section of which standard is obeyed where, and which tests name it.

A line speaks of standards by name (`RFC 6749 §4.1.2, §5.2`); a section belongs to the name before it. Names that are
not known here are kept as they were written. What is harvested is what the code says of itself, not a proof of it.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOMS = ("idp", "risk", "policies", "adapters", "config", "sdk/src", "tools")
LINE = re.compile(r"(?P<head>\bSpec:|\bObeys:?)\s+(?P<told>.*?)(?=\n\s*\n|\n\s*[A-Z]\w+:\s|\Z)", re.DOTALL)
SENTENCE_END = re.compile(r"(?<![A-Z0-9]\.)(?<!\bal)\.(?=\s+[A-Z]|\s*$)")
NAMES: tuple[tuple[str, str], ...] = (
    (r"RFC (?P<number>\d+(?:bis)?)", "RFC {number}"),
    (r"(?:OIDC|OpenID Connect) Core(?: 1\.0)?(?! Error)", "OpenID Connect Core 1.0"),
    (r"(?:(?:OIDC|OpenID Connect) )?Discovery 1\.0", "OpenID Connect Discovery 1.0"),
    (r"(?:(?:OIDC|OpenID Connect) )?Back-Channel Logout(?: 1\.0)?", "OpenID Connect Back-Channel Logout 1.0"),
    (r"(?:(?:OIDC|OpenID Connect) )?RP-Initiated Logout(?: 1\.0)?", "OpenID Connect RP-Initiated Logout 1.0"),
    (r"OpenID Connect Core Error Code \w+", "OpenID Connect Core Error Code unmet_authentication_requirements"),
    (r"(?:OAuth 2\.0 )?Form Post Response Mode", "OAuth 2.0 Form Post Response Mode"),
    (r"OAuth 2\.0 Multiple Response Types", "OAuth 2.0 Multiple Response Types"),
    (r"WebAuthn Level 3", "WebAuthn Level 3"),
    (r"(?:NIST )?SP (?P<number>800-\d+[A-Z]?(?:-\d\b)?)", "NIST SP {number}"),
    (r"ASVS 5\.0(?:\.0)?", "OWASP ASVS 5.0"),
    (r"(?:C2SP )?signed-note", "C2SP signed-note"),
    (r"(?:C2SP )?tlog-checkpoint", "C2SP tlog-checkpoint"),
    (r"FIPS (?P<number>[\d-]+)", "FIPS {number}"),
    (r"GB/T (?P<number>\d+-\d+)", "GB/T {number}"),
    (r"ANSI INCITS 359-2012", "ANSI INCITS 359-2012"),
    (r"(?P<number>draft-[a-z0-9-]+)", "{number}"),
    (r"WCAG 2\.2", "WCAG 2.2"),
    (r"CSP Level 3", "Content Security Policy Level 3"),
    (r"TOML 1\.0\.0", "TOML 1.0.0"),
    (r"UAX #15", "Unicode UAX #15"),
    (r"MaxMind DB file format 2\.0", "MaxMind DB file format 2.0"),
    (r"Freeman et al\.,?(?: NDSS)? 2016", "Freeman et al., NDSS 2016"),
    (r"Wiefling et al\., ACM TOPS 2022", "Wiefling et al., ACM TOPS 2022"),
    (r"OWASP SSRF Prevention", "OWASP SSRF Prevention"),
    (r"OWASP Password Storage", "OWASP Password Storage"),
)
STANDARD = re.compile("|".join(f"(?:{re.sub('[?]P<number>', '', pattern)})" for pattern, _ in NAMES))
SECTION = re.compile(r"(?:§(?=\d)|\b(?=V\d))(V?\d+(?:\.\d+)*)(?:-\d+)?")
NEAR = 90
"""Characters between a standard's name and a section of it, in a test's free text."""
MANY = 6
"""Test files; a module that more of them import is a noun or a wall, not what a test is about."""
NOTHING = re.compile(r"(?:none|nothing|no specification)\b", re.IGNORECASE)

Place = tuple[str, str]
"""(standard, section); a section of "" is the whole."""


def page(root: Path, head: str) -> str:
    """docs/specs.md."""
    modules, named, of_module = harvest(root), mentions(root), importers(root)
    lines = [
        head,
        "",
        "# Standards, section by section",
        "",
        "Which module says that it obeys a section, and which tests name that section; where none does, the tests that "
        "import its module. Harvested from `Spec:` lines.",
    ]
    by_standard: dict[str, list[Place]] = defaultdict(list)
    for place in modules:
        by_standard[place[0]].append(place)
    for standard in sorted(by_standard, key=_natural):
        lines += ["", f"## {standard}", "", "| section | modules | tests |", "|---|---|---|"]
        for place in sorted(by_standard[standard], key=lambda one: _natural(one[1])):
            shown = f"§{place[1]}" if place[1][:1].isdigit() else place[1] or "as a whole"
            tests = named.get(place) or {test for module in modules[place] for test in of_module.get(module, ())}
            lines.append(f"| {shown} | {_links(modules[place])} | {_links(tests)} |")
    return "\n".join(lines) + "\n"


def harvest(root: Path) -> dict[Place, set[str]]:
    """Section → modules that say they obey it."""
    found: dict[Place, set[str]] = defaultdict(set)
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            for head, told in spoken(path):
                for place in places(told, any_name=head == "Spec:"):
                    found[place].add(path.relative_to(root).as_posix())
    return found


def mentions(root: Path) -> dict[Place, set[str]]:
    """Section → test files whose text names it."""
    found: dict[Place, set[str]] = defaultdict(set)
    for path in _tests(root):
        for place in places(path.read_text(encoding="utf-8"), near=NEAR):
            found[place].add(path.relative_to(root).as_posix())
    return found


def importers(root: Path) -> dict[str, set[str]]:
    """Module → test files that import it. What many import (errors, nouns) tells nothing and is left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in _tests(root):
        for name in imported(path):
            for base in (root, root / "sdk/src"):
                module = base / f"{name.replace('.', '/')}.py"
                if module.is_file():
                    found[module.relative_to(root).as_posix()].add(path.relative_to(root).as_posix())
    return {module: tests for module, tests in found.items() if len(tests) <= MANY}


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports; of `from a import b` both `a` and `a.b`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def spoken(path: Path) -> Iterator[tuple[str, str]]:
    """(`Spec:` or `Obeys`, what follows up to the end of the sentence) in a module's docstrings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for match in LINE.finditer(ast.get_docstring(node) or ""):
                text = " ".join(match["told"].split())
                yield match["head"], SENTENCE_END.split(text, maxsplit=1)[0]


def places(text: str, *, near: int | None = None, any_name: bool = False) -> list[Place]:
    """The sections in a text.

    Args:
        near: characters that a section may stand after its standard's name; None: any distance.
        any_name: when no known standard is named, take the first words as they are written.
    """
    found: list[Place] = []
    name, end, alone = "", 0, False
    tokens = sorted([*STANDARD.finditer(text), *SECTION.finditer(text)], key=lambda match: match.start())
    for match in tokens:
        if match.re is STANDARD:
            if alone:
                found.append((name, ""))
            name, end, alone = canonical(match.group()), match.end(), True
        elif name and (near is None or match.start() - end <= near):
            found.append((name, match[1]))
            end, alone = match.end(), False
    if alone:
        found.append((name, ""))
    if not found and any_name and text and not NOTHING.match(text):
        found.append((re.split(r"[;:]| [(]|[.,](?= |$)", text, maxsplit=1)[0].strip(), ""))
    return found


def canonical(written: str) -> str:
    """One name for each standard, however it was written."""
    for pattern, name in NAMES:
        if match := re.fullmatch(pattern, written):
            return name.format(**match.groupdict())
    raise LookupError(written)


def _tests(root: Path) -> list[Path]:
    """Files of tests, but for those that speak of the page itself."""
    found = sorted((root / "tests").rglob("test_*.py"))
    return [path for path in found if not path.is_relative_to(root / "tests" / "docs")]


def _natural(text: str) -> list[tuple[int, int | str]]:
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.findall(r"\d+|\D+", text)]


def _links(paths: set[str]) -> str:
    return "<br>".join(f"[`{path}`](../{path})" for path in sorted(paths))
