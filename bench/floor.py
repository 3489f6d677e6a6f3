"""How much of what this machine allows is reached, in one short run: no peer is needed.

    python -m bench.floor [--seconds 1]

The limit of an operation is one request that does nothing (bare WSGI on the same server) and the signatures that the
operation cannot do without, both measured here and now. It only prints: a figure of a shared machine proves nothing
by itself; that one fraction falls while the others stay does.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bench.load.measure import measure
from bench.load.target import Target
from bench.peers.ours import ended, ours
from bench.peers.places import free_ports

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SIGNATURES = {"discovery": 0, "jwks": 0, "cc": 1, "introspect": 0, "userinfo": 0, "exchange": 2, "refresh": 2}
PROOFS = {"introspect": 1, "userinfo": 1}
ANSWER = b'{"issuer":"%s","keys":[]}'


def bare(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
    """An answer without a thought."""
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))])
    return [ANSWER]


def per_core(work: Callable[[], object], seconds: float) -> float:
    """Calls per CPU second of this process."""
    count, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        work()
        count += 1
    return count / (time.process_time() - began)


async def compare(found: Target, seconds: float) -> None:
    """Measure and print."""
    port = free_ports(1)[0]
    nothing = Target(
        {
            "name": "bare",
            "issuer": f"http://127.0.0.1:{port}",
            "people": {"pattern": "%d", "password": "", "count": 1},
            "spawn": [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "bench.floor:bare"],
        }
    )
    try:
        await nothing.start()
        floor = (await measure(nothing, "discovery", 0, workers=8, seconds=seconds)).per_core
    finally:
        nothing.stop()
    key, algorithm = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(SHA256())
    signed, public = key.sign(b"x" * 600, algorithm), key.public_key()
    sign = per_core(lambda: key.sign(b"x" * 600, algorithm), seconds / 4)
    prove = per_core(lambda: public.verify(signed, b"x" * 600, algorithm), seconds / 4)
    await found.start()
    print(f"bare WSGI {floor:,.0f} · ES256 sign {sign:,.0f} · verify {prove:,.0f} per core-second\n")
    print("| operation | ops per core-s | limit | reached |\n|---|--:|--:|--:|")
    for operation, signatures in SIGNATURES.items():
        limit = 1 / (1 / floor + signatures / sign + PROOFS.get(operation, 0) / prove)
        row = await measure(found, operation, 0, workers=8, seconds=seconds)
        print(f"| {operation} | {row.per_core:,.0f} | {limit:,.0f} | {row.per_core / limit:.2f} | {row.problem}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how much of the machine's limit is reached.")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gerege-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with ours(folder, people=200) as said:
            target = Target(said)
            try:
                asyncio.run(compare(target, asked.seconds))
            finally:
                target.stop()
                ended(folder)


if __name__ == "__main__":
    main()
