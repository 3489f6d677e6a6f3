"""A bad rule set is refused with file, line and fix; what makes the engine's shortcuts safe is really enforced."""

from pathlib import Path

import pytest

from policies.engine import Engine
from policies.rulebook import SCHEMA_FILE, PolicyError
from policies.statements import statements

GOOD = '@id("in") @because("policy.own-department") permit(principal, action == Action::"signIn", resource);\n'
ACR = "urn:gerege:aal2"


def _problems(texts: dict[str, str], messages: frozenset[str], rule: str) -> list[str]:
    with pytest.raises(PolicyError) as refused:
        Engine.from_texts(
            {**texts, "new.cedar": GOOD.replace("in", "new", 1) + '\n// x; "y\n' + rule}, messages=messages
        )
    assert all(p.file == "new.cedar" and p.line == 4 and p.fix for p in refused.value.problems), str(refused.value)
    return [p.what for p in refused.value.problems]


HEAD = '@id("x") @because("policy.own-department") '
ENTER = '(principal, action == Action::"signIn", resource)'
HOLD, ISSUE = ENTER.replace("signIn", "hold"), ENTER.replace("signIn", "issue")
BAD = {
    "syntax": ("permit(principal, action == ;", "token"),
    "half a statement": ("permit(principal", ""),
    "unknown attribute": (f"{HEAD} permit{ENTER} when {{ principal.clerance > 1 }};", "clerance"),
    "unknown action": (f"{HEAD} permit{ENTER.replace('I', 'i')};", "signin"),
    "every action": (f"{HEAD} permit(principal, action, resource);", "names no action"),
    "optional attribute": (f'{HEAD} permit{ENTER} when {{ context.country == "CN" }};', "country"),
    "no id": (f'@because("policy.own-department") permit{ENTER};', "no @id"),
    "built-in id": (f'@id("deny-by-default") @because("policy.own-department") permit{ENTER};', "taken"),
    "no because": (f'@id("x") permit{ENTER};', "no known message"),
    "unknown because": (f'@id("x") @because("policy.nope") permit{ENTER};', "policy.nope"),
    "typo in annotation": (f'{HEAD} @acrr("a") permit{ENTER};', "@acrr"),
    "empty application": (f'{HEAD} @application(" ") permit{ENTER};', "empty"),
    "template": (HEAD + "permit" + ENTER.replace("principal", "principal == ?principal") + ";", "plain policy"),
    "acr unknown": (f'{HEAD} @acr("aal2") forbid{ENTER} unless {{ context.assurance >= 2 }};', "no assurance level"),
    "acr on a permit": (f'{HEAD} @acr("{ACR}") permit{ENTER} unless {{ context.assurance >= 2 }};', "does not fit"),
    "acr not lifted": (f'{HEAD} @acr("{ACR}") forbid{ENTER};', "does not fit"),
    "acr by less": (f'{HEAD} @acr("{ACR}") forbid{ENTER} unless {{ context.assurance >= 1 }};', "does not fit"),
    "acr looked at twice": (
        f'{HEAD} @acr("{ACR}") forbid{ENTER} when {{ context.assurance > 0 }} unless {{ context.assurance >= 2 }};',
        "does not fit",
    ),
    "assurance forbidden": (f"{HEAD} forbid{ENTER} when {{ context.assurance > 2 }};", "without @acr"),
    "assurance permitted": (f"{HEAD} permit{ENTER} when {{ context.assurance == 1 }};", "without @acr"),
    "life missing": (f"{HEAD} permit{ISSUE};", "@life_minutes"),
    "life elsewhere": (f'{HEAD} @life_minutes("5") permit{ENTER};', "@life_minutes"),
    "life not a number": (f'{HEAD} @life_minutes("-5") permit{ISSUE};', "number of minutes"),
    "session elsewhere": (f'{HEAD} @session_minutes("5") permit{HOLD};', "session limits"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_rule_is_named_with_file_line_and_fix(name: str, texts: dict[str, str], messages: frozenset[str]) -> None:
    rule, telling = BAD[name]
    assert any(telling in what for what in _problems(texts, messages, rule)), _problems(texts, messages, rule)


def test_an_id_is_taken_once(texts: dict[str, str], messages: frozenset[str]) -> None:
    with pytest.raises(PolicyError, match=r"z\.cedar:1: the id own-department is taken"):
        Engine.from_texts({**texts, "z.cedar": GOOD.replace('"in"', '"own-department"')}, messages=messages)


def test_all_problems_are_told_at_once(texts: dict[str, str], messages: frozenset[str]) -> None:
    bad = "permit(principal;\n" + BAD["no id"][0] + "\n" + BAD["every action"][0]
    with pytest.raises(PolicyError) as refused:
        Engine.from_texts({**texts, "z.cedar": bad}, messages=messages)
    assert [p.line for p in refused.value.problems] == [1, 2, 3]


def test_without_schema_rules_or_messages_nothing_loads(texts: dict[str, str], messages: frozenset[str]) -> None:
    with pytest.raises(PolicyError, match="schema is missing"):
        Engine.from_texts({"a.cedar": GOOD}, messages=messages)
    with pytest.raises(PolicyError, match="no rule at all"):
        Engine.from_texts({SCHEMA_FILE: texts[SCHEMA_FILE]}, messages=messages)
    with pytest.raises(PolicyError, match="messages are missing"):
        Engine.from_texts(texts, messages=frozenset({"policy.own-department"}))
    with pytest.raises(PolicyError, match=SCHEMA_FILE):
        Engine.from_texts({**texts, SCHEMA_FILE: "entity X = { a: Lon };"}, messages=messages)


def test_reload_refuses_a_bad_set_and_keeps_the_last_good(
    texts: dict[str, str], messages: frozenset[str], tmp_path: Path
) -> None:
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    engine = Engine.load(tmp_path, messages=messages)
    first = engine.version
    (tmp_path / "new.cedar").write_text("permit(principal", encoding="utf-8")
    problems = engine.reload()
    assert [(p.file, p.line) for p in problems] == [("new.cedar", 1)]
    assert engine.version == first
    (tmp_path / "new.cedar").write_bytes(b"\xff")
    assert engine.reload() and engine.version == first
    (tmp_path / "new.cedar").write_text(GOOD, encoding="utf-8")
    assert engine.reload() == () and engine.version != first and "in" in engine.book.rules


def test_statements_know_their_lines_and_are_not_fooled() -> None:
    text = '// a; "b\n\n@id("x;//y\\"")\npermit;  // c;\n\n  forbid;\n// end'
    assert [(s.line, s.text.strip()) for s in statements("f", text)] == [
        (3, '@id("x;//y\\"")\npermit;'),
        (6, "forbid;"),
    ]
