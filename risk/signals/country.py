"""A country in which this person has not signed in before. Unknown is not foreign: it is missing evidence, weight 0."""

from risk.attempt import Attempt
from risk.evidence import Evidence

WEIGHT = 1.5


def measure(attempt: Attempt) -> Evidence | None:
    """Evidence when the country is known and absent from the person's history."""
    own = attempt.history.own
    if attempt.country is None:
        return Evidence("country", 0.0, "risk.place_unknown")
    if not own.known["country"]:
        return None if not own.total else Evidence("country", 0.0, "risk.places_not_recorded")
    if attempt.country in own.values["country"]:
        return None
    if attempt.previous_country is None or attempt.previous_at is None:
        return Evidence("country", WEIGHT, "risk.new_country", {"country": attempt.country})
    params = {
        "country": attempt.country,
        "previous_country": attempt.previous_country,
        "previous_at": attempt.previous_at.isoformat(),
    }
    return Evidence("country", WEIGHT, "risk.new_country_since", params)
