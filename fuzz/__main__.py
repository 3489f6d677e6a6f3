"""`python -m fuzz [TARGET …] [--runs N] [--seed N]`: each target in a process of its own, N inputs among all.

With Atheris (coverage-guided) where it is installed, else with bent examples alone. Exit status 1 on a finding; the
input is kept in var/fuzz and printed.
"""

import argparse
import importlib.util
import subprocess
import sys
import time
from pathlib import Path

from fuzz.mutations import SEEDS, inputs
from fuzz.targets import TARGETS, Target

KEPT = Path("var/fuzz")


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m fuzz")
    words.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    words.add_argument("--runs", type=int, default=1_000_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--one", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.one:
        return _one(given.one, given.runs, given.seed)
    names = given.targets or list(TARGETS)
    each = -(-given.runs // len(names))
    print(f"{each:,} inputs for each of {len(names)} targets, {'coverage-guided' if _guided() else 'bent examples'}")
    found = 0
    for name in names:
        began = time.monotonic()
        command = (sys.executable, "-m", "fuzz", "--one", name, "--runs", str(each), "--seed", str(given.seed))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(
            f"  {name:20} {'ok' if done.returncode == 0 else 'FINDING'} in {time.monotonic() - began:.0f} s", flush=True
        )
        if done.returncode:
            found += 1
            print(done.stdout[-3000:], done.stderr[-6000:])
    return 1 if found else 0


def _guided() -> bool:
    return importlib.util.find_spec("atheris") is not None


def _one(name: str, runs: int, seed: int) -> int:
    target = TARGETS[name]
    for data in inputs(seed, min(runs, 20_000)):
        _feed(name, target, data)
    if _guided() and runs > 20_000:
        _guide(name, target, runs - 20_000, seed)
    else:
        for data in inputs(seed + 1, runs - 20_000):
            _feed(name, target, data)
    return 0


def _guide(name: str, target: Target, runs: int, seed: int) -> None:
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    corpus = KEPT / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(SEEDS):
        (corpus / f"seed-{number}").write_bytes(data)
    words = [sys.argv[0], f"-atheris_runs={runs}", f"-seed={seed}", "-max_len=4096", "-timeout=20", str(corpus)]
    atheris.instrument_all()
    atheris.Setup(words, lambda data: _feed(name, target, data))
    atheris.Fuzz()


def _feed(name: str, target: Target, data: bytes) -> None:
    try:
        target(data)
    except BaseException:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{name}.finding").write_bytes(data)
        print(f"{name} failed on {data!r}")
        raise


sys.exit(main())
