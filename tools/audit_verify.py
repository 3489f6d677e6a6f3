#!/usr/bin/env python3
"""Verifies an exported audit log offline: `audit_verify.py BUNDLE --vkey FILE [--outside NOTE]…`

BUNDLE is a directory with rows.jsonl and checkpoints.jsonl. The public key (C2SP vkey, one a line) and the notes kept
outside the database come from whoever checks, never from the bundle. Needs Python 3.11 and `cryptography`, nothing of
Gerege: it is written a second time on purpose, so that one mistake does not blind both.

Exit codes: 0 nothing wrong, 1 findings, 2 could not be checked. A JSON report goes to standard output.

Spec: RFC 9162 §2.1; C2SP signed-note and tlog-checkpoint.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CAP = 1000
MERGED = {"rewritten", "removed", "unproven", "clock_backwards", "checkpoint_missing", "frontier_edited"}
Tree = list[bytes]  # roots of the full subtrees, largest first


class Unreadable(Exception):
    """The input cannot be checked at all."""


class Key(NamedTuple):
    name: str
    key_id: bytes
    public: Ed25519PublicKey


class Head(NamedTuple):
    size: int
    roots: set[bytes]
    peaks: Tree | None


class Row(NamedTuple):
    seq: int
    at: Any
    name: Any
    body: Any
    leaf: bytes

    def hashed(self, seq: int) -> bytes | None:
        """The leaf hash of these contents at this position."""
        texts = (self.at, self.name, self.body)
        if not seq < 2**64 or any(text is not None and not isinstance(text, str) for text in texts):
            return None
        fields = {"at": self.at, "body": self.body, "name": self.name, "seq": seq}
        try:
            leaf = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        except UnicodeEncodeError:
            return None
        return hashlib.sha256(b"\0" + leaf).digest()


class Found:
    """Findings, bounded: neighbours of a kind are one range, a kind has at most 1000."""

    def __init__(self) -> None:
        self.kinds: dict[str, list[dict[str, Any]]] = {}
        self.omitted = 0

    def add(self, kind: str, first: int | None, last: int | None = None, note: str = "") -> None:
        last = first if last is None else last
        listed = self.kinds.setdefault(kind, [])
        if kind in MERGED and listed and first is not None and listed[-1]["last"] == first - 1:
            listed[-1]["last"] = last
        elif len(listed) < CAP:
            listed.append({"kind": kind, "first": first, "last": last, "note": note})
        else:
            self.omitted += 1

    def listed(self) -> list[dict[str, Any]]:
        every = [one for listed in self.kinds.values() for one in listed]
        return sorted(every, key=lambda f: (f["first"] is None, f["first"] or 0, f["last"] or 0, f["kind"]))


# --- trees ------------------------------------------------------------------------------------------------------------


def join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def grow(tree: Tree, size: int, leaf: bytes) -> None:
    """Add leaf number `size` (from 0)."""
    while size % 2:
        leaf, size = join(tree.pop(), leaf), size // 2
    tree.append(leaf)


def root(tree: Tree) -> bytes:
    if not tree:
        return hashlib.sha256(b"").digest()
    result = tree[-1]
    for peak in tree[-2::-1]:
        result = join(peak, result)
    return result


def spans(size: int) -> list[tuple[int, int]]:
    """The leaves under each peak, first and past the last."""
    result, start = [], 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            result.append((start, start + 2**bit))
            start += 2**bit
    return result


# --- signed notes -----------------------------------------------------------------------------------------------------


def unbase64(text: str) -> bytes:
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("base64 that is not canonical")
    return raw


def read_key(vkey: str) -> Key:
    try:
        name, hexed, encoded = vkey.split("+", 2)
        raw = unbase64(encoded)
        key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if not name or raw[:1] != b"\1" or key_id.hex() != hexed:
            raise ValueError("not an Ed25519 vkey, or its key id does not belong to it")
        return Key(name, key_id, Ed25519PublicKey.from_public_bytes(raw[1:]))
    except ValueError as error:
        raise Unreadable(f"vkey {vkey!r}: {error}") from error


def open_note(note: str, keys: list[Key]) -> tuple[int, bytes]:
    """Size and root that one of the keys signed, or ValueError."""
    note.encode()
    if len(note) > 65536 or re.search("[\0-\t\x0b-\x1f\x7f]", note) or "\n\n" not in note or note[-1] != "\n":
        raise ValueError("not a signed note")
    cut = note.rindex("\n\n") + 1
    text, signed = note[:cut], False
    for line in note[cut + 1 : -1].split("\n"):
        match = re.fullmatch(r"\u2014 ([^\s+]+) (\S+)", line)
        raw = unbase64(match[2]) if match else b""
        if match is None or len(raw) < 5:
            raise ValueError("not a signature line")
        for key in keys:
            if (key.name, key.key_id) == (match[1], raw[:4]):
                try:
                    key.public.verify(raw[4:], text.encode())
                except InvalidSignature:
                    raise ValueError("the signature does not belong to this text") from None
                signed = True
    if not signed:
        raise ValueError("not signed by the log's key")
    origin, size, encoded, *more = text[:-1].split("\n")
    if origin not in {key.name for key in keys} or not all(more):
        raise ValueError("not a checkpoint of this log")
    if not re.fullmatch("0|[1-9][0-9]{0,19}", size) or int(size) >= 2**64 or len(unbase64(encoded)) != 32:
        raise ValueError("not a size and a root")
    return int(size), unbase64(encoded)


# --- reading ----------------------------------------------------------------------------------------------------------


def lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as opened:
        for number, line in enumerate(opened, 1):
            try:
                fields = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise Unreadable(f"{file} line {number}: {error}") from error
            if not isinstance(fields, dict):
                raise Unreadable(f"{file} line {number}: not an object")
            yield fields


def unhex(text: object) -> bytes:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""


def read_rows(file: Path) -> Iterator[Row]:
    for number, line in enumerate(lines(file), 1):
        if type(line.get("seq")) is not int:
            raise Unreadable(f"{file} line {number}: no seq")
        yield Row(line["seq"], line.get("at"), line.get("name"), line.get("body"), unhex(line.get("leaf_hash")))


def read_heads(file: Path, outside: list[str], keys: list[Key], found: Found) -> list[Head]:
    """Authentic checkpoints by size."""
    heads: dict[int, Head] = {}
    inside: set[int] = set()
    stored = [(str(line.get("note", "")), unhex(line.get("frontier")), True) for line in lines(file)]
    largest = 0
    for number, (note, frontier, is_inside) in enumerate([*stored, *((note, b"", False) for note in outside)], 1):
        try:
            size, signed = open_note(note, keys)
        except ValueError as error:
            found.add("checkpoint_forged", None, note=f"checkpoint number {number}: {error}")
            continue
        if is_inside and size < largest:
            found.add("checkpoint_reordered", size)
            continue
        if is_inside:
            largest = size
            inside.add(size)
        peaks = [frontier[at : at + 32] for at in range(8, len(frontier), 32)]
        proven = frontier[:8] == size.to_bytes(8, "big") and len(peaks) == size.bit_count() and root(peaks) == signed
        head = heads.get(size)
        if frontier and not proven and (head is None or head.peaks is None):
            found.add("frontier_edited", size)
        kept = head.peaks if head and head.peaks is not None else peaks if frontier and proven else None
        heads[size] = Head(size, {signed, *(head.roots if head else ())}, kept)
    for size in sorted(heads):
        if len(heads[size].roots) > 1:
            found.add("fork", size)
        if size not in inside:
            found.add("checkpoint_missing", size)
    return [heads[size] for size in sorted(heads)]


# --- checking ---------------------------------------------------------------------------------------------------------


class Walk:
    """One pass over the rows: `claimed` grows by stored leaf hashes, `real` by contents; None once a row is missing."""

    def __init__(self, heads: list[Head], found: Found, tolerance: timedelta) -> None:
        self.heads, self.found, self.tolerance = heads, found, tolerance
        self.claimed: Tree | None = []
        self.real: Tree | None = []
        self.next, self.good, self.at_head, self.size = 1, 0, 0, 0
        self.latest = datetime.min.replace(tzinfo=UTC)
        self.suspects: list[int] = []
        self.sample: dict[int, Row] = {}

    def row(self, row: Row) -> None:
        if row.seq < self.next:
            self.found.add("reordered", row.seq)
            return
        self.close(self.next)
        if row.seq > self.next:
            self.found.add("removed", self.next, row.seq - 1)
            self.claimed = self.real = None
            if self.close(row.seq) != row.seq - 1:
                self.claimed = self.real = None
        real = row.hashed(row.seq)
        if real == row.leaf:
            self.clock(row)
        else:
            self.suspects.append(row.seq)
            if len(self.sample) < 64:
                self.sample[row.seq] = row
        if self.claimed is not None and self.real is not None:
            grow(self.claimed, self.size, row.leaf if len(row.leaf) == 32 else bytes(32))
            grow(self.real, self.size, real or bytes(32))
            self.size += 1
        self.next = row.seq + 1

    def clock(self, row: Row) -> None:
        try:
            at = datetime.fromisoformat(row.at)
            back = self.latest - at
        except (TypeError, ValueError):
            self.found.add("clock_backwards", row.seq)
            return
        if back > max(self.tolerance, timedelta(0)):
            self.found.add("clock_backwards", row.seq)
        self.latest = max(at, self.latest)

    def close(self, seq: int) -> int | None:
        """Compare with every checkpoint of fewer rows than seq; the size of the last one compared."""
        size = None
        while self.at_head < len(self.heads) and self.heads[self.at_head].size < seq:
            size = self.compare(self.heads[self.at_head])
            self.at_head += 1
        return size

    def compare(self, head: Head) -> int:
        kind = "edited"
        if self.size != head.size:
            self.claimed = self.real = None
        if self.real is not None and root(self.real) in head.roots:
            kind = "leaf_hash_edited"
            self.claimed = list(self.real)
        elif self.claimed is not None and root(self.claimed) in head.roots:
            self.real = list(self.claimed)
        else:
            self.damage(head)
            self.claimed, self.real = (None, None) if head.peaks is None else (list(head.peaks), list(head.peaks))
            self.size = head.size
        self.judge(kind)
        self.good = head.size
        return head.size

    def damage(self, head: Head) -> None:
        if head.size <= self.good:
            self.found.add("fork", head.size)
        elif self.real is None or self.suspects:
            self.found.add("unproven", self.good + 1, head.size)
        elif head.peaks is None:
            self.found.add("rewritten", self.good + 1, head.size)
        else:
            for (start, end), ours, signed in zip(spans(head.size), self.real, head.peaks, strict=True):
                if ours != signed:
                    self.found.add("rewritten", max(start, self.good) + 1, end)

    def judge(self, kind: str) -> None:
        for seq in self.suspects:
            self.found.add(kind, seq)
        self.suspects = []

    def end(self, open_tail: int) -> None:
        self.close(self.next)
        end, newest = self.next - 1, self.heads[-1].size if self.heads else 0
        if newest > end:
            self.found.add("truncated", self.next, newest)
            if end > self.good:
                self.found.add("unproven", self.good + 1, end)
        elif end - newest > open_tail:
            self.found.add("unsealed", newest + 1, end)
        self.judge("edited")
        self.tell_moved()

    def tell_moved(self) -> None:
        moved = set()
        for seq, row in self.sample.items():
            for other, there in self.sample.items():
                if other != seq and row.hashed(other) in (row.leaf, there.leaf):
                    self.found.add("reordered", seq, note=f"recorded as row {other}")
                    moved.add(seq)
                    break
        edited = self.found.kinds.pop("edited", [])
        self.found.kinds["edited"] = [one for one in edited if one["first"] not in moved]


def check(bundle: Path, vkey: Path, outside: list[Path], open_tail: int, tolerance: timedelta) -> dict[str, Any]:
    keys = [read_key(line) for line in vkey.read_text(encoding="utf-8").split()]
    if not keys:
        raise Unreadable(f"{vkey}: no vkey")
    found, count = Found(), 0
    notes = [file.read_text(encoding="utf-8") for file in outside]
    heads = read_heads(bundle / "checkpoints.jsonl", notes, keys, found)
    walk = Walk(heads, found, tolerance)
    for row in read_rows(bundle / "rows.jsonl"):
        walk.row(row)
        count += 1
    walk.end(open_tail)
    findings = found.listed()
    size = heads[-1].size if heads else 0
    return {"ok": not findings, "rows": count, "size": size, "findings": findings, "omitted": found.omitted}


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify an exported audit log offline.")
    parser.add_argument("bundle", type=Path, help="directory with rows.jsonl and checkpoints.jsonl")
    parser.add_argument("--vkey", type=Path, required=True, help="file with the log's public key, not from the bundle")
    parser.add_argument("--outside", type=Path, action="append", default=[], help="a note kept outside the database")
    parser.add_argument("--open-tail", type=int, default=0, help="newest rows that may wait for their checkpoint")
    parser.add_argument("--clock-tolerance", type=float, default=2.0, metavar="SECONDS")
    asked = parser.parse_args()
    try:
        tolerance = timedelta(seconds=asked.clock_tolerance)
        report = check(asked.bundle, asked.vkey, asked.outside, asked.open_tail, tolerance)
    except (Unreadable, OSError, UnicodeDecodeError) as error:
        print(json.dumps({"ok": False, "error": str(error)}, ensure_ascii=False))
        return 2
    print(json.dumps(report, ensure_ascii=False, indent=2))
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
