"""Codes of an authenticator app. Spec: RFC 6238 (±1 step, SHA-1, 6 digits), RFC 4226; ASVS 5.0 V6.5 (each step once).

Through pyotp. Does not remember which step was used: `verify` returns it and the store spends it.
"""

import base64
import unicodedata
from datetime import datetime

import pyotp

from idp.errors import ProofRejected
from idp.secret import Secret

STEP_SECONDS = 30
SEED_BYTES = 20
"""160 bits, RFC 4226 §4 R6."""
DRIFT_STEPS = 20
"""How far a clock may be off to be told so; never accepted."""


class ClockOff(ProofRejected):
    """The code is right for another time: the phone's clock is about `minutes` off."""

    def __init__(self, minutes: int) -> None:
        super().__init__("clock")
        self.minutes = minutes


def uri(seed: Secret[bytes], account: str, issuer: str) -> str:
    """The `otpauth:` address behind the QR code."""
    return _totp(seed).provisioning_uri(name=account, issuer_name=issuer)


def key_text(seed: Secret[bytes]) -> str:
    """The seed in base32, as people type it."""
    return str(_totp(seed).secret)


def clean(typed: str) -> str:
    """Digits only; spaces and full-width digits are what people type."""
    return "".join(char for char in unicodedata.normalize("NFKC", typed) if not char.isspace() and char != "-")[:12]


def verify(seed: Secret[bytes], typed: str, now: datetime, last_step: int | None) -> int:
    """The step that this code is for.

    Raises:
        ClockOff: it is a code of this seed for a time too far away.
        ProofRejected: "wrong", "used" (that step or a later one was accepted before), "shape".
    Spec: RFC 6238 §5.2.
    """
    code = clean(typed)
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        raise ProofRejected("shape")
    totp = _totp(seed)
    current = int(now.timestamp()) // STEP_SECONDS
    for step in (current, current - 1, current + 1):
        if pyotp.utils.strings_equal(code, totp.generate_otp(step)):
            if last_step is not None and step <= last_step:
                raise ProofRejected("used")
            return step
    for drift in range(2, DRIFT_STEPS + 1):
        for step in (current - drift, current + drift):
            if pyotp.utils.strings_equal(code, totp.generate_otp(step)):
                raise ClockOff(round(drift * STEP_SECONDS / 60))
    raise ProofRejected("wrong")


def _totp(seed: Secret[bytes]) -> pyotp.TOTP:
    return pyotp.TOTP(base64.b32encode(seed.reveal()).decode(), interval=STEP_SECONDS)
