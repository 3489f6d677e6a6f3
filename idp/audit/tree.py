"""The log's Merkle tree, kept as its right edge only.

A `Frontier` holds one hash for each set bit of the size (the roots of the full subtrees, largest first), which is all
that appending and the root need: 20 hashes at a million rows. Stored beside a checkpoint it is self-proving, because
it hashes up to the signed root, and verification can go on from it past a damaged stretch.

Obeys RFC 9162 §2.1. Keeps no leaves; proofs are in proof.py.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Self

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01, left and right.

    Spec: RFC 9162 §2.1.1.
    """
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The state of an append-only tree. Mutable: one sequencer owns one frontier."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Raises:
        ValueError: the number of peaks or a hash's length does not belong to a tree of this size.
        """
        self.size = size
        self.peaks = list(peaks)
        if not 0 <= size < 1 << 64:
            raise ValueError("a tree's size is 0 to 2^64 - 1")
        if len(self.peaks) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in self.peaks):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks of {HASH_BYTES} bytes")

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash: as many node hashes as the size has trailing one bits."""
        peaks, size = self.peaks, self.size
        while size & 1:
            leaf = node_hash(peaks.pop(), leaf)
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The tree head's hash, 32 bytes.

        Spec: RFC 9162 §2.1.1.
        """
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> Self:
        """An independent frontier of the same tree."""
        return type(self)(self.size, self.peaks)

    def spans(self) -> Iterator[tuple[int, int, bytes]]:
        """Each peak as (first leaf index, past the last, hash), left to right."""
        start = 0
        for peak, height in zip(self.peaks, _heights(self.size), strict=True):
            yield start, start + (1 << height), peak
            start += 1 << height

    def to_bytes(self) -> bytes:
        """8 bytes size, big-endian, then the peaks, largest subtree first."""
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """The inverse of `to_bytes`.

        Raises:
            ValueError: not exactly one frontier.
        """
        if len(stored) < 8 or (len(stored) - 8) % HASH_BYTES:
            raise ValueError("a stored frontier is 8 bytes and whole hashes")
        peaks = (stored[at : at + HASH_BYTES] for at in range(8, len(stored), HASH_BYTES))
        return cls(int.from_bytes(stored[:8], "big"), peaks)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root of the tree over these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def _heights(size: int) -> Iterator[int]:
    for height in range(size.bit_length() - 1, -1, -1):
        if size >> height & 1:
            yield height
