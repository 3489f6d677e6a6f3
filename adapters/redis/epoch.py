"""Whether the short-lived store still knows what it knew.

A random mark is kept in the store and in SQL. As long as they agree the data survived, whatever was restarted; when
they do not, the store was emptied (or is another one), and the moment of that is kept in SQL: spent things from before
count as spent, and budgets of guesses as used up. Each counter script compares the mark, so that nothing runs unproved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Server:
    """Who answers now, for the operator's eyes."""

    run_id: str
    replication_id: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """The mark that the store must show, and since when it has forgotten what was before; None: never."""

    mark: str
    forgot_at: datetime | None


class Epochs(Protocol):
    """The memory of marks. One caller at a time for each shard."""

    def prove(
        self,
        shard: str,
        server: Server,
        read_mark: Callable[[], str | None],
        write_mark: Callable[[str], None],
        now: datetime,
    ) -> Epoch:
        """The epoch in force; a new one, begun now, when the store does not show the known mark."""
        ...
