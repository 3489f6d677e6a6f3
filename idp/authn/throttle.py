"""How many guesses are heard, from whom, before a proof is even looked at.

A bucket refills one unit a window, so that within any window no more than burst + 1 tries pass. Devices that a person
has used and devices that nobody knows have buckets of their own: a stranger's guesses never shut the owner out, and
both together stay below the number at which the directory itself would lock the account.
Spec: NIST SP 800-63B-4 §3.2.2; ASVS 5.0 V6.1. Does not sleep and does not lock: a delay is a not-before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Bucket:
    """`burst` at once, then one more each `every`."""

    key: str
    burst: int
    every: timedelta


def password_buckets(
    account: str, network: str, known: bool, bursts: tuple[int, int, int], window: timedelta, threshold: int | None
) -> tuple[Bucket, ...]:
    """Buckets that a password try must find room in.

    Args:
        account: keyed digest of department and identifier, the same whether or not such a person exists.
        network: keyed digest of the caller's network.
        known: this browser has completed a sign-in of this person before.
        bursts: strangers', known devices', network's.
        threshold: wrong binds after which the directory locks; None when it is not known.
    """
    stranger, owner = share(bursts[0], bursts[1], threshold)
    burst = owner if known else stranger
    buckets = [Bucket(f"net:{network}", bursts[2], window / bursts[2])]
    if burst > 0:
        buckets.append(Bucket(f"bind:{account}:{'known' if known else 'stranger'}", burst, window))
    return tuple(buckets)


def share(stranger: int, known: int, threshold: int | None) -> tuple[int, int]:
    """Both bursts, cut so that (stranger + 1) + (known + 1) within one window stays below the directory's threshold.

    Known devices are served first. (0, n) means that strangers' passwords are not tried at all at such a directory.
    """
    if threshold is None:
        return stranger, known
    room = max(threshold - 2, 0)  # one bind may be counted twice, when its connection broke and it was tried again
    owner = min(known, max(room - 1, 0))
    left = room - (owner + 1)
    return max(min(stranger, left - 1), 0), owner


def factor_buckets(
    authenticator_id: str, network: str, burst: int, net_burst: int, window: timedelta
) -> Sequence[Bucket]:
    """Buckets of one code or key."""
    return (
        Bucket(f"net:{network}", net_burst, window / net_burst),
        Bucket(f"factor:{authenticator_id}", burst, window / burst),
    )
