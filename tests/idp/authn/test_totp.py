"""Codes of authenticator apps and hardware tokens. Vectors: RFC 6238 Appendix B, in six digits and in its eight."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn.factors import totp
from idp.errors import ProofRejected
from idp.model import CodeAlgorithm
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


@pytest.mark.parametrize(
    ("algorithm", "seconds", "code"),
    [
        ("SHA1", 59, "94287082"),
        ("SHA256", 59, "46119246"),
        ("SHA512", 59, "90693936"),
        ("SHA1", 1111111109, "07081804"),
        ("SHA256", 1111111109, "68084774"),
        ("SHA512", 1111111109, "25091201"),
        ("SHA1", 20000000000, "65353130"),
        ("SHA256", 20000000000, "77737706"),
        ("SHA512", 20000000000, "47863826"),
    ],
)
def test_rfc_6238_vectors_of_all_algorithms_in_eight_digits(algorithm: CodeAlgorithm, seconds: int, code: str) -> None:
    length = {"SHA1": 20, "SHA256": 32, "SHA512": 64}[algorithm]
    seed = Secret((b"1234567890" * 7)[:length])
    at, shape = datetime.fromtimestamp(seconds, UTC), totp.Shape(algorithm, digits=8)
    assert totp.verify(seed, code, at, None, shape) == seconds // 30
    assert totp.verify(seed, code[2:], at, None, replace(shape, digits=6)) == seconds // 30
    for wrong in (replace(shape, digits=6), replace(shape, algorithm="SHA1" if algorithm != "SHA1" else "SHA256")):
        with pytest.raises(ProofRejected):
            totp.verify(seed, code, at, None, wrong)


def test_a_step_of_sixty_seconds() -> None:
    shape = totp.Shape(period=60)
    code = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", interval=60).at(NOON)
    assert totp.verify(SEED, code, NOON + timedelta(seconds=59), None, shape) == int(NOON.timestamp()) // 60
    with pytest.raises(totp.ClockOff) as told:
        totp.verify(SEED, code, NOON + timedelta(minutes=5), None, shape)
    assert told.value.minutes == 5


def test_what_a_token_learned_of_its_clock_moves_the_window() -> None:
    ahead = totp.Shape(drift=3, own_clock=True)
    step = totp.verify(SEED, code_at(NOON + 4 * STEP), NOON, None, ahead)
    assert ahead.drift_of(step, NOON) == 4
    with pytest.raises(totp.ClockOff):
        totp.verify(SEED, code_at(NOON), NOON, None, ahead)
    far = int(NOON.timestamp()) // 30 + 400
    assert ahead.drift_of(far, NOON) == totp.MOST_DRIFT


def test_the_shape_of_a_state_is_one_of_ours() -> None:
    told: dict[str, object] = {"algorithm": "SHA512", "digits": 8, "period": 60, "drift": -2, "serial": "GE-1"}
    assert totp.shape_of(told) == totp.Shape("SHA512", 8, 60, -2, own_clock=True)
    assert totp.shape_of({"algorithm": "MD5", "digits": 4, "period": 1, "drift": 999}) == totp.APP
    assert totp.shape_of({}) == totp.Shape()


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


@pytest.mark.parametrize(
    "write",
    [lambda c: f" {c[:3]} {c[3:]} ", lambda c: f"{c[:3]}-{c[3:]}", lambda c: _wide(c), lambda c: f"{c[:3]}–{c[3:]}"],
)
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


@pytest.mark.parametrize(("algorithm", "digits"), [("SHA256", 6), ("SHA512", 8)])
def test_the_address_says_what_is_not_usual(algorithm: CodeAlgorithm, digits: int) -> None:
    text = totp.uri(SEED, "a@b.example", "Gerege", totp.Shape(algorithm, digits, 60))
    parsed = pyotp.parse_uri(text)
    assert (parsed.digits, parsed.digest().name, parsed.interval) == (digits, algorithm.lower(), 60)  # type: ignore[attr-defined]
    assert f"algorithm={algorithm}" in text
