"""Golden vectors: the leaves are those of the RFC 6962 reference implementation's merkle_tree test; what is expected is
computed here by the recursive definition of RFC 9162 §2.1, and two of its published roots are pinned beside it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.audit.proof import (
    ProofRejected,
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from idp.audit.tree import EMPTY_ROOT, Frontier, root_of

VECTOR = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [hashlib.sha256(b"\0" + bytes.fromhex(leaf)).digest() for leaf in VECTOR]
leaf_lists = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH, word for word. RFC 9162 §2.1.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


def test_published_roots() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_of(LEAVES[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root_of(LEAVES).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", range(9))
def test_roots_are_as_defined(size: int) -> None:
    assert root_of(LEAVES[:size]) == defined_root(LEAVES[:size])


@given(leaf_lists)
def test_the_frontier_is_the_defined_tree_at_every_size(leaves: list[bytes]) -> None:
    frontier = Frontier()
    for size, leaf in enumerate(leaves, 1):
        frontier.append(leaf)
        assert frontier.root() == defined_root(leaves[:size])
        assert Frontier.from_bytes(frontier.to_bytes()).root() == frontier.root()
    for start, end, peak in frontier.spans():
        assert peak == defined_root(leaves[start:end])


@given(leaf_lists, st.data())
def test_going_on_from_a_stored_frontier(leaves: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(leaves)))
    before = Frontier()
    for leaf in leaves[:cut]:
        before.append(leaf)
    after, untouched = Frontier.from_bytes(before.to_bytes()), before.copy()
    for leaf in leaves[cut:]:
        after.append(leaf)
    assert after.root() == root_of(leaves)
    assert untouched.root() == before.root() == root_of(leaves[:cut])


def test_a_frontier_stays_small() -> None:
    frontier = Frontier()
    for number in range(100_000):
        frontier.append(number.to_bytes(32, "big"))
    assert len(frontier.to_bytes()) <= 8 + 17 * 32


@pytest.mark.parametrize(
    "stored", [b"", b"\0" * 7, b"\0" * 9, b"\0" * 7 + b"\1", b"\0" * 40, b"\0" * 7 + b"\3" + b"x" * 32]
)
def test_a_damaged_frontier_is_refused(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"frontier|leaves"):
        Frontier.from_bytes(stored)


@given(leaf_lists, st.data())
def test_inclusion_is_proven_for_the_leaf_at_its_place_only(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, root, size = inclusion_proof(leaves, index), root_of(leaves), len(leaves)
    verify_inclusion(leaves[index], index, size, proof, root)
    wrong = [
        (bytes(32), index, size, proof, root),
        (leaves[index], index, size, [*proof, bytes(32)], root),
        (leaves[index], index, size, proof, hashlib.sha256(root).digest()),
        (leaves[index], size, size, proof, root),
        (leaves[index], -1, size, proof, root),
    ]
    if proof:
        wrong += [(leaves[index], index, size, proof[:-1], root)]
    for number in range(len(proof)):
        flipped = [hashlib.sha256(p).digest() if n == number else p for n, p in enumerate(proof)]
        wrong.append((leaves[index], index, size, flipped, root))
    for case in wrong:
        if case[0] != leaves[index] or case[1:] != (index, size, proof, root):
            with pytest.raises(ProofRejected):
                verify_inclusion(*case)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=40, unique=True), st.data())
def test_inclusion_at_another_index_is_refused(leaves: list[bytes], data: st.DataObject) -> None:
    index, other = data.draw(st.permutations(range(len(leaves))))[:2]
    with pytest.raises(ProofRejected):
        verify_inclusion(leaves[index], other, len(leaves), inclusion_proof(leaves, index), root_of(leaves))


@given(leaf_lists, st.data())
def test_consistency_is_proven_for_prefixes_only(leaves: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(leaves)))
    proof, old, new = consistency_proof(leaves, first), root_of(leaves[:first]), root_of(leaves)
    verify_consistency(first, len(leaves), old, new, proof)
    verify_consistency(0, len(leaves), EMPTY_ROOT, new, [])
    forged_old = root_of([hashlib.sha256(leaves[0]).digest(), *leaves[1:first]])
    for case in (
        (first, len(leaves), forged_old, new, proof),
        (first, len(leaves), old, hashlib.sha256(new).digest(), proof),
        (first, len(leaves), old, new, [*proof, bytes(32)]),
        (len(leaves) + 1, len(leaves), old, new, proof),
        (0, len(leaves), forged_old, new, []),
    ):
        with pytest.raises(ProofRejected):
            verify_consistency(*case)
    for number in range(len(proof)):
        with pytest.raises(ProofRejected):
            verify_consistency(first, len(leaves), old, new, proof[:number] + proof[number + 1 :])


def test_proofs_of_what_is_not_there() -> None:
    for index in (-1, 8):
        with pytest.raises(IndexError):
            inclusion_proof(LEAVES, index)
    for first in (0, 9):
        with pytest.raises(IndexError):
            consistency_proof(LEAVES, first)
