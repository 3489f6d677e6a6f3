"""Outside the organisation's own networks. Mild: people work at home; a policy may make more of it."""

from risk.attempt import Attempt
from risk.evidence import Evidence

WEIGHT = 0.25


def measure(attempt: Attempt) -> Evidence | None:
    """Evidence when zones are configured and none contains the address."""
    if attempt.zones or not attempt.zones_configured:
        return None
    return Evidence("network_zone", WEIGHT, "risk.outside_networks")
