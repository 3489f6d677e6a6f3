"""Counting guesses, in one trip before a proof is looked at and one after. Spec: NIST SP 800-63B-4 §3.2.2.

The rules are in `idp.authn.throttle`; this hands them to the counters and tells the operator when a budget is spent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from idp.authn import throttle
from idp.events import AlertRaised, StrangersFailed
from idp.flows.context import Idp, Visit
from idp.model import Alert
from idp.ports import Limit, Reading


@dataclass(frozen=True, slots=True)
class Budget:
    """What was taken before a try: `heard` is whether the proof may be looked at at all."""

    limits: tuple[Limit, ...]
    readings: tuple[Reading, ...]

    @property
    def heard(self) -> bool:
        return all(reading.allowed for reading in self.readings)


def for_password(idp: Idp, visit: Visit, account: str, known: bool, threshold: int | None) -> Budget:
    """Take one password try."""
    rules = idp.settings.guessing
    buckets = throttle.password_buckets(
        account,
        visit.network,
        known,
        (rules.stranger_burst, rules.known_burst, rules.network_burst),
        timedelta(minutes=rules.window_minutes),
        threshold,
    )
    return _take(idp, buckets)


def for_passkey(idp: Idp, visit: Visit) -> Budget:
    """Take one try of a passkey."""
    rules = idp.settings.guessing
    return _take(
        idp, throttle.passkey_buckets(visit.network, rules.network_burst, timedelta(minutes=rules.window_minutes))
    )


def for_factor(idp: Idp, visit: Visit, authenticator_id: str) -> Budget:
    """Take one try of a code."""
    rules = idp.settings.guessing
    window = timedelta(minutes=rules.window_minutes)
    return _take(
        idp,
        throttle.factor_buckets(authenticator_id, visit.network, rules.factor_burst, rules.network_burst, window),
    )


def succeeded(idp: Idp, budget: Budget) -> None:
    """A right proof costs nothing: the network gets its unit back and the account's count is cleared."""
    idp.ports.brief.give_back(
        [limit for limit in budget.limits if limit.key.startswith("net:")],
        clear=[limit.key for limit in budget.limits if not limit.key.startswith("net:")],
    )


def recent_failures(idp: Idp, account: str | None, network: str) -> tuple[int, int]:
    """(of this account by strangers, of this network) still in the buckets, for the risk score."""
    rules = idp.settings.guessing
    window = timedelta(minutes=rules.window_minutes)
    limits = [Limit(f"net:{network}", rules.network_burst, window / rules.network_burst)]
    if account is not None:
        limits.append(Limit(f"bind:{account}:stranger", rules.stranger_burst, window))
    readings = idp.ports.brief.peek(limits)
    return (readings[1].used if account is not None else 0), readings[0].used


def warn(idp: Idp, visit: Visit, budget: Budget, subject_id: str | None) -> None:
    """Raise one alert a window when a network or an account has spent its budget, and add strangers up."""
    network = budget.readings[0]
    full = [limit for limit, reading in zip(budget.limits, budget.readings, strict=True) if not reading.allowed]
    if subject_id is None and network.used & (network.used - 1) == 0:
        idp.ports.truth.record_soon(StrangersFailed(count=max(network.used, 1), network=visit.network))
    for limit in full:
        kind = "network-guessing" if limit.key.startswith("net:") else "account-guessing"
        window = timedelta(minutes=idp.settings.guessing.window_minutes)
        if idp.ports.brief.spend("alert", limit.key, window):
            _alert(idp, visit, kind, subject_id if kind == "account-guessing" else None)


def _alert(idp: Idp, visit: Visit, kind: str, subject_id: str | None) -> None:
    params = {"country": visit.place.country or "", "network": visit.network[:12]}
    alert = Alert(idp.id("alert"), kind, visit.now, f"alert.{kind}", params, subject_id)
    with idp.ports.truth.begin() as tx:
        tx.desk.raise_alert(alert)
        tx.record(AlertRaised(kind=kind, subject_id=subject_id, network=visit.network, country=visit.place.country))


def _take(idp: Idp, buckets: Sequence[throttle.Bucket]) -> Budget:
    limits = tuple(Limit(bucket.key, bucket.burst, bucket.every) for bucket in buckets)
    return Budget(limits, idp.ports.brief.take(limits))
