"""A small real log, sealed in batches, that tests may damage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from idp.audit.checkpoint import VerifierKey
from idp.audit.leaf import Row, canonical
from idp.audit.log import StoredCheckpoint, append, seal
from idp.audit.tree import Frontier

START = datetime(2026, 11, 1, 8, tzinfo=UTC)


@dataclass
class Log:
    """Rows, checkpoints, and the key that signed them."""

    private: Ed25519PrivateKey
    key: VerifierKey
    rows: list[Row] = field(default_factory=list)
    checkpoints: list[StoredCheckpoint] = field(default_factory=list)

    @property
    def vkey(self) -> str:
        return str(self.key)

    @property
    def last_note(self) -> str:
        return self.checkpoints[-1].note


def key_of(seed: int) -> tuple[Ed25519PrivateKey, VerifierKey]:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return private, VerifierKey("gerege.example/audit", private.public_key().public_bytes_raw())


Write = Callable[..., Log]


@pytest.fixture
def write() -> Write:
    """write(batches, seed=1, story="…"): a log with one checkpoint after each batch of that many rows."""

    def written(batches: Sequence[int], seed: int = 1, story: str = "signed in") -> Log:
        log, frontier = Log(*key_of(seed)), Frontier()
        for batch in batches:
            for _ in range(batch):
                number = frontier.size + 1
                body = canonical({"subject": f"sub_{number}", "story": story, "n": number})
                log.rows.append(append(frontier, START + timedelta(seconds=number), "sign_in.succeeded", body))
            log.checkpoints.append(seal(frontier, log.key, log.private.sign))
        return log

    return written
