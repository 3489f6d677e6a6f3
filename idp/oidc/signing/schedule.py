"""Which key signs, which are published, which algorithm is due for a new one. Spec: OIDC Core §10.1.1.

A key is published from its making, signs from `active_from` to `retired_at`, and stays published for an overlap that
outlives its last token. A revoked key (its term is empty) is out at once. Deliberately not here: changing anything.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from idp.model import SigningKey


def in_force(keys: Iterable[SigningKey], now: datetime, alg: str) -> SigningKey | None:
    """The newest key of an algorithm that signs now; None before the first is made."""
    live = [key for key in keys if key.alg == alg and key.active_from <= now and not _retired(key, now)]
    return max(live, key=_age) if live else None


def published(keys: Iterable[SigningKey], now: datetime, overlap: timedelta) -> tuple[SigningKey, ...]:
    """Keys that verifiers must know: those to come, in force, and retired for less than `overlap`. Newest first."""
    shown = [key for key in keys if key.retired_at is None or (now < key.retired_at + overlap and not key.revoked)]
    return tuple(sorted(shown, key=_age, reverse=True))


def offered(keys: Iterable[SigningKey], algs: Sequence[str]) -> tuple[str, ...]:
    """The algorithms that have a key in force or to come, in the order of `algs`."""
    alive = {key.alg for key in keys if key.retired_at is None}
    return tuple(alg for alg in algs if alg in alive)


def due(keys: Iterable[SigningKey], now: datetime, alg: str, term: timedelta | None) -> bool:
    """Whether the newest key of an algorithm has signed for its whole term (None: it never ends)."""
    newest = max((key for key in keys if key.alg == alg and key.retired_at is None), key=_age, default=None)
    return newest is not None and term is not None and now >= newest.active_from + term


def _age(key: SigningKey) -> tuple[datetime, str]:
    return key.active_from, key.kid


def _retired(key: SigningKey, now: datetime) -> bool:
    return key.retired_at is not None and key.retired_at <= now
