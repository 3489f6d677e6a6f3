"""An audit event as a stored row, and the leaf that the tree keeps of it.

A leaf is the canonical JSON of the row's number, time, name and body, the body embedded as a string: every byte of the
stored row counts, two different rows never give the same leaf, and a verifier needs no JSON parser for the body.
No personal data belongs in a leaf, because a leaf can never be deleted: a body names subjects by id, and where a
personal value must be provable its `commit()` stands in the body, with salt and sealed value beside the row. Deleting
those two leaves every proof valid and the value unknowable.

Obeys RFC 9162 §2.1.1 for the hash. Does not choose sequence numbers (log.py) and does not store anything.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Row:
    """One stored event.

    Attributes:
        seq: position in the log; the first row is 1, and row n is leaf n - 1 of the tree.
        at: when it happened, as `stamp()` writes it; kept as text so that verification is exact to the byte.
        name: the event's name, e.g. `sign_in.succeeded`.
        body: canonical JSON text of the event's fields.
        leaf_hash: 32 bytes.
    """

    seq: int
    at: str
    name: str
    body: str
    leaf_hash: bytes


def stamp(at: datetime) -> str:
    """An aware time as fixed-width UTC text with microseconds, `2026-11-23T08:00:00.000000Z`; text order is time order.

    Raises:
        ValueError: the time is naive.
    """
    if at.tzinfo is None:
        raise ValueError("an audit time must be aware")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def canonical(body: Mapping[str, Any]) -> str:
    """The one JSON text of these fields: sorted keys, no spaces, UTF-8.

    Raises:
        TypeError: a value has no JSON form (a `Secret`, bytes, …).
    """
    return orjson.dumps(dict(body), option=orjson.OPT_SORT_KEYS).decode()


def leaf_bytes(seq: int, at: str, name: str, body: str) -> bytes:
    """What is hashed for a row. `body` is the stored text, verbatim.

    Raises:
        TypeError: a text is not encodable, or seq does not fit 64 bits.
    """
    return orjson.dumps({"at": at, "body": body, "name": name, "seq": seq})  # keys are already in order


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf; the prefix keeps a leaf from posing as an inner node.

    Spec: RFC 9162 §2.1.1.
    """
    return hashlib.sha256(b"\x00" + leaf).digest()


def record(seq: int, at: datetime, name: str, body: str) -> Row:
    """The row to store for an event whose body is `canonical()` text."""
    when = stamp(at)
    return Row(seq, when, name, body, leaf_hash(leaf_bytes(seq, when, name, body)))


def content_hash(row: Row, seq: int | None = None) -> bytes | None:
    """The leaf hash that this row's contents give (at position `seq`, or its own); None if they cannot be hashed."""
    try:
        return leaf_hash(leaf_bytes(row.seq if seq is None else seq, row.at, row.name, row.body))
    except TypeError:
        return None


def commit(value: str | bytes, salt: bytes) -> str:
    """A commitment to a personal value, as 64 hex digits for an event's body.

    Args:
        value: the personal value; text is taken as UTF-8.
        salt: 32 random bytes, new for each value, kept beside the row with the sealed value. The fixed length makes
            salt‖value unambiguous; 256 bits keep a short value (a phone number) from being guessed.
    Raises:
        ValueError: the salt is not 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a commitment's salt is {SALT_BYTES} bytes")
    return hashlib.sha256(salt + (value.encode() if isinstance(value, str) else value)).hexdigest()


def commits_to(commitment: str, value: str | bytes, salt: bytes) -> bool:
    """Whether the commitment in a body is to this value."""
    return hmac.compare_digest(commitment.encode(), commit(value, salt).encode())
