"""Freeman's ratio: is this sign-in more like everyone, or more like this person?

    S = product over features f of [ p_everyone(x_f) / p_person(x_f) ] x (1 / people) / (n_person / n_everyone)

A feature is a hierarchy of levels, finest first, each with a weight; p is the weighted sum over its levels.
p_person is unsmoothed: count / n. p_everyone is smoothed by linear discount, with M the distinct values of a level
and of the coarser ones: seen count/n x (1 - M/(n+M)), unseen 1/(n+M).

Spec: Freeman et al., NDSS 2016, equation 7, with the weights and edge cases of Wiefling et al., ACM TOPS 2022.
Departures, each on purpose:
  - No attack data: it makes the score worse (Wiefling et al. 2022, RQ2).
  - The device binding takes the place of the whole User-Agent string, which changes with every update.
  - A level that is unknown now, or was never known for this person, is left out and its weight shared by the others:
    unknown is not foreign.
  - The documented edge case gives 4 to what the person never had. That is the top for every value, or something
    seen once would be worse than something never seen.
An empty history has no ratio at all (None), so that nobody reads it as low risk.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from risk.attempt import Attempt, Counts, Level

Weights = Sequence[tuple[Level, float]]
PLACE: Weights = (("network", 0.6), ("asn", 0.3), ("country", 0.1))
# .5387, .2680 and .1882 + .0051 of the paper's port: the device type, its last level, says no more than the system.
AGENT: Weights = (("device", 0.54), ("browser", 0.27), ("system", 0.19))
NEVER_SEEN = 4.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """The factors of S; 1 is neutral, above 1 speaks against the person.

    Attributes:
        place, agent: one for each feature, 0 < factor <= 4; None when no level could be compared.
        activity: the last factor, > 0: people who sign in rarely are less likely to be who signs in now.
    """

    place: float | None
    agent: float | None
    activity: float

    @property
    def value(self) -> float:
        """S itself; a feature that could not be compared counts as 1."""
        return (1.0 if self.place is None else self.place) * (1.0 if self.agent is None else self.agent) * self.activity


def ratio(attempt: Attempt) -> Ratio | None:
    """Compare an attempt with its history; None when the person has none.

    Spec: Freeman et al. 2016 equation 7.
    """
    history = attempt.history
    own, everyone = history.own, history.everyone
    if own.total <= 0:
        return None
    return Ratio(
        place=_factor(attempt, own, everyone, PLACE),
        agent=_factor(attempt, own, everyone, AGENT),
        activity=(1 / history.people) / (own.total / max(everyone.total, own.total)),
    )


def _factor(attempt: Attempt, own: Counts, everyone: Counts, levels: Weights) -> float | None:
    """p_everyone / p_person of one feature; both sums share the weights of the levels that can be compared."""
    person = population = 0.0
    comparable = False
    for index, (level, weight) in enumerate(levels):
        value = attempt.value(level)
        if value is None or not own.known[level]:
            continue
        comparable = True
        person += weight * own.values[level].get(value, 0) / own.known[level]
        population += weight * _smoothed(everyone, value, levels, index)
    if not comparable:
        return None
    # The shared weights cancel in the quotient, so they need not be scaled to 1.
    return NEVER_SEEN if not person else min(NEVER_SEEN, population / person)


def _smoothed(counts: Counts, value: str, levels: Weights, index: int) -> float:
    """Linear discount. Seen: c/n x (1 - M/(n+M)) = c/(n+M); unseen: 1/(n+M)."""
    level = levels[index][0]
    unseen = sum(len(counts.values[coarser]) for coarser, _ in levels[index:])
    return max(1, counts.values[level].get(value, 0)) / max(1, counts.known[level] + unseen)
