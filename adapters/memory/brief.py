"""Codes, interactions and counters in memory: the reference for what Valkey does by scripts.

`clock` answers seconds, monotonic, so that tests move time. `forget` empties everything, as a flushed server would.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from idp.errors import Conflict, Expired, Throttled
from idp.model import Code, Interaction, Slip
from idp.ports import Limit, Reading, Taken
from idp.ports.brief import MOST_OF_OWNER, S

TOMBSTONE = timedelta(minutes=10)
GUESSES = "bind:"


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Code | Interaction | Slip | str
    until: float
    owner: str | None = None


class MemoryBrief:
    """`idp.ports.Brief`. `most`: interactions under way from one network."""

    def __init__(
        self,
        *,
        most: int = 2000,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._most, self._clock, self._now = most, clock, now
        self._lock = Lock()
        self._kept: dict[str, _Kept] = {}
        self._tats: dict[str, float] = {}
        self._forgot: tuple[float, datetime] | None = None

    def forget(self) -> None:
        """What an emptied server does: all is gone, and budgets of guesses count as used up."""
        with self._lock:
            self._kept.clear()
            self._tats.clear()
            self._forgot = self._clock(), self._now()

    def forgot_since(self) -> datetime | None:
        """What was known before this moment is lost; None: it has never forgotten."""
        return None if self._forgot is None else self._forgot[1]

    def put_code(self, code_hash: str, code: Code, life: timedelta) -> None:
        with self._lock:
            if self._get(f"code:{code_hash}") is not None:
                raise Conflict("that code was issued before")
            self._set(f"code:{code_hash}", code, life.total_seconds())

    def take_code(self, code_hash: str) -> Taken:
        key = f"code:{code_hash}"
        with self._lock:
            found = self._get(key)
            if isinstance(found, str):
                return Taken(None, found)
            if not isinstance(found, Code):
                return Taken(None)
            left = self._kept[key].until - self._clock()
            self._set(key, found.grant_id, left + TOMBSTONE.total_seconds())
            return Taken(found)

    def open_interaction(self, interaction: Interaction, life: timedelta) -> None:
        with self._lock:
            now = self._clock()
            of_network = [
                kept.until
                for kept in self._kept.values()
                if isinstance(kept.value, Interaction) and kept.value.network == interaction.network
            ]
            under_way = sorted(until for until in of_network if until > now)
            if len(under_way) >= self._most:
                raise Throttled(timedelta(seconds=under_way[0] - now), "too many interactions from one network")
            self._set(f"interaction:{interaction.id_hash}", interaction, life.total_seconds())

    def interaction(self, id_hash: str) -> Interaction | None:
        with self._lock:
            found = self._get(f"interaction:{id_hash}")
        return found if isinstance(found, Interaction) else None

    def save_interaction(self, interaction: Interaction) -> Interaction:
        key = f"interaction:{interaction.id_hash}"
        with self._lock:
            found = self._get(key)
            if not isinstance(found, Interaction):
                raise Expired("the interaction is over")
            if found.version != interaction.version:
                raise Conflict("the interaction moved meanwhile")
            moved = replace(interaction, version=interaction.version + 1)
            self._kept[key] = _Kept(moved, self._kept[key].until)
            return moved

    def close_interaction(self, id_hash: str) -> None:
        with self._lock:
            self._kept.pop(f"interaction:{id_hash}", None)

    def take(self, limits: Sequence[Limit]) -> tuple[Reading, ...]:
        with self._lock:
            seen = [self._look(limit) for limit in limits]
            if any(wait > 0 for _, wait in seen):
                return self._readings(limits, seen)
            for limit, (tat, _) in zip(limits, seen, strict=True):
                self._tats[limit.key] = tat + limit.every.total_seconds()
            return self._readings(limits, [(self._tats[limit.key], 0.0) for limit in limits])

    def peek(self, limits: Sequence[Limit]) -> tuple[Reading, ...]:
        with self._lock:
            return self._readings(limits, [self._look(limit) for limit in limits])

    def give_back(self, limits: Sequence[Limit], clear: Sequence[str] = ()) -> None:
        with self._lock:
            for limit in limits:
                if limit.key in self._tats:
                    self._tats[limit.key] -= limit.every.total_seconds()
            for key in clear:
                self._tats.pop(key, None)

    def keep(self, id_hash: str, slip: Slip, life: timedelta, *, owner: str | None = None) -> None:
        key = _slip(type(slip), id_hash)
        with self._lock:
            if self._get(key) is not None:
                raise Conflict("there is one of that id")
            if owner is not None and len(self._of(type(slip), owner)) >= MOST_OF_OWNER:
                raise Throttled(life, "too many requests wait for one person")
            self._kept[key] = _Kept(slip, self._clock() + life.total_seconds(), owner)

    def kept(self, kind: type[S], id_hash: str) -> S | None:
        with self._lock:
            found = self._get(_slip(kind, id_hash))
        return found if isinstance(found, kind) else None

    def kept_of(self, kind: type[S], owner: str) -> Sequence[tuple[str, S]]:
        with self._lock:
            keys = self._of(kind, owner)
            found = [(key.rpartition(":")[2], self._kept[key].value) for key in keys]
        return [(id_hash, value) for id_hash, value in found if isinstance(value, kind)]

    def _of(self, kind: type[Slip], owner: str) -> list[str]:
        beginning, now = _slip(kind, ""), self._clock()
        mine = [
            (kept.until, key)
            for key, kept in self._kept.items()
            if key.startswith(beginning) and kept.owner == owner and kept.until > now
        ]
        return [key for _, key in sorted(mine)]

    def change(self, id_hash: str, slip: S) -> S:
        key = _slip(type(slip), id_hash)
        with self._lock:
            found = self._get(key)
            if not isinstance(found, type(slip)):
                raise Expired("the request is over")
            if found.version != slip.version:
                raise Conflict("the request moved meanwhile")
            moved = replace(slip, version=slip.version + 1)
            self._kept[key] = replace(self._kept[key], value=moved)
            return moved

    def drop(self, kind: type[Slip], id_hash: str) -> bool:
        with self._lock:
            there = self._get(_slip(kind, id_hash)) is not None
            self._kept.pop(_slip(kind, id_hash), None)
            return there

    def spend_all(self, values: Sequence[tuple[str, str, timedelta]]) -> tuple[bool, ...]:
        return tuple(self.spend(*one) for one in values)

    def spend(self, kind: str, value_hash: str, life: timedelta) -> bool:
        key = f"spent:{kind}:{value_hash}"
        with self._lock:
            if self._get(key) is not None:
                return False
            self._set(key, "spent", life.total_seconds())
            return True

    def ping(self) -> None:
        """Memory is there."""

    def close(self) -> None:
        """Nothing to let go of."""

    def _look(self, limit: Limit) -> tuple[float, float]:
        """When the bucket will be empty, and seconds until it has room."""
        now, every = self._clock(), limit.every.total_seconds()
        tat = max(now, self._tats.get(limit.key, now))
        if self._forgot is not None and limit.key.startswith(GUESSES):
            tat = max(tat, self._forgot[0] + limit.burst * every)
        return tat, tat - now - (limit.burst - 1) * every

    def _readings(self, limits: Sequence[Limit], seen: Sequence[tuple[float, float]]) -> tuple[Reading, ...]:
        now = self._clock()
        return tuple(
            Reading(
                used=math.ceil(round((tat - now) / limit.every.total_seconds(), 6)),
                allowed=wait <= 0,
                retry_after=timedelta(seconds=max(0.0, wait)),
            )
            for limit, (tat, wait) in zip(limits, seen, strict=True)
        )

    def _get(self, key: str) -> Code | Interaction | Slip | str | None:
        kept = self._kept.get(key)
        if kept is None or kept.until <= self._clock():
            self._kept.pop(key, None)
            return None
        return kept.value

    def _set(self, key: str, value: Code | Interaction | Slip | str, seconds: float) -> None:
        self._kept[key] = _Kept(value, self._clock() + seconds)


def _slip(kind: type[Slip], id_hash: str) -> str:
    return f"slip:{kind.__name__}:{id_hash}"
