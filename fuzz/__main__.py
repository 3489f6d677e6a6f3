"""`python -m fuzz [TARGET …] [--runs N] [--seed N]`: each target in a process of its own, N inputs among all.

With Atheris (coverage-guided) where it is installed, else with bent examples alone. Exit status 1 on a finding; the
input is kept in var/fuzz and printed.
"""

import argparse
import importlib
import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fuzz.mutations import SEEDS, inputs

KEPT = Path("var/fuzz")
WATCHED = ["idp.oidc", "idp.web.machine", "idp.web.arrival"]
"""Whose branches guide the search."""
BENT = 20_000
"""Bent examples for each target before the search is guided."""
Target = Callable[[bytes], None]


def main() -> int:
    """Feed the targets that were named, or all. Returns the exit status."""
    words = argparse.ArgumentParser(prog="python -m fuzz")
    words.add_argument("targets", nargs="*", metavar="TARGET")
    words.add_argument("--runs", type=int, default=1_000_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--one", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.one:
        return _one(given.one, given.runs, given.seed)
    known = list(_targets())
    if unknown := set(given.targets) - set(known):
        words.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return _each(given.targets or known, given.runs, given.seed)


def _each(names: list[str], runs: int, seed: int) -> int:
    each = -(-runs // len(names))
    print(f"{each:,} inputs for each of {len(names)} targets, {'coverage-guided' if _guided() else 'bent examples'}")
    found = 0
    for name in names:
        began = time.monotonic()
        command = (sys.executable, "-m", "fuzz", "--one", name, "--runs", str(each), "--seed", str(seed))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - began
        print(f"  {name:20} {'ok' if done.returncode == 0 else 'FINDING'} in {seconds:.0f} s", flush=True)
        if done.returncode:
            found += 1
            print(done.stdout[-3000:], done.stderr[-6000:])
    return 1 if found else 0


def _guided() -> bool:
    return importlib.util.find_spec("atheris") is not None


def _targets() -> dict[str, Target]:
    found: dict[str, Target] = importlib.import_module("fuzz.targets").TARGETS
    return found


def _one(name: str, runs: int, seed: int) -> int:
    if not _guided() or runs <= BENT:
        target = _targets()[name]
        for data in inputs(seed, runs):
            _feed(name, target, data)
        return 0
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    with atheris.instrument_imports(include=WATCHED):
        target = _targets()[name]
    for data in inputs(seed, BENT):
        _feed(name, target, data)
    corpus = KEPT / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(SEEDS):
        (corpus / f"seed-{number}").write_bytes(data)
    words = [sys.argv[0], f"-atheris_runs={runs - BENT}", f"-seed={seed}", "-max_len=4096", "-timeout=20", str(corpus)]
    atheris.Setup(words, lambda data: _feed(name, target, data))
    atheris.Fuzz()
    return 0


def _feed(name: str, target: Target, data: bytes) -> None:
    try:
        target(data)
    except BaseException:
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{name}.finding").write_bytes(data)
        print(f"{name} failed on {data!r}")
        raise


sys.exit(main())
