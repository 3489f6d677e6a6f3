"""How many guesses are heard, from whom, before a proof is even looked at.

A bucket refills one unit a window, so that within any window no more than burst + 1 tries pass. Devices that a person
has used and devices that nobody knows have buckets of their own: a stranger's guesses never shut the owner out, and
both together stay below the number at which the directory itself would lock the account. A bucket of burst 0 hears
nobody.
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
    account: str, network: str, known: bool, bursts: tuple[int, int, int, int], window: timedelta, threshold: int | None
) -> tuple[Bucket, ...]:
    """Buckets that a password try must find room in.

    Args:
        account: keyed digest of department and identifier, the same whether or not such a person exists.
        network: keyed digest of the caller's network.
        known: this browser has completed a sign-in of this person before, or something was proved in it that cannot
            be guessed.
        bursts: strangers', known devices', network's, strangers' before they are heard once a day.
        threshold: wrong binds after which the directory locks; None when it is not known.
    """
    burst, whose = _burst(known, bursts[0], bursts[1], threshold)
    buckets = (
        Bucket(f"net:{network}", bursts[2], window / bursts[2]),
        Bucket(OWN + account if whose == "known" else f"{BIND}{account}:{whose}", burst, window),
    )
    return buckets if known else (*buckets, Bucket(LONG + account, bursts[3], timedelta(days=1)))


def hears(known: bool, unguessable: bool, strangers_tried: int, failures: int, few: int) -> bool:
    """Whether a password is looked at at all. After a few failures a device that nobody knows is asked to prove
    something first that cannot be guessed, of whoever has such a thing; its password is neither verified nor counted,
    so that a stranger's guesses never come to the number that disables. Whoever has none waits, longer and longer.

    Args:
        unguessable: the person has a passkey, recovery codes, or the like.
        strangers_tried: lately, this one among them. failures: consecutive ones, as the authenticator counts.
        few: how many are heard without.
    Spec: SP 800-63B-4 §3.2.2.
    """
    return known or not unguessable or (strangers_tried <= few and failures < few)


LONG = "long:"
"""Tries by devices that nobody knows, over days: when they are spent one a day is heard."""
BIND = "bind:"
"""Tries by devices that nobody knows. After the counters were forgotten these are full for a window: an emptied store
must not refill a guesser's budget."""
OWN = "own:"
"""Tries by a person's own devices, which go on even then."""
ROOM_FOR_BOTH = 6
"""The least threshold that leaves strangers and known devices a bucket each; below it they share one."""
LEAST = 3
"""Below this threshold no password is tried: two tries, an eternity apart, would lock the account."""


def share(stranger: int, known: int, threshold: int | None) -> tuple[int, int]:
    """Both bursts, cut so that (stranger + 1) + (known + 1) within one window is below the directory's threshold.

    It is below it by two: one bind may be counted twice, when its connection broke and it was tried again.
    Strangers keep one, or nobody could sign in at a first device; known devices are served next.

    Args:
        threshold: at least ROOM_FOR_BOTH, or None.
    """
    if threshold is None:
        return stranger, known
    room = threshold - 2
    owner = min(known, room - 3)
    return min(stranger, room - owner - 2), owner


def _burst(known: bool, stranger: int, owner: int, threshold: int | None) -> tuple[int, str]:
    """How many at once, and whose bucket it is."""
    if threshold is not None and threshold < ROOM_FOR_BOTH:
        return (max(threshold - 3, 1) if threshold >= LEAST else 0), "all"
    stranger, owner = share(stranger, owner, threshold)
    return (owner, "known") if known else (stranger, "stranger")


def passkey_buckets(network: str, net_burst: int, window: timedelta) -> tuple[Bucket, ...]:
    """Buckets of a passkey try: of the network alone, since a key cannot be guessed and nobody must be shut out."""
    return (Bucket(f"net:passkey:{network}", net_burst, window / net_burst),)


def factor_buckets(
    authenticator_id: str, network: str, burst: int, net_burst: int, window: timedelta
) -> Sequence[Bucket]:
    """Buckets of one code. `authenticator_id` says whose tries they are too, where known devices have their own."""
    return (
        Bucket(f"net:{network}", net_burst, window / net_burst),
        Bucket(f"factor:{authenticator_id}", burst, window / burst),
    )
