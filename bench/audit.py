"""How fast the audit log appends, seals and verifies, on one core.

    python -m bench.audit [ROWS]

Figures are for the pure part: no database. Compare them within one run, as ratios; machines differ by a factor of two.
"""

import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from idp.audit.checkpoint import VerifierKey
from idp.audit.leaf import Row, canonical
from idp.audit.log import StoredCheckpoint, append, seal
from idp.audit.tree import Frontier
from idp.audit.verify import verify

BATCH = 256
START = datetime(2026, 11, 1, tzinfo=UTC)
PRIVATE = Ed25519PrivateKey.generate()
KEY = VerifierKey("bench.example/audit", PRIVATE.public_key().public_bytes_raw())


def event(number: int) -> dict[str, Any]:
    """A sign-in as the log keeps it, about 400 bytes."""
    return {
        "subject": f"sub_{number % 50_000:032x}",
        "session": f"ses_{number:032x}",
        "client": "payroll",
        "department": "mof",
        "acr": "urn:gerege:aal2-phr",
        "amr": ["hwk", "user", "mfa"],
        "risk": {"band": "low", "score_milli": 113, "reasons": ["risk.known_device", "risk.usual_hour"]},
        "decision": {"permit": ["payroll.read.of_own_department"], "life_seconds": 300},
        "trace": f"{number * 2654435761 % 2**64:016x}",
    }


EVENTS = [event(number) for number in range(1000)]


def log(rows: int, batch: int) -> Iterator[Row | StoredCheckpoint]:
    """The log as it is written: rows, with a checkpoint after each batch (none if 0) and one at the end."""
    frontier = Frontier()
    for number in range(rows):
        yield append(
            frontier, START + timedelta(milliseconds=number), "sign_in.succeeded", canonical(EVENTS[number % 1000])
        )
        if batch and frontier.size % batch == 0:
            yield seal(frontier, KEY, PRIVATE.sign)
    yield seal(frontier, KEY, PRIVATE.sign)


def rate(rows: int, batch: int) -> float:
    """Appends per second."""
    began = perf_counter()
    for _ in log(rows, batch):
        pass
    return rows / (perf_counter() - began)


def main() -> None:
    """Print the figures."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    for label, batch in (("leaf + tree", 0), (f"checkpoint each {BATCH}", BATCH), ("checkpoint each 1", 1)):
        count = rows if batch != 1 else max(rows // 20, 1)
        print(f"{label:24} {rate(count, batch):>10,.0f} rows/s")
    before = peak_mebibytes()
    rows_again = (one for one in log(rows, BATCH) if isinstance(one, Row))
    report = verify(rows_again, (one for one in log(rows, BATCH) if isinstance(one, StoredCheckpoint)), str(KEY))
    grown = peak_mebibytes() - before
    print(f"{'verify as a stream':24} {report.rows:>10,} rows, ok={report.ok}, peak memory grew by {grown:.1f} MiB")
    stored = [one for one in log(min(rows, 200_000), BATCH) if isinstance(one, Row)]
    checkpoints = [one for one in log(len(stored), BATCH) if isinstance(one, StoredCheckpoint)]
    began = perf_counter()
    report = verify(stored, checkpoints, str(KEY))
    print(f"{'verify':24} {len(stored) / (perf_counter() - began):>10,.0f} rows/s, ok={report.ok}")


def peak_mebibytes() -> float:
    """The process's greatest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
