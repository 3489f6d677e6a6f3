"""A reason that a person typed: proved by its commitment in the row's body, readable beside the row until deleted.

A typed reason may hold names, and a leaf can never be deleted: so the body carries `commit(reason, salt)` only, and
salt and reason are sealed beside the row. Where the key of whom it is about was destroyed nobody can read it any more,
and every proof stays valid. Whatever else is missing or differs was tampered with, and is never shown as true.

Obeys RFC 9162 §2.1.1 through leaf.py. Deliberately not here: sealing and storage, which are adapters'.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.audit.leaf import SALT_BYTES, commit, commits_to
from idp.ports import ReasonState

COMMITMENT = "reason_commitment"
"""The field of a body that holds it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as read again. `text` is set only where it is what was written."""

    state: ReasonState
    text: str | None = None


Open = Callable[[bytes, str], bytes | None]
"""(sealed, commitment) → what `packed` gave; None when it does not open in that row."""


def committed(body: Mapping[str, Any], reason: str, salt: bytes) -> dict[str, Any]:
    """The body with the commitment. Raises ValueError: the salt is not 32 bytes, or the reason is not UTF-8."""
    return {**body, COMMITMENT: commit(reason, salt)}


def packed(reason: str, salt: bytes) -> bytes:
    """What is sealed beside the row: the salt, then the reason."""
    return salt + reason.encode()


def read(body: str, subject_id: str | None, sealed: bytes | None, open_: Open | None) -> Reason:
    """The reason of a row, checked against its body.

    Args:
        body: the stored text.
        subject_id: whom the stored row says it is about; it decides what counts as deleted, so it must be the body's.
        sealed: what is kept beside the row.
        open_: opens it; None when the key is destroyed.
    """
    told = _fields(body)
    commitment = told.get(COMMITMENT)
    if not isinstance(commitment, str):
        return Reason(ReasonState.NONE if sealed is None else ReasonState.CHANGED)
    if told.get("subject_id") != subject_id:
        return Reason(ReasonState.CHANGED)
    if open_ is None:
        return Reason(ReasonState.DELETED)
    if sealed is None:
        return Reason(ReasonState.REMOVED)
    return _opened(commitment, open_(sealed, commitment))


def _opened(commitment: str, kept: bytes | None) -> Reason:
    if kept is None or len(kept) < SALT_BYTES:
        return Reason(ReasonState.CHANGED)
    salt, reason = kept[:SALT_BYTES], kept[SALT_BYTES:]
    try:
        fits, text = commits_to(commitment, reason, salt), reason.decode()
    except UnicodeError:
        return Reason(ReasonState.CHANGED)
    return Reason(ReasonState.KEPT, text) if fits else Reason(ReasonState.CHANGED)


def _fields(body: str) -> dict[str, Any]:
    """The fields of a body; none of one that was damaged: verification of the row names that."""
    try:
        told = json.loads(body)
    except (TypeError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
