"""Is this how the person usually signs in? Freeman's ratio, and the cold start as evidence of its own.

Only what speaks against the person counts, feature by feature: a usual device does not vouch for a foreign network,
or a stolen cookie would. The ratio's activity factor is left out: it would hold against people that they sign in
rarely. Each feature adds at most half a bit, not more than the signal that says "never seen" of its finest level.
"""

from math import log

from risk.attempt import Attempt
from risk.evidence import Evidence
from risk.freeman import NEVER_SEEN, ratio

FEATURE_AT_MOST = 0.5
NO_HISTORY = 1.0
NO_HISTORY_IN_ZONE = 0.5  # the organisation's own network vouches for a first sign-in, in part


def measure(attempt: Attempt) -> Evidence | None:
    """Evidence when the ratio is above 1 for a feature, or when there is nothing to compare with."""
    found = ratio(attempt)
    if found is None:
        weight = NO_HISTORY_IN_ZONE if attempt.zones else NO_HISTORY
        return Evidence("usual", weight, "risk.no_recent_sign_in" if attempt.confirmed else "risk.first_sign_in")
    weight = _bits(found.place) + _bits(found.agent)
    if not weight:
        return None
    return Evidence("usual", weight, "risk.unlike_usual")


def _bits(factor: float | None) -> float:
    """0 at a factor of 1 or less, half a bit at 4, which is the top."""
    if factor is None or factor <= 1:
        return 0.0
    return FEATURE_AT_MOST * log(factor) / log(NEVER_SEEN)
