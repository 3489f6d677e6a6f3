"""Codes of authenticator apps. Vectors: RFC 6238 Appendix B (SHA-1), the last six of its eight digits."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn.factors import totp
from idp.errors import ProofRejected
from idp.secret import Secret

SEED = Secret(b"12345678901234567890")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEP = timedelta(seconds=30)


def code_at(when: datetime) -> str:
    return str(pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").at(when))


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_rfc_6238_vectors(seconds: int, code: str) -> None:
    assert totp.verify(SEED, code[2:], datetime.fromtimestamp(seconds, UTC), None) == seconds // 30


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_one_step_either_way(steps: int) -> None:
    step = totp.verify(SEED, code_at(NOON + steps * STEP), NOON, None)
    assert step == int(NOON.timestamp()) // 30 + steps


@pytest.mark.parametrize(("steps", "minutes"), [(-2, 1), (2, 1), (-10, 5), (20, 10)])
def test_a_clock_that_is_off_is_told_and_not_accepted(steps: int, minutes: int) -> None:
    with pytest.raises(totp.ClockOff) as told:
        totp.verify(SEED, code_at(NOON + steps * STEP), NOON, None)
    assert told.value.minutes == minutes


def test_a_step_is_used_once_and_so_is_every_earlier_one() -> None:
    step = totp.verify(SEED, code_at(NOON), NOON, None)
    for used in (step, step + 1):
        with pytest.raises(ProofRejected, match="used"):
            totp.verify(SEED, code_at(NOON), NOON, used)
    assert totp.verify(SEED, code_at(NOON), NOON, step - 1) == step


@pytest.mark.parametrize("write", [lambda c: f" {c[:3]} {c[3:]} ", lambda c: f"{c[:3]}-{c[3:]}", lambda c: _wide(c)])
def test_codes_as_people_type_them(write: object) -> None:
    assert totp.verify(SEED, write(code_at(NOON)), NOON, None)  # type: ignore[operator]


@given(st.text(max_size=40))
def test_nothing_else_is_a_code_and_nothing_breaks(typed: str) -> None:
    good = {code_at(NOON + steps * STEP) for steps in (-1, 0, 1)}
    if totp.clean(typed) not in good:
        with pytest.raises(ProofRejected):
            totp.verify(SEED, typed, NOON, None)


def test_the_address_behind_the_picture_holds_the_key() -> None:
    parsed = pyotp.parse_uri(totp.uri(SEED, "alice@mof.example", "Gerege"))
    assert parsed.secret == totp.key_text(SEED) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert (parsed.name, parsed.issuer) == ("alice@mof.example", "Gerege")


def _wide(code: str) -> str:
    return "".join(chr(ord("０") + int(digit)) for digit in code)
