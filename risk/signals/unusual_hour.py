"""An hour of the day at which this person does not sign in: a circular histogram, 23 h lies beside 0 h.

Each past sign-in also speaks, less, for the two hours before and after it. With few sign-ins nothing is said.
"""

from risk.attempt import Attempt
from risk.evidence import Evidence

WEIGHT = 0.5
SIGN_INS_NEEDED = 10
RARE = 0.02  # share of the person's sign-ins, weighted, around this hour
KERNEL = ((0, 1.0), (-1, 0.5), (1, 0.5), (-2, 0.25), (2, 0.25))


def measure(attempt: Attempt) -> Evidence | None:
    """Evidence when less than 2 % of the history lies around this hour of the person's clock."""
    own = attempt.history.own
    if own.total < SIGN_INS_NEEDED:
        return None
    now = attempt.local_time
    around = sum(weight * own.hours[(now.hour + shift) % 24] for shift, weight in KERNEL)
    if around / own.total >= RARE:
        return None
    return Evidence("unusual_hour", WEIGHT, "risk.unusual_hour", {"time": f"{now:%H:%M}"})
