"""Failed proofs from this network just before, whoever was named. Offices share an address: their measure is wider."""

from datetime import timedelta

from risk.attempt import Attempt
from risk.evidence import Evidence

FROM = 10
FROM_IN_ZONE = 50
AT_FROM = 0.5
AT_MOST = 1.5


def measure(attempt: Attempt) -> Evidence | None:
    """Evidence from 10 failures on (50 in the organisation's own zones), growing to three times as many."""
    count, start = attempt.failures_network, FROM_IN_ZONE if attempt.zones else FROM
    if count < start:
        return None
    params = {"count": str(count), "minutes": str(attempt.failures_window // timedelta(minutes=1))}
    return Evidence("failures_network", min(AT_MOST, AT_FROM * count / start), "risk.failures_network", params)
