"""Counting guesses, in one trip before a proof is looked at and one after. Spec: NIST SP 800-63B-4 §3.2.2.

The rules are in `idp.authn.throttle`; this hands them to the counters, tells the operator when a budget is spent, and
counts what an authenticator bears until it is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from idp.authn import throttle
from idp.authn.passwords import normal
from idp.events import AlertRaised, FactorRemoved, StrangersFailed
from idp.flows import notices
from idp.flows.context import Idp, Visit, hash_of
from idp.model import Alert, Authenticator
from idp.ports import Limit, Reading, Tx
from idp.secret import Secret


@dataclass(frozen=True, slots=True)
class Budget:
    """What was taken before a try: `heard` is whether the proof may be looked at at all."""

    limits: tuple[Limit, ...]
    readings: tuple[Reading, ...]

    @property
    def heard(self) -> bool:
        return all(reading.allowed for reading in self.readings)

    @property
    def strangers_tried(self) -> int:
        """By devices that nobody knows, over days; none where this is not one of them."""
        pairs = zip(self.limits, self.readings, strict=True)
        return next((reading.used for limit, reading in pairs if limit.key.startswith(throttle.LONG)), 0)


def for_password(idp: Idp, visit: Visit, account: str, known: bool, threshold: int | None) -> Budget:
    """Take one password try."""
    return _take(idp, _of_password(idp, visit, account, known, threshold))


def would_hear(idp: Idp, visit: Visit, account: str, threshold: int | None) -> bool:
    """Whether the person's own next password would be looked at; takes nothing."""
    own = _limits(_of_password(idp, visit, account, True, threshold)[1:])
    return all(reading.used < limit.burst for limit, reading in zip(own, idp.ports.brief.peek(own), strict=True))


def forget_own(idp: Idp, account: str) -> None:
    """The tries of the person's own devices count from none again."""
    idp.ports.brief.give_back((), clear=[throttle.OWN + account])


def for_passkey(idp: Idp, visit: Visit) -> Budget:
    """Take one try of a passkey."""
    rules = idp.settings.guessing
    return _take(
        idp, throttle.passkey_buckets(visit.network, rules.network_burst, timedelta(minutes=rules.window_minutes))
    )


def also_of_network(idp: Idp, budget: Budget) -> bool:
    """Of a try that was not heard: its network pays all the same. Whether it may cost what others cost."""
    return budget.readings[0].allowed and _take(idp, budget.limits[:1]).heard


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


def count_failure(idp: Idp, tx: Tx, visit: Visit, authenticator: Authenticator) -> None:
    """One more wrong proof in a row. At the ceiling it is over: the person and the operator are told, and it must be
    bound anew. Spec: SP 800-63B-4 §3.2.2."""
    if not tx.authenticators.count_failure(authenticator.id, visit.now):
        return
    tx.record(
        FactorRemoved(
            subject_id=authenticator.subject_id,
            network=visit.network,
            factor=authenticator.factor,
            authenticator_id=authenticator.id,
            by="too-many-failures",
        )
    )
    _raise(idp, tx, visit, "factor-disabled", authenticator.subject_id)
    notices.tell(
        idp, tx, authenticator.subject_id, "factor-disabled", name=authenticator.label, factor=authenticator.factor
    )


SPRAY = timedelta(hours=1)


def watch_spray(idp: Idp, visit: Visit, account: str, password: Secret[str]) -> None:
    """One wrong password, tried at many accounts: an alert, once an hour. What is kept is a keyed digest that nobody
    can compare with the next hour's, in the short-lived store alone. Spec: ASVS 5.0 V6.3.1."""
    limit = _spray(idp, visit, password)
    if not idp.ports.brief.spend("spray", hash_of(f"{limit.key}|{account}"), SPRAY):
        return
    (reading,) = idp.ports.brief.take([limit])
    if not reading.allowed and idp.ports.brief.spend("alert", limit.key, SPRAY):
        _alert(idp, visit, "password-spray", None)


def is_sprayed(idp: Idp, visit: Visit, password: Secret[str]) -> bool:
    """Somebody tries this very password at many accounts, and it fits here."""
    limit = _spray(idp, visit, password)
    return idp.ports.brief.peek([limit])[0].used >= limit.burst


def _spray(idp: Idp, visit: Visit, password: Secret[str]) -> Limit:
    hour = f"{visit.now:%Y-%m-%dT%H}"
    digest = idp.ports.sealer.digest("spray", f"{hour}|{normal(password.reveal())}")
    return Limit(f"spray:{digest}", idp.settings.guessing.spray_accounts - 1, SPRAY)


def _alert(idp: Idp, visit: Visit, kind: str, subject_id: str | None) -> None:
    with idp.ports.truth.begin() as tx:
        _raise(idp, tx, visit, kind, subject_id)


def _raise(idp: Idp, tx: Tx, visit: Visit, kind: str, subject_id: str | None) -> None:
    params = {"country": visit.place.country or "", "network": visit.network[:12]}
    tx.desk.raise_alert(Alert(idp.id("alert"), kind, visit.now, f"alert.{kind}", params, subject_id))
    tx.record(AlertRaised(kind=kind, subject_id=subject_id, network=visit.network, country=visit.place.country))


def _of_password(
    idp: Idp, visit: Visit, account: str, known: bool, threshold: int | None
) -> tuple[throttle.Bucket, ...]:
    rules = idp.settings.guessing
    return throttle.password_buckets(
        account,
        visit.network,
        known,
        (rules.stranger_burst, rules.known_burst, rules.network_burst, rules.stranger_daily_burst),
        timedelta(minutes=rules.window_minutes),
        threshold,
    )


def _limits(buckets: Sequence[throttle.Bucket | Limit]) -> tuple[Limit, ...]:
    return tuple(Limit(bucket.key, bucket.burst, bucket.every) for bucket in buckets)


def _take(idp: Idp, buckets: Sequence[throttle.Bucket | Limit]) -> Budget:
    limits = _limits(buckets)
    return Budget(limits, idp.ports.brief.take(limits))
