"""Documents that are written from the code are what the code gives now, and say all that it has."""

import tomllib
from pathlib import Path

import click
import pytest

from config.load import load
from config.settings import Settings
from idp.events import EVENTS
from tools import docs, specs

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", docs.DOCUMENTS)
def test_a_document_is_what_the_code_gives_now(name: str) -> None:
    kept = (ROOT / name).read_text(encoding="utf-8") if (ROOT / name).exists() else ""
    assert kept == docs.DOCUMENTS[name](), f"{name} is stale: run .venv/bin/{docs.COMMAND} {name}"


def test_every_event_stands_in_the_documents() -> None:
    text = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    assert len(EVENTS) > 20
    assert [name for name in EVENTS if f"| `{name}` |" not in text] == []


def test_every_setting_stands_in_the_documents() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    example = (ROOT / "config/example.toml").read_text(encoding="utf-8")
    names = [(table, key) for table, _, settings in docs.tables() for key, _ in settings]
    assert len(names) > 30
    assert [key for _, key in names if f"| `{key}` |" not in page] == []
    assert [key for _, key in names if f"\n# {key}" not in example] == []


def test_every_verb_stands_in_the_documents() -> None:
    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    found = list(docs.verbs())
    assert len(found) > 15
    assert [name for name, _ in found if f"## `{name}" not in page] == []


def test_every_setting_and_verb_says_what_it_is() -> None:
    assert [key for _, _, settings in docs.tables() for key, field in settings if not field.description] == []
    assert [name for name, command in docs.verbs() if not command.help] == []
    options = [(name, one) for name, command in docs.verbs() for one in command.params if isinstance(one, click.Option)]
    silent = [f"{name} {one.opts[0]}" for name, one in options if not one.help and len(one.opts[0].strip("-")) < 3]
    assert silent == []


def test_the_example_file_is_accepted_as_it_is() -> None:
    assert load(ROOT / "config/example.toml", {}) == Settings()


def test_the_example_file_holds_the_defaults(tmp_path: Path) -> None:
    """Every setting without its # gives what leaving it out gives."""
    lines = (ROOT / "config/example.toml").read_text(encoding="utf-8").splitlines()
    keys = {key for _, _, settings in docs.tables() for key, _ in settings}
    said = [line[2:] if line[2:].split(" = ")[0] in keys else line for line in lines]
    file = tmp_path / "gerege.toml"
    file.write_text("\n".join(said), encoding="utf-8")
    assert len(tomllib.loads(file.read_text(encoding="utf-8"))) > 5
    assert load(file, {}) == Settings()


def test_a_stale_document_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "DOCUMENTS", {"a.md": lambda: "new\n"})
    (tmp_path / "a.md").write_text("old\n")
    assert docs.main(["b.md"]) == 2
    assert (tmp_path / "a.md").read_text() == "old\n"
    assert docs.main([]) == 0
    assert (tmp_path / "a.md").read_text() == "new\n"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("RFC 6749 §4.1.2, §5; RFC 9068", [("RFC 6749", "4.1.2"), ("RFC 6749", "5"), ("RFC 9068", "")]),
        ("OIDC Core §3.1.2.1-2 (prompt)", [("OpenID Connect Core 1.0", "3.1.2.1")]),
        ("OpenID Connect Core 1.0 §10.1.1 (key roll)", [("OpenID Connect Core 1.0", "10.1.1")]),
        ("ASVS 5.0 V6.3", [("OWASP ASVS 5.0", "V6.3")]),
        ("SP 800-63B-4 §3.1.1.2", [("NIST SP 800-63B-4", "3.1.1.2")]),
        ("C2SP signed-note and tlog-checkpoint", [("C2SP signed-note", ""), ("C2SP tlog-checkpoint", "")]),
        ("slapd.conf(5), slapd-mdb(5)", [("slapd.conf(5)", "")]),
        ("none; granian's WSGI", []),
    ],
)
def test_a_spec_line_is_understood(told: str, expected: list[tuple[str, str]]) -> None:
    assert specs.places(told, any_name=True) == expected


def test_every_spec_line_names_something() -> None:
    """A `Spec:` line that says nothing a reader could look up is a mistake."""
    silent = []
    for room in specs.ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for head, told in specs.spoken(path):
                if head == "Spec:" and not specs.places(told, any_name=True) and not specs.NOTHING.match(told):
                    silent.append(f"{path.relative_to(ROOT)}: {told}")
    assert silent == []


def test_a_section_far_from_its_standard_is_not_taken() -> None:
    assert specs.places(f"RFC 6749 {'x' * 200} §5", near=specs.NEAR) == [("RFC 6749", "")]
