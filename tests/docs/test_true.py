"""What the documents name is there: links, targets, commands, files. Nothing is praised that is not measured."""

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from adapters.connectors.department_file import load_department
from config.load import load, production_problems
from idp.cli.__main__ import gerege
from tools.docs import verbs

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted(
    path
    for path in [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
        ROOT / "sdk/README.md",
    ]
)
OURS = [path for path in PAGES if path.parent == ROOT or path.is_relative_to(ROOT / "docs")]
LINK = re.compile(r"!?\[[^\]]*\]\((?P<to>[^)\s]+)\)")
FENCE = re.compile(r"^ *```(?P<kind>[a-z]*)\n(?P<body>.*?)^ *```", re.MULTILINE | re.DOTALL)
PRAISE = re.compile(
    r"\b(blazing|lightning|fastest|high[- ]performance|highly scalable|web[- ]scale|millions of|world[- ]class)\b"
    r"|\d[\d ,.]*\s*(/s\b|per second|requests? a second|req/s|rps|ops/s|sign-ins? a second)",
    re.IGNORECASE,
)
MEASURED = re.compile(r"\bbench[./]")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, *kinds: str) -> Iterator[str]:
    for match in FENCE.finditer(path.read_text(encoding="utf-8")):
        if match["kind"] in kinds:
            yield match["body"]


def commands(word: str) -> list[tuple[str, list[str]]]:
    """(page, words) of each line in a block that begins with `word`; what stands behind # is left out."""
    found = []
    for path in PAGES:
        for body in blocks(path, "", "sh", "shell", "console"):
            for line in body.replace("\\\n", " ").splitlines():
                text = line.strip().removeprefix("$ ")
                if text.startswith(f"{word} "):
                    found.append((shown(path), shlex.split(text, comments=True)))
    return found


def test_there_are_pages() -> None:
    assert {"README.md", "docs/tour.md", "docs/threat-model.md", "SECURITY.md"} <= {shown(path) for path in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    links = [match["to"] for match in LINK.finditer(text)]
    inside = [to.split("#")[0] for to in links if not re.match(r"[a-z]+:", to) and not to.startswith("#")]
    assert [to for to in inside if not (path.parent / to).resolve().exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_every_anchor_is_a_heading(path: Path) -> None:
    """Spec: GitHub's anchors: lower case, spaces to hyphens, punctuation dropped."""
    wrong = []
    for match in LINK.finditer(FENCE.sub("", path.read_text(encoding="utf-8"))):
        file, hash_sign, anchor = match["to"].partition("#")
        if not hash_sign or ":" in file:
            continue
        target = (path.parent / file).resolve() if file else path
        heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
        if anchor not in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}:
            wrong.append(match["to"])
    assert wrong == []


@pytest.mark.parametrize("path", OURS, ids=shown)
def test_every_file_that_is_named_is_there(path: Path) -> None:
    """`idp/flows/finish.py` in the text is a file or folder; `x.py` in a row that says what to write is not."""
    named = re.findall(
        r"`((?:idp|risk|policies|adapters|config|demo|sdk|tests|tools|bench|docs|bin)/[\w./-]+)`", path.read_text()
    )
    named = [name for name in named if not re.search(r"/x\.py$", name)]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_make_target_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = {
        (shown(path), name)
        for path in PAGES
        for name in re.findall(r"(?:`|^\s*)make ([a-z][a-z-]*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert ("README.md", "run") in named
    assert {(page, name) for page, name in named if name not in targets} == set()


def test_the_readme_names_the_targets_that_newcomers_need() -> None:
    text = (ROOT / "README.md").read_text()
    needed = (
        "make run",
        "make test",
        "make reset",
        "make demo",
        "make demo-attack",
        "make travel PERSON=alice COUNTRY=SG",
    )
    assert [target for target in needed if target not in text] == []


def test_every_command_of_gerege_can_be_typed() -> None:
    """Nouns, verbs, options and the number of arguments of each line are what the command line takes."""
    lines = commands("bin/gerege")
    assert len(lines) > 5
    assert {f"{page}: {' '.join(words)}": said for page, words in lines if (said := refusal(gerege, words[1:]))} == {}


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert refusal(gerege, ["client", "summon"])
    assert refusal(gerege, ["client", "add"])
    assert refusal(gerege, ["client", "add", "x", "--colour", "red"])
    assert refusal(gerege, ["client", "list"]) is None


def refusal(command: click.Command, words: list[str]) -> str | None:
    """Why the command line would not take these words; None when it would. Nothing is run."""
    context = click.Context(command, info_name=command.name)
    try:
        values, rest, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return error.format_message()
    if isinstance(command, click.Group):
        below = command.commands.get(rest[0]) if rest else None
        return (
            refusal(below, rest[1:]) if below is not None else f"{command.name} has no {' '.join(rest) or 'such verb'}"
        )
    # What was not typed is None, empty, or (click 8.3 and later) a sentinel of click's own.
    typed = {
        name for name, value in values.items() if value not in (None, (), []) and type(value).__name__ != "Sentinel"
    }
    lacking = [one.name for one in command.params if one.required and one.name not in typed]
    if "--help" in words or "-h" in words:
        return None
    return f"needs {', '.join(map(str, lacking))}" if lacking else None


def test_the_command_line_answers() -> None:
    """By the file that documents name."""
    done = subprocess.run([ROOT / "bin/gerege", "--help"], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "Exit codes" in done.stdout
    assert [noun for noun in gerege.commands if f" {noun} " not in done.stdout] == []


def test_every_verb_answers_for_help() -> None:
    refused = {name: CliRunner().invoke(command, ["--help"]) for name, command in verbs()}
    assert {name: done.output for name, done in refused.items() if done.exit_code or "Usage:" not in done.output} == {}


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_python_that_is_shown_is_python(path: Path) -> None:
    for body in blocks(path, "python"):
        tree = ast.parse(body)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gerege_verify"):
                module = __import__(str(node.module), fromlist=["*"])
                assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


def test_the_settings_that_are_shown_are_settings(tmp_path: Path) -> None:
    parts = blocks(ROOT / "docs/howto/run-in-production.md", "toml")
    (tmp_path / "mail.password").write_text("x")
    (tmp_path / "mail.password").chmod(0o600)
    shown_there = "\n".join(parts).replace("/etc/gerege/mail.password", str(tmp_path / "mail.password"))
    (tmp_path / "gerege.toml").write_text(shown_there, encoding="utf-8")
    settings = load(tmp_path / "gerege.toml", {})
    assert settings.mode == "production"
    assert [one for one in production_problems(settings) if "master_key_file" not in one] == []


def test_the_department_that_is_shown_can_be_added(tmp_path: Path) -> None:
    [body] = blocks(ROOT / "docs/howto/connect-a-directory.md", "toml")
    (tmp_path / "mof.toml").write_text(body, encoding="utf-8")
    for name in ("mof-ca.pem", "mof.password"):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(0o600)
    loaded = load_department(tmp_path / "mof.toml")
    assert loaded.examples
    assert loaded.department.id == "mof"


def test_the_rule_that_is_shown_is_the_one_in_force() -> None:
    """Spaces do not matter, words do."""
    [rule] = [body for body in blocks(ROOT / "docs/howto/write-a-policy.md", "") if body.startswith("@id")]
    kept = " ".join(" ".join(path.read_text() for path in (ROOT / "policies/rules").glob("*.cedar")).split())
    assert " ".join(rule.split()) in kept


def test_the_readmes_application_is_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown in the README runs as it is shown: it is the example, but for the issuer's variable."""
    [body] = blocks(ROOT / "README.md", "python")
    names = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    (tmp_path / "shown.py").write_text(body, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("shown", tmp_path / "shown.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "shown", module)
    spec.loader.exec_module(module)
    answer = module.app.test_client().get("/hello")
    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    example = (ROOT / "examples/protect_your_own/app.py").read_text()
    assert names - {node.id for node in ast.walk(ast.parse(example)) if isinstance(node, ast.Name)} == set()


@pytest.mark.parametrize("path", OURS, ids=shown)
def test_no_speed_is_claimed_that_is_not_measured(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    praised = [at for at, line in enumerate(lines) if PRAISE.search(line) and not MEASURED.search(line)]
    assert [lines[at] for at in praised if not _is_below_its_command(lines, at)] == []


def _is_below_its_command(lines: list[str], at: int) -> bool:
    """Whether this is a row of a table that the command which measured it stands above."""
    while at > 0 and lines[at].startswith("|"):
        at -= 1
    return any("python -m bench." in line for line in lines[max(0, at - 3) : at + 1])


def test_a_claim_would_be_noticed() -> None:
    assert PRAISE.search("A blazing fast server")
    assert PRAISE.search("handles 20 000 sign-ins a second")
    assert not PRAISE.search("Passkeys within a bounded grace of 12 hours, tries per window")


def test_pictures_that_are_there_are_shown() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = [shown(path) for path in (ROOT / "docs/pictures").iterdir() if path.suffix in (".svg", ".png")]
    assert "docs/pictures/road.svg" in pictures
    assert [name for name in pictures if name not in text] == []
