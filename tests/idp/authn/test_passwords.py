"""What a password must be: two regimes, what is guessed first, words around the person, and when a new one is due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn.passwords import LONGEST, due, is_stale, kinds_of, normal, refusals, remembered, rules_of, strength

NIST = rules_of({})
SHORTER = rules_of({"password": {"regime": "nist", "multi_factor": True}})
MLPS3 = rules_of({"password": {"regime": "mlps3"}})
AROUND = ("Wang Wei", "王伟", "wang.wei@mof.example", "wang.wei", "Ministry of Finance", "Payroll")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_the_regimes() -> None:
    assert (NIST.least, NIST.kinds, NIST.life, NIST.earlier) == (15, 1, None, 0)
    assert SHORTER.least == rules_of({}, demonstration=True).least == 8
    assert (MLPS3.least, MLPS3.kinds, MLPS3.life, MLPS3.earlier) == (8, 3, timedelta(days=90), 5)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("the oldest of the lilac trees", ()),
        ("all small letters are welcome", ()),
        ("丁香树下最老的猫在看雨落下来的样子", ()),
        ("Tr4mw\u00e4y!kx", ("short",)),
        ("password12345678", ("common",)),
        ("1234567890123456", ("common",)),
        ("qwertyuiopqwertyuiop", ("common",)),
        ("woaini1314520woaini", ()),
        ("ministry of finance 2026", ("context",)),
        ("wang.wei@mof.example", ("context",)),
        ("王伟王伟王伟王伟王伟王伟王伟王伟1", ("context",)),
        ("payrollpayrollpayroll1", ("context",)),
        ("x" * (LONGEST + 1), ("long",)),
        ("with a \0 in the middle of it", ("long",)),
    ],
    ids=lambda value: "-".join(value) or "fit" if isinstance(value, tuple) else "",
)
def test_length_alone_is_asked_for_and_what_is_guessed_first_refused(password: str, told: tuple[str, ...]) -> None:
    assert refusals(password, NIST, AROUND) == told


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("Lilac7tree", ()),
        ("lilac7tree", ("kinds",)),
        ("Lx7!", ("short", "common")),
        ("Woaini1314520", ("common",)),
        ("Password1", ("common",)),
    ],
)
def test_three_kinds_of_signs_where_the_levels_of_protection_ask_for_them(password: str, told: tuple[str, ...]) -> None:
    assert refusals(password, MLPS3, AROUND) == told


@given(st.text(max_size=40))
def test_one_spelling_has_one_answer(text: str) -> None:
    assert refusals(text, NIST, AROUND) == refusals(normal(text), NIST, AROUND)
    assert 0 <= kinds_of(text) <= 4
    assert 0 <= strength(text, AROUND).score <= 4


def test_full_width_letters_are_the_same_password() -> None:
    assert normal("ｌｉｌａｃ　７") == "lilac 7"


def test_advice_is_given_for_what_is_weak_and_none_for_what_stands() -> None:
    assert "repeats" in strength("aaaaaaaaaaaaaaaaaa").advice
    assert strength("the oldest of the lilac trees").advice == ()


def test_expiry_is_of_one_regime_alone_and_compromise_of_both() -> None:
    old = NOW - timedelta(days=90)
    assert due({}, MLPS3, old, NOW) == "expired"
    assert due({"set_at": NOW.isoformat()}, MLPS3, old, NOW) is None
    assert due({}, NIST, NOW - timedelta(days=4000), NOW) is None
    for word in ("set", "breached", "sprayed", "disowned"):
        assert due({"due": word}, NIST, NOW, NOW) == word


def test_five_former_ones_are_remembered_and_no_more() -> None:
    state: dict[str, object] = {}
    for number in range(8):
        state = remembered(state, f"hash {number}", MLPS3, NOW, due=None, until=None)
    assert state["earlier"] == [f"hash {number}" for number in (7, 6, 5, 4, 3)]
    assert "earlier" not in remembered(state, "hash", NIST, NOW, due=None, until=None)


def test_what_an_administrator_made_ends_unused() -> None:
    state = remembered({}, None, NIST, NOW, due="set", until=NOW + timedelta(hours=72))
    assert due(state, NIST, NOW, NOW) == "set"
    assert not is_stale(state, NOW + timedelta(hours=71))
    assert is_stale(state, NOW + timedelta(hours=72))
