"""What is short-lived and single-use: codes, interactions, counters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from idp.model import BackchannelRequest, Code, DeviceRequest, Interaction, PushedRequest, Slip, UserCode

S = TypeVar("S", PushedRequest, DeviceRequest, UserCode, BackchannelRequest)

MOST_OF_OWNER = 20
"""Requests that may wait for one person."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The outcome of taking a code: the code, or whose it was when it had been spent already, or neither."""

    code: Code | None
    spent_grant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """One GCRA bucket: `burst` at once, then one more each `every`. `key` is already a keyed digest or an id."""

    key: str
    burst: int
    every: timedelta


@dataclass(frozen=True, slots=True)
class Reading:
    """used: how many are in the bucket now. retry_after: zero when there is room."""

    used: int
    allowed: bool
    retry_after: timedelta


class Brief(Protocol):
    """Codes, interactions, counters. No eviction: full means refuse. Gone means gone: nothing spent comes back."""

    def put_code(self, code_hash: str, code: Code, life: timedelta) -> None: ...
    def take_code(self, code_hash: str) -> Taken:
        """The only way to read a code; spends it in one atomic step and remembers the grant that spent it."""
        ...

    def open_interaction(self, interaction: Interaction, life: timedelta) -> None:
        """Raises Throttled when that network holds too many."""
        ...

    def interaction(self, id_hash: str) -> Interaction | None: ...
    def save_interaction(self, interaction: Interaction) -> Interaction:
        """Compare and set on `version`; returns it with the next version. Raises Conflict, or Expired when gone."""
        ...

    def close_interaction(self, id_hash: str) -> None: ...
    def take(self, limits: Sequence[Limit]) -> tuple[Reading, ...]:
        """All or nothing, in one trip: one unit from each bucket only when every bucket has room."""
        ...

    def peek(self, limits: Sequence[Limit]) -> tuple[Reading, ...]:
        """How full, without taking."""
        ...

    def give_back(self, limits: Sequence[Limit], clear: Sequence[str] = ()) -> None:
        """One unit back into each; `clear` empties those keys (a success clears the count)."""
        ...

    def spend(self, kind: str, value_hash: str, life: timedelta) -> bool:
        """True for the first; False: it was spent before."""
        ...

    def spend_all(self, values: Sequence[tuple[str, str, timedelta]]) -> tuple[bool, ...]:
        """Several (kind, value_hash, life) in one trip; for each what `spend` would say."""
        ...

    def keep(self, id_hash: str, slip: Slip, life: timedelta, *, owner: str | None = None) -> None:
        """A request that waits. `owner`: who may have it listed. Raises Conflict: there is one of that id, Throttled:
        that owner has too many."""
        ...

    def kept(self, kind: type[S], id_hash: str) -> S | None: ...
    def kept_of(self, kind: type[S], owner: str) -> Sequence[tuple[str, S]]:
        """(id_hash, slip) of an owner's, oldest first."""
        ...

    def change(self, id_hash: str, slip: S) -> S:
        """Compare and set on `version`; returns it with the next version. Raises Conflict, or Expired when gone."""
        ...

    def drop(self, kind: type[Slip], id_hash: str) -> bool:
        """True for the one who took it away: a slip is spent by dropping it."""
        ...

    def ping(self) -> None: ...
