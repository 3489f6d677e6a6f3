"""Verifies a whole log against its signed checkpoints, streaming, and names what is wrong.

What can be named:

- contents or leaf hash changed, dropped, moved rows: the row itself;
- contents changed with the leaf hash recomputed: the rows between the last good checkpoint and the first that differs,
  narrowed to the subtrees of the stored frontier that differ. When each batch is sealed that is the batch, and the row
  itself if it was alone or its subtree is one leaf;
- a typed reason changed, swapped or taken away: the row itself, also where the row itself holds;
- rows gone from the end: from the first missing row, by the newest checkpoint inside or outside the database;
- history rewritten by a thief of the signing key: only by a checkpoint kept outside; so keep one.

A stored frontier hashes up to its signed root, so it is trusted as the checkpoint is: verification resumes behind
damage, and each damaged stretch is named. Without frontiers, what follows the first one is `unproven`, never good.

Obeys RFC 9162 §2.1 for hashes. Reads nothing by itself: rows and checkpoints are iterators, 1 M rows are not held.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from idp.audit.checkpoint import CheckpointRejected, VerifierKey, open_checkpoint
from idp.audit.findings import Findings, Kind, Report
from idp.audit.leaf import Row, content_hash
from idp.audit.log import StoredCheckpoint
from idp.audit.tree import EMPTY_ROOT, HASH_BYTES, Frontier
from idp.ports import ReasonState

CLOCK_TOLERANCE = timedelta(seconds=2)
_SAMPLE = 64  # changed rows that are compared with each other, to tell moved from edited
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def verify(
    rows: Iterable[Row],
    checkpoints: Iterable[StoredCheckpoint | str],
    vkey: str,
    outside: Iterable[str] = (),
    *,
    reasons: Iterable[tuple[int, ReasonState]] = (),
    open_tail: int = 0,
    clock_tolerance: timedelta = CLOCK_TOLERANCE,
) -> Report:
    """Check every row and every checkpoint.

    Args:
        rows: all stored rows, by seq.
        checkpoints: all stored checkpoints, by size; a bare note has no frontier.
        vkey: the log's public key, C2SP form; retired keys of the log may follow, one a line.
        outside: notes kept outside the database.
        reasons: what became of the reasons beside the rows, by seq, as `reason.read` found them.
        open_tail: how many of the newest rows may still wait for their checkpoint.
        clock_tolerance: how far a row's time may lie before an earlier row's (several nodes write).
    Raises:
        ValueError: the vkey is none.
    """
    keys = tuple(VerifierKey.parse(line) for line in vkey.split())
    if not keys:
        raise ValueError("no vkey")
    found = Findings()
    walk = _Walk(found, _anchors(checkpoints, outside, keys, found), clock_tolerance)
    count = 0
    for row in rows:
        count += 1
        walk.pass_row(row)
    walk.finish(open_tail)
    found.reasons(reasons)
    findings = found.sorted()
    return Report(not findings, count, walk.newest, walk.newest_root, findings, found.omitted)


@dataclass(frozen=True, slots=True)
class _Anchor:
    """What the log's key signed for one size."""

    size: int
    roots: tuple[bytes, ...]
    frontier: Frontier | None


@dataclass(frozen=True, slots=True)
class _Signed:
    size: int
    root: bytes
    frontier: bytes
    inside: bool


def _anchors(
    checkpoints: Iterable[StoredCheckpoint | str],
    outside: Iterable[str],
    keys: tuple[VerifierKey, ...],
    found: Findings,
) -> Iterator[_Anchor]:
    """Authentic checkpoints by size, inside and outside together, one anchor for each size."""
    kept = sorted(_opened(outside, keys, found, inside=False), key=_size)
    stored = _in_order(_opened(checkpoints, keys, found, inside=True), found)
    for size, group in groupby(heapq.merge(stored, kept, key=_size), key=_size):
        same = list(group)
        roots = tuple(dict.fromkeys(signed.root for signed in same))
        if len(roots) > 1:
            found.add(Kind.FORK, size)
        if not any(signed.inside for signed in same):
            found.add(Kind.CHECKPOINT_MISSING, size)
        yield _Anchor(size, roots, _frontier(same, found))


def _size(signed: _Signed) -> int:
    return signed.size


def _opened(
    checkpoints: Iterable[StoredCheckpoint | str], keys: tuple[VerifierKey, ...], found: Findings, *, inside: bool
) -> Iterator[_Signed]:
    where = "stored" if inside else "outside"
    for number, stored in enumerate(checkpoints, 1):
        note, frontier = (stored, b"") if isinstance(stored, str) else (stored.note, stored.frontier)
        try:
            checkpoint = open_checkpoint(note, keys)
        except CheckpointRejected as error:
            found.add(Kind.CHECKPOINT_FORGED, None, detail=f"{where} checkpoint number {number}, {error}")
        else:
            yield _Signed(checkpoint.size, checkpoint.root, frontier, inside)


def _in_order(signed: Iterable[_Signed], found: Findings) -> Iterator[_Signed]:
    largest = 0
    for one in signed:
        if one.size < largest:
            found.add(Kind.CHECKPOINT_REORDERED, one.size)
        else:
            largest = one.size
            yield one


def _frontier(same: list[_Signed], found: Findings) -> Frontier | None:
    """The stored frontier, if it proves itself by its signed root."""
    for signed in same:
        if not signed.frontier:
            continue
        try:
            frontier = Frontier.from_bytes(signed.frontier)
        except ValueError:
            frontier = None
        if frontier and frontier.size == signed.size and frontier.root() == signed.root:
            return frontier
        found.add(Kind.FRONTIER_EDITED, signed.size)
    return None


class _Walk:
    """One pass over the rows beside the anchors.

    Two trees are kept while they differ: `claimed` from the stored leaf hashes, `computed` from the contents. The one
    that reaches the signed root tells which of the two was changed. None: the tree was lost behind damage.
    """

    def __init__(self, found: Findings, anchors: Iterator[_Anchor], tolerance: timedelta) -> None:
        self._found, self._anchors, self._tolerance = found, anchors, tolerance
        self._anchor: _Anchor | None = None
        self._next = 1
        self._good = 0
        self._latest = _BEGINNING
        self._suspects: list[int] = []
        self._sample: dict[int, Row] = {}
        self._claimed: Frontier | None = Frontier()
        self._computed: Frontier | None = self._claimed
        self.newest, self.newest_root = 0, EMPTY_ROOT
        self._advance()

    def pass_row(self, row: Row) -> None:
        """Check one row; then, before the next, whatever was signed up to it."""
        if row.seq < self._next:
            self._found.add(Kind.REORDERED, row.seq)
            return
        self._close_until(self._next)
        if row.seq > self._next:
            self._skip_to(row.seq)
        self._next = row.seq + 1
        computed = content_hash(row)
        if computed is not None and computed == row.leaf_hash:
            self._check_clock(row)
            self._grow(computed, computed)
        else:
            self._suspect(row)
            self._grow(_whole(row.leaf_hash), _whole(computed))

    def finish(self, open_tail: int) -> None:
        """Close what is open at the end of the log."""
        self._close_until(self._next)
        end, beyond = self._next - 1, self._anchor is not None
        while self._anchor is not None:
            self._advance()
        if beyond:
            self._found.add(Kind.TRUNCATED, self._next, self.newest)
            if end > self._good:
                self._found.add(Kind.UNPROVEN, self._good + 1, end)
        elif end - self.newest > open_tail:
            self._found.add(Kind.UNSEALED, self.newest + 1, end)
        self._judge_suspects(Kind.EDITED)
        self._found.moved(self._moved())

    def _advance(self) -> None:
        self._anchor = next(self._anchors, None)
        if self._anchor is not None:
            self.newest, self.newest_root = self._anchor.size, self._anchor.roots[0]

    def _close_until(self, seq: int) -> None:
        while self._anchor is not None and self._anchor.size < seq:
            self._close(self._anchor)
            self._advance()

    def _skip_to(self, seq: int) -> None:
        self._found.add(Kind.REMOVED, self._next, seq - 1)
        self._resume(None)
        self._close_until(seq)
        if self._claimed is None or self._claimed.size != seq - 1:
            self._resume(None)

    def _resume(self, frontier: Frontier | None) -> None:
        self._claimed = self._computed = frontier

    def _grow(self, claimed: bytes, computed: bytes) -> None:
        if self._claimed is None or self._computed is None:
            return
        if claimed != computed and self._claimed is self._computed:
            self._computed = self._claimed.copy()
        self._claimed.append(claimed)
        if self._computed is not self._claimed:
            self._computed.append(computed)

    def _close(self, anchor: _Anchor) -> None:
        if self._claimed is not None and self._claimed.size != anchor.size:
            self._resume(None)  # resumed at a smaller checkpoint, and the rows up to this one are missing
        if self._computed is not None and self._computed.root() in anchor.roots:
            self._judge_suspects(Kind.LEAF_EDITED)
            self._claimed = self._computed
        elif self._claimed is not None and self._claimed.root() in anchor.roots:
            self._judge_suspects(Kind.EDITED)
            self._computed = self._claimed
        else:
            self._name_damage(anchor)
            self._judge_suspects(Kind.EDITED)
            self._resume(anchor.frontier.copy() if anchor.frontier else None)
        self._good = anchor.size

    def _name_damage(self, anchor: _Anchor) -> None:
        if anchor.size <= self._good:  # only a signed tree of no rows that has a root of its own
            self._found.add(Kind.FORK, anchor.size)
        elif self._computed is None or self._suspects:  # what caused it is named already
            self._found.add(Kind.UNPROVEN, self._good + 1, anchor.size)
        else:
            for first, last in self._narrowed(self._computed, anchor):
                self._found.add(Kind.REWRITTEN, first, last)

    def _narrowed(self, computed: Frontier, anchor: _Anchor) -> Iterator[tuple[int, int]]:
        if anchor.frontier is None:
            yield self._good + 1, anchor.size
            return
        for (start, end, ours), (_, _, signed) in zip(computed.spans(), anchor.frontier.spans(), strict=True):
            if ours != signed:
                yield max(start, self._good) + 1, end

    def _check_clock(self, row: Row) -> None:
        try:
            at = datetime.fromisoformat(row.at)
            backwards = at < self._latest and self._latest - at > self._tolerance
        except (TypeError, ValueError):
            self._found.add(Kind.CLOCK, row.seq)
            return
        if backwards:
            self._found.add(Kind.CLOCK, row.seq)
        elif at > self._latest:
            self._latest = at

    def _suspect(self, row: Row) -> None:
        self._suspects.append(row.seq)
        if len(self._sample) < _SAMPLE:
            self._sample[row.seq] = row

    def _judge_suspects(self, kind: Kind) -> None:
        for seq in self._suspects:
            self._found.add(kind, seq)
        self._suspects = []

    def _moved(self) -> Iterator[tuple[int, int]]:
        for seq, row in self._sample.items():
            for other, there in self._sample.items():
                if other != seq and content_hash(row, other) in (row.leaf_hash, there.leaf_hash):
                    yield seq, other
                    break


def _whole(leaf: object) -> bytes:
    """A leaf hash, or zeros in its place: no contents hash to zeros, so that damage cannot pass."""
    return leaf if isinstance(leaf, bytes) and len(leaf) == HASH_BYTES else bytes(HASH_BYTES)
