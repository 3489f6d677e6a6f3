"""Appending to the log: a batch of events becomes rows, and a checkpoint seals it.

What verification can name follows from how often a batch is sealed: seal each batch, in the transaction that stores its
rows, and only then copy the checkpoint outside the database. Not here: the lock that makes the sequencer single.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.audit.checkpoint import Checkpoint, VerifierKey, sign
from idp.audit.leaf import Row, record
from idp.audit.tree import Frontier


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A signed note as stored, with the frontier it was made from (`Frontier.to_bytes`; empty if it was not kept)."""

    note: str
    frontier: bytes = b""


def append(frontier: Frontier, at: datetime, name: str, body: str) -> Row:
    """The next row of the log, from an event's `canonical()` body; the frontier moves with it."""
    row = record(frontier.size + 1, at, name, body)
    frontier.append(row.leaf_hash)
    return row


def seal(frontier: Frontier, key: VerifierKey, signer: Callable[[bytes], bytes]) -> StoredCheckpoint:
    """A signed checkpoint of the log as it is; its origin is the key's name."""
    checkpoint = Checkpoint(key.name, frontier.size, frontier.root())
    return StoredCheckpoint(sign(checkpoint, key, signer), frontier.to_bytes())
