"""A network (/24 or /48) from which this person has not signed in before. Mild: addresses change, people travel."""

from risk.attempt import Attempt
from risk.evidence import Evidence

WEIGHT = 0.5


def measure(attempt: Attempt) -> Evidence | None:
    """Evidence when the person has a history and the network is not in it (no history is `usual`'s matter)."""
    own = attempt.history.own
    if not own.total or attempt.network in own.values["network"]:
        return None
    return Evidence("new_network", WEIGHT, "risk.new_network")
