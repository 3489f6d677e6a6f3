"""The log as JSON lines: what `gerege audit export` writes and `tools/audit_verify.py` reads offline.

A bundle is a directory with `rows.jsonl` and `checkpoints.jsonl`. The public key is not in it:
it comes from whoever checks.
"""

import orjson

from idp.audit.leaf import Row
from idp.audit.log import StoredCheckpoint


def row_line(row: Row) -> str:
    """One line of `rows.jsonl`, with its newline; the leaf hash in hex."""
    fields = {"seq": row.seq, "at": row.at, "name": row.name, "body": row.body, "leaf_hash": row.leaf_hash.hex()}
    return orjson.dumps(fields).decode() + "\n"


def checkpoint_line(stored: StoredCheckpoint) -> str:
    """One line of `checkpoints.jsonl`, with its newline; the frontier in hex."""
    return orjson.dumps({"note": stored.note, "frontier": stored.frontier.hex()}).decode() + "\n"
