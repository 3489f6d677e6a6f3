"""Codes that people type: fair letters, read as they are meant, and nothing else."""

import os
from collections import Counter
from math import log2

from hypothesis import given
from hypothesis import strategies as st

from idp.oidc import user_code


@given(st.text(alphabet=user_code.ALPHABET, min_size=8, max_size=8))
def test_what_is_shown_is_read_back_however_it_is_typed(code: str) -> None:
    shown = user_code.shown(code)
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    for typed in (shown, shown.lower(), f" {code} ", code.replace("", " "), f"{code[:4]}–{code[4:]}", wide):
        assert user_code.clean(typed) == code


@given(st.text(max_size=80))
def test_anything_else_is_none(typed: str) -> None:
    found = user_code.clean(typed)
    assert found is None or (len(found) == 8 and set(found) <= set(user_code.ALPHABET))


def test_every_letter_is_as_likely() -> None:
    counted = Counter("".join(user_code.make(os.urandom) for _ in range(4000)))
    expected = 4000 * 8 / len(user_code.ALPHABET)
    assert set(counted) == set(user_code.ALPHABET)
    assert all(abs(count - expected) < expected * 0.2 for count in counted.values())


def test_octets_that_would_favour_a_letter_are_passed_over() -> None:
    given_octets = iter([bytes([255] * 16), bytes([0] * 16)])
    assert user_code.make(lambda _: next(given_octets)) == "B" * 8


def test_guesses_within_a_code_s_life_are_one_in_two_to_the_32nd() -> None:
    burst, every = user_code.OF_PERSON
    guesses = burst + 1
    assert every.total_seconds() >= 600
    assert log2(len(user_code.ALPHABET) ** user_code.LENGTH / guesses) > 31.9
