"""Proofs that a row is in the log, and that a newer log only added to an older one.

Obeys RFC 9162 §2.1.3 and §2.1.4. Proofs are made from leaf hashes, O(n) hashing for each: made on demand,
verified in O(log n).
"""

from collections.abc import Sequence

from idp.audit.tree import EMPTY_ROOT, node_hash, root_of


class ProofRejected(Exception):
    """The proof does not lead to the root that was signed."""


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` (from 0) to the root of all `leaves`.

    Raises:
        IndexError: there is no such leaf.
    Spec: RFC 9162 §2.1.3.1.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """The hashes that show the tree of the first `first` leaves inside the tree of all `leaves`.

    Raises:
        IndexError: `first` is not between 1 and the number of leaves.
    Spec: RFC 9162 §2.1.4.1.
    """
    if not 1 <= first <= len(leaves):
        raise IndexError(f"no tree of {first} in a tree of {len(leaves)}")
    return _subproof(leaves, first, whole=True)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Prove that this leaf hash is at `index` (from 0) of the tree with this size and root.

    Raises:
        ProofRejected: it is not, or the proof has the wrong length.
    Spec: RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size:
        raise ProofRejected("index outside the tree")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            raise ProofRejected("proof too long")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn or r != root:
        raise ProofRejected("the proof leads to another root")


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> None:
    """Prove that the tree of size `second` only added to the tree of size `first`.

    Raises:
        ProofRejected: history was changed between them, or the proof has the wrong shape.
    Spec: RFC 9162 §2.1.4.2; an empty first tree (size 0) is inside every tree.
    """
    if not 0 <= first <= second:
        raise ProofRejected("the older tree is larger")
    if first in (0, second):
        if proof or first_root != (second_root if first == second else EMPTY_ROOT):
            raise ProofRejected("the trees differ")
        return
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        raise ProofRejected("proof too short")
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise ProofRejected("proof too long")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    if sn or fr != first_root or sr != second_root:
        raise ProofRejected("the proof leads to other roots")


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(leaves[:split], first, whole=whole), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], first - split, whole=False), root_of(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two smaller than size (≥ 2)."""
    return 1 << (size - 1).bit_length() - 1
