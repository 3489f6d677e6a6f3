"""Evidence to score to band. It measures; what a band means is decided by a policy.

The weights of all evidence are added up, in bits, and value = 1 - 2^-bits: 0 is nothing unusual, each further bit
halves the distance to 1. More evidence never lowers the sum, and no evidence lowers it: nothing vouches for a person
here but the absence of suspicion. It deliberately knows no attack data and no person.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, isfinite
from typing import Literal

from risk.attempt import Attempt
from risk.evidence import Evidence
from risk.signals import SIGNALS, Signal

Band = Literal["low", "elevated", "high"]
# A signal that breaks must not look like one that found nothing: it is worth a step-up.
NOT_MEASURED = 1.0
CERTAIN = 64.0  # bits from which on a value is 1.0, as floats go
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Values from which on a score is elevated (0.5 is one bit) and high (0.9 is 3.3 bits)."""

    elevated: float = 0.5
    high: float = 0.9

    def __post_init__(self) -> None:
        if not 0 < self.elevated < self.high <= 1:
            raise ValueError(f"expected 0 < elevated < high <= 1, found {self.elevated} and {self.high}")

    def band(self, value: float) -> Band:
        """The band of a value."""
        if value >= self.high:
            return "high"
        return "elevated" if value >= self.elevated else "low"


@dataclass(frozen=True, slots=True)
class Score:
    """How unusual a sign-in is, and why.

    Attributes:
        value: 0 (nothing unusual) to 1.
        evidence: what counted, strongest first.
        missing: names of the signals that could not be measured, sorted; a policy says what that means.
    """

    value: float
    band: Band
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...]


DEFAULT_THRESHOLDS = Thresholds()


def score(attempt: Attempt, signals: Iterable[Signal] = SIGNALS, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> Score:
    """Read every signal and add up what they found. Raises nothing: a signal that fails is evidence and is named."""
    found: list[Evidence] = []
    missing: set[str] = set()
    for signal in signals:
        name = signal.__module__.rpartition(".")[2]
        evidence = _read(signal, name, attempt)
        if evidence is None:
            continue
        if not evidence.weight or evidence.message == "risk.not_measured":
            missing.add(evidence.signal)
        if evidence.weight:
            found.append(evidence)
    # fsum is exact, so that the order cannot matter; without the cap it could overflow.
    value = 1 - 2 ** -fsum(min(each.weight, CERTAIN) for each in found)
    found.sort(key=lambda each: (-each.weight, each.signal))
    return Score(value, thresholds.band(value), tuple(found), tuple(sorted(missing)))


def _read(signal: Signal, name: str, attempt: Attempt) -> Evidence | None:
    try:
        evidence = signal(attempt)
        if evidence is None or (isfinite(evidence.weight) and evidence.weight >= 0):
            return evidence
        log.error("risk signal %s gave the weight %r, which is none", name, evidence.weight)
    except Exception:
        log.exception("risk signal %s failed", name)
    return Evidence(name, NOT_MEASURED, "risk.not_measured", {"signal": name})
