"""The examples beside the rules hold, every message exists in both languages, and the example runner tells failures."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from policies import examples
from policies.decision import BUILT_IN
from policies.engine import Engine
from policies.roles import ADMINISTRATORS, CONSOLE_ID, CONSOLE_PERMISSIONS, console
from tests.policies.conftest import REASONS, Asking


def test_every_example_holds_and_every_rule_has_one(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert examples.main([]) == 0, capsys.readouterr().out
    assert f"0 of {len(engine.book.rules)} rules without one" in capsys.readouterr().out


def test_each_rule_file_has_its_examples_beside_it() -> None:
    for rules in examples.HERE.glob("*.cedar"):
        assert rules.with_suffix(".examples.toml").exists(), rules.name


def test_messages_have_both_languages_and_the_same_placeholders(engine: Engine) -> None:
    table = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    used = {rule.because for rule in engine.book.rules.values()} | set(BUILT_IN.values())
    assert used <= set(table)
    for id_, texts in table.items():
        assert set(texts) == {"en", "zh"}, id_
        assert _holes(texts["en"]) == _holes(texts["zh"]), id_
        assert re.search(r"[\u4e00-\u9fff]", texts["zh"]), id_


def test_placeholders_are_filled_by_every_reason(engine: Engine, asking: Asking) -> None:
    table = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    decision = engine.decide(asking("wang", "payroll", "payroll.read", acr="aal2"))
    params = decision.dropped[0].params
    for id_, texts in table.items():
        assert _holes(texts["en"]) <= set(params), id_


def _holes(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def test_no_administrator_can_do_everything_and_audit_changes_nothing(engine: Engine, asking: Asking) -> None:
    base = asking("system", "gerege-console", acr="aal2", phase="admin")
    held = {}
    for role in ADMINISTRATORS:
        who = asking({"like": "system", "roles": [role]}, "gerege-console").who
        question = type(base)(who, console("local"), CONSOLE_PERMISSIONS, base.circumstances)
        held[role] = {g.name for g in engine.decide(question).permissions}
        assert held[role] and held[role] < {p.name for p in CONSOLE_PERMISSIONS}
    assert all(name.endswith(".read") for name in held["audit-administrator"])
    assert "admin.roles.grant" in held["security-administrator"]
    assert all(p.application == CONSOLE_ID for p in CONSOLE_PERMISSIONS)


def test_the_console_tightens_its_session(engine: Engine, asking: Asking) -> None:
    session = engine.decide(asking("system", "gerege-console", acr="aal2")).session
    assert session is not None
    assert (session.idle, session.absolute) == (timedelta(minutes=15), timedelta(hours=8))
    assert engine.decide(asking("alice", "plain")).session is None


def _folder(tmp_path: Path, expect: str) -> Path:
    for path in (*examples.HERE.glob("*.cedarschema"), examples.HERE / "cast.toml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    rules = (
        '@id("in") @because("policy.x") permit(principal, action == Action::"signIn", resource);\n'
        '@id("life") @because("policy.x") @life_minutes("5") permit(principal, action == Action::"issue", resource);\n'
    )
    (tmp_path / "x.cedar").write_text(rules, encoding="utf-8")
    (tmp_path / "messages.toml").write_text('["policy.x"]\nen = "x"\nzh = "x"\n', encoding="utf-8")
    example = f'[[example]]\nname = "n"\nwho = "alice"\napp = "plain"\nexpect = {{ {expect} }}\n'
    (tmp_path / "x.examples.toml").write_text(example, encoding="utf-8")
    return tmp_path


def test_the_runner_passes_fails_and_names_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert examples.main([str(_folder(tmp_path, "allowed = true, life = 5"))]) == 0
    capsys.readouterr()
    assert examples.main([str(_folder(tmp_path, "allowed = true, life = 60"))]) == 1
    told = capsys.readouterr().out
    assert "FAILED  x.examples.toml  n" in told and "life: expected 60, got 5.0" in told


def test_the_runner_fails_for_a_rule_without_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = _folder(tmp_path, "allowed = true")
    more = '@id("never") @because("policy.x") forbid(principal, action == Action::"hold", resource);\n'
    (folder / "y.cedar").write_text(more, encoding="utf-8")
    assert examples.main([str(folder)]) == 1
    assert "y.cedar  the rule never decides in no example" in capsys.readouterr().out


def test_the_runner_cannot_read_broken_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = _folder(tmp_path, "allowed = true")
    (folder / "y.cedar").write_text("permit(principal", encoding="utf-8")
    assert examples.main([str(folder)]) == 2
    assert "y.cedar:1" in capsys.readouterr().err
