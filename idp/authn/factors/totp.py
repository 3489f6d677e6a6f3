"""Codes of an authenticator app or of a hardware token. Spec: RFC 6238, RFC 4226; ASVS 5.0 V6.5 (each step once).

One step either way, SHA-1, SHA-256 or SHA-512, six or eight digits, steps of 30 or 60 seconds. A hardware token's clock
cannot be set, so that its drift is remembered: learned only from a right code (RFC 6238 §6), a step at a time.
Through pyotp. Does not remember which step was used: `verify` returns it and the store spends it.
"""

import base64
import hashlib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args

import pyotp

from idp.errors import ProofRejected
from idp.model import CodeAlgorithm
from idp.secret import Secret

SEED_BYTES: Final[dict[CodeAlgorithm, int]] = {"SHA1": 20, "SHA256": 32, "SHA512": 64}
"""As long as the digest: RFC 4226 §4 R6, RFC 6238 §3 and its reference seeds."""
WINDOW = 1
"""Steps either way. Spec: RFC 6238 §5.2."""
FIRST_WINDOW = 10
"""The same at the help desk, when a hardware token is given out and nothing is known of its clock."""
TOLD_STEPS = 20
"""How far a clock may be off to be told so; never accepted."""
MOST_DRIFT = 20
"""Steps that a hardware token's clock may be off in all; beyond, the help desk gives another one."""
DIGITS = (6, 8)
PERIODS = (30, 60)
_HASHES: Final[dict[str, Callable[..., Any]]] = {
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How one authenticator makes its codes. period: seconds. drift: steps that its clock is ahead of ours.

    own_clock: a hardware token, whose drift is learned.
    """

    algorithm: CodeAlgorithm = "SHA1"
    digits: int = 6
    period: int = 30
    drift: int = 0
    own_clock: bool = False

    def step_at(self, now: datetime) -> int:
        """Where the device should be by what is known of its clock."""
        return int(now.timestamp()) // self.period + self.drift

    def drift_of(self, step: int, now: datetime) -> int:
        """How far ahead of ours the clock is that showed the code of this step; within MOST_DRIFT."""
        found = step - int(now.timestamp()) // self.period
        return max(-MOST_DRIFT, min(MOST_DRIFT, found))


class ClockOff(ProofRejected):
    """The code is right for another time: the device's clock is about `minutes` off."""

    def __init__(self, minutes: int) -> None:
        super().__init__("clock")
        self.minutes = minutes


APP = Shape()
"""What an authenticator is that says nothing else of itself."""


def shape_of(state: Mapping[str, object]) -> Shape:
    """Of an authenticator's state. What is absent, or none of ours, has its default."""
    algorithm, digits, period, drift = (state.get(name) for name in ("algorithm", "digits", "period", "drift"))
    return Shape(
        next((one for one in get_args(CodeAlgorithm) if one == algorithm), APP.algorithm),
        next((one for one in DIGITS if one == digits), APP.digits),
        next((one for one in PERIODS if one == period), APP.period),
        drift if isinstance(drift, int) and abs(drift) <= MOST_DRIFT else 0,
        own_clock="serial" in state,
    )


def new_shape(seed: Secret[bytes]) -> Shape:
    """Of an app that is being set up: a seed of ours says by its length which algorithm it was made for."""
    fitting = (one for one, length in SEED_BYTES.items() if length == len(seed.reveal()))
    return Shape(algorithm=next(fitting, APP.algorithm))


def uri(seed: Secret[bytes], account: str, issuer: str, shape: Shape = APP) -> str:
    """The `otpauth:` address behind the QR code."""
    return _totp(seed, shape).provisioning_uri(name=account, issuer_name=issuer)


def key_text(seed: Secret[bytes]) -> str:
    """The seed in base32, as people type it."""
    return str(_totp(seed, APP).secret)


def clean(typed: str) -> str:
    """The digits without what people type between them: spaces, dashes of every length, full-width digits."""
    folded = unicodedata.normalize("NFKC", typed)
    return "".join(char for char in folded if not char.isspace() and unicodedata.category(char) != "Pd")[:12]


def verify(
    seed: Secret[bytes],
    typed: str,
    now: datetime,
    last_step: int | None,
    shape: Shape = APP,
    window: int = WINDOW,
) -> int:
    """The step that this code is for.

    Raises:
        ClockOff: it is a code of this seed for a time too far away.
        ProofRejected: "wrong", "used" (that step or a later one was accepted before), "shape".
    Spec: RFC 6238 §5.2, §6.
    """
    code = clean(typed)
    if len(code) != shape.digits or not code.isascii() or not code.isdigit():
        raise ProofRejected("shape")
    totp, current = _totp(seed, shape), shape.step_at(now)
    for step in _around(current, 0, window):
        if pyotp.utils.strings_equal(code, totp.generate_otp(step)):
            if last_step is not None and step <= last_step:
                raise ProofRejected("used")
            return step
    for step in _around(current, window + 1, TOLD_STEPS):
        if pyotp.utils.strings_equal(code, totp.generate_otp(step)):
            raise ClockOff(round(abs(step - current) * shape.period / 60))
    raise ProofRejected("wrong")


def _around(current: int, nearest: int, farthest: int) -> Iterator[int]:
    """Steps by how far they are, the earlier first; none before the epoch, where no counter is."""
    for far in range(nearest, farthest + 1):
        yield from (step for step in dict.fromkeys((current - far, current + far)) if step >= 0)


def _totp(seed: Secret[bytes], shape: Shape) -> pyotp.TOTP:
    text = base64.b32encode(seed.reveal()).decode().rstrip("=")
    return pyotp.TOTP(text, digits=shape.digits, digest=_HASHES[shape.algorithm], interval=shape.period)
