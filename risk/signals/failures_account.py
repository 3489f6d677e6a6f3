"""Failed proofs on this account just before. A step-up, never `high` alone: who guesses must not lock anyone out."""

from datetime import timedelta

from risk.attempt import Attempt
from risk.evidence import Evidence

FROM = 3  # fewer are typing mistakes
EACH = 0.25
AT_MOST = 1.5


def measure(attempt: Attempt) -> Evidence | None:
    """Evidence from 3 failures on, growing to 6."""
    count = attempt.failures_account
    if count < FROM:
        return None
    params = {"count": str(count), "minutes": str(attempt.failures_window // timedelta(minutes=1))}
    return Evidence("failures_account", min(AT_MOST, count * EACH), "risk.failures_account", params)
