"""What verification of the log finds, and how precisely each kind is named.

Obeys no specification. Kinds are an interface: the offline tool, the CLI and alerts use the same words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from idp.ports import ReasonState

MAX_PER_KIND = 1000


class Kind(StrEnum):
    """Each kind with what its range means."""

    EDITED = "edited"  # this row's contents are not what its leaf hash was made from
    LEAF_EDITED = "leaf_hash_edited"  # this row's contents are what was signed; only its stored leaf hash was changed
    REWRITTEN = "rewritten"  # contents and leaf hashes agree, yet some row in the range is not what was signed
    REMOVED = "removed"  # these numbers are missing
    REORDERED = "reordered"  # this row stands where another was recorded, or its number comes twice or too late
    TRUNCATED = "truncated"  # a checkpoint was signed over these rows, and the log ends before them
    UNSEALED = "unsealed"  # rows that no checkpoint covers: added without the sequencer, or not sealed yet
    UNPROVEN = "unproven"  # damage named beside this leaves no way to prove these rows; restore them from a copy
    REASON_CHANGED = "reason_changed"  # what is kept beside this row is not the reason that its body commits to
    REASON_REMOVED = "reason_removed"  # the reason is gone, though nobody was deleted
    CLOCK = "clock_backwards"  # earlier than a row before it, or a time that is none
    CHECKPOINT_FORGED = "checkpoint_forged"  # not a note that the log's key signed
    CHECKPOINT_REORDERED = "checkpoint_reordered"  # stored after a larger one
    CHECKPOINT_MISSING = "checkpoint_missing"  # kept outside the database, gone from inside
    FRONTIER_EDITED = "frontier_edited"  # a stored frontier that does not belong to its checkpoint
    FORK = "fork"  # two signed checkpoints of one size with different roots: the key signed two histories


SENTENCES = {
    Kind.EDITED: "its contents do not belong to its leaf hash",
    Kind.LEAF_EDITED: "its contents are as signed, its leaf hash was changed",
    Kind.REWRITTEN: "changed together with the leaf hash; the signed root differs",
    Kind.REMOVED: "missing",
    Kind.REORDERED: "out of order",
    Kind.TRUNCATED: "signed for by a checkpoint, and gone from the end of the log",
    Kind.UNSEALED: "no signed checkpoint covers them",
    Kind.UNPROVEN: "cannot be proven, because of damage at or before them",
    Kind.REASON_CHANGED: "the reason that is kept is not the one that was written",
    Kind.REASON_REMOVED: "its reason was taken away, and whom it is about was not deleted",
    Kind.CLOCK: "earlier than a row before it, or not a time",
    Kind.CHECKPOINT_FORGED: "not signed by the log's key",
    Kind.CHECKPOINT_REORDERED: "a checkpoint stored after a larger one",
    Kind.CHECKPOINT_MISSING: "a checkpoint kept outside is missing in the database",
    Kind.FRONTIER_EDITED: "a stored frontier does not belong to its checkpoint",
    Kind.FORK: "two signed checkpoints of this size have different roots",
}
_REASONS = {ReasonState.CHANGED: Kind.REASON_CHANGED, ReasonState.REMOVED: Kind.REASON_REMOVED}
_MERGED = frozenset(
    {Kind.REWRITTEN, Kind.REMOVED, Kind.UNPROVEN, Kind.CLOCK, Kind.CHECKPOINT_MISSING, Kind.FRONTIER_EDITED}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong.

    Attributes:
        first, last: the rows it is about, both included; for kinds about a checkpoint its size; None if unreadable.
        message: an English sentence for the operator.
    """

    kind: Kind
    first: int | None
    last: int | None
    message: str

    def __str__(self) -> str:
        if self.first is None:
            return f"{self.kind}: {self.message}"
        noun = "checkpoint" if self.kind.startswith(("checkpoint", "frontier", "fork")) else "row"
        where = f"{noun} {self.first}" if self.first == self.last else f"{noun}s {self.first} to {self.last}"
        return f"{self.kind}: {where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of verifying a log.

    Attributes:
        ok: nothing was found.
        rows: how many rows were read.
        size, root: of the newest checkpoint that the log's key signed (0 and the empty root if there is none).
        findings: sorted by row; at most `MAX_PER_KIND` of each kind.
        omitted: how many more there were.
    """

    ok: bool
    rows: int
    size: int
    root: bytes
    findings: tuple[Finding, ...]
    omitted: int = 0


class Findings:
    """Collects findings in bounded memory: neighbours of a kind become one range, and each kind has a cap."""

    def __init__(self) -> None:
        self._kinds: dict[Kind, list[Finding]] = {}
        self.omitted = 0

    def add(self, kind: Kind, first: int | None, last: int | None = None, detail: str = "") -> None:
        """Note a finding at `first`, or from `first` to `last`."""
        last = first if last is None else last
        listed = self._kinds.setdefault(kind, [])
        previous = listed[-1] if listed else None
        if kind in _MERGED and previous and first is not None and previous.last == first - 1:
            listed[-1] = replace(previous, last=last)
        elif len(listed) < MAX_PER_KIND:
            listed.append(Finding(kind, first, last, SENTENCES[kind] + (f": {detail}" if detail else "")))
        else:
            self.omitted += 1

    def moved(self, places: Iterable[tuple[int, int]]) -> None:
        """Edited rows (first) that turned out to be other rows' contents (second)."""
        origins = dict(places)
        edited = self._kinds.pop(Kind.EDITED, [])
        for seq, origin in origins.items():
            self.add(Kind.REORDERED, seq, detail=f"it holds what was recorded as row {origin}")
        kept = [finding for finding in edited if finding.first not in origins]
        if kept:
            self._kinds[Kind.EDITED] = kept

    def reasons(self, states: Iterable[tuple[int, ReasonState]]) -> None:
        """Rows by seq with what became of their reasons: what was deleted with its person is no finding."""
        for seq, state in states:
            if state in _REASONS:
                self.add(_REASONS[state], seq)

    def sorted(self) -> tuple[Finding, ...]:
        """All of them, by row, then kind; those without a row last."""
        every = (finding for listed in self._kinds.values() for finding in listed)
        return tuple(sorted(every, key=lambda f: (f.first is None, f.first or 0, f.last or 0, f.kind)))
