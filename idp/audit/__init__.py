"""The tamper-evident log, pure: rows become leaves, leaves a Merkle tree, its root a signed checkpoint.

    leaf.py        an event as a row, and its leaf hash; commitments for personal values
    reason.py      typed reasons: committed to in the body, sealed beside the row, deletable
    tree.py        the tree's right edge (`Frontier`) and root
    proof.py       inclusion and consistency proofs
    checkpoint.py  signed notes
    log.py         appending a batch and sealing it
    verify.py      the whole log against its checkpoints
    bundle.py      the log as lines, for `tools/audit_verify.py` and others

Spec: RFC 9162 §2.1; C2SP signed-note and tlog-checkpoint.
Not here: storage, keys, the sequencer's lock. Those are adapters.
"""
