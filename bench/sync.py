"""What reading a large directory costs: a first full round, a delta with nothing new, one leaver, and the console.

    python -m bench.sync [--people 50000]

A real slapd is filled, then read by the product's own rounds on a store of its own, in a process that does nothing
else. Memory is what this process holds at its most, above what it held before the first round; the console's list and
search are asked over HTTP's door in process, with everybody there.
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from adapters.connectors.department_file import load_department
from adapters.connectors.ldap_changes import OVERLAP
from idp.flows.admin import console_client, people
from idp.flows.admin.scope import OPERATOR
from idp.flows.sync import rounds
from idp.model import SyncRun
from tests.support.console import enter
from tests.support.crowd import crowd
from tests.support.house import House, house_in

TIMES = 60


def megabytes() -> float:
    """The most that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(what: str, work: Callable[[], SyncRun]) -> SyncRun:
    began, busy = time.perf_counter(), time.process_time()
    done = work()
    took, busy = time.perf_counter() - began, time.process_time() - busy
    print(f"{what:<34}{took:8.2f} s  CPU {busy:.2f} s  {done.kind} {done.state} {dict(done.counts)}", flush=True)
    return done


def answers(what: str, ask: Callable[[int], object]) -> None:
    """Median and 95th percentile of many."""
    took = []
    for number in range(TIMES):
        began = time.perf_counter()
        ask(number)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    print(f"{what:<34}{statistics.median(took):8.1f} ms  p95 {took[int(TIMES * 0.95)]:.1f} ms", flush=True)


def measure(house: House, folder: Path, count: int) -> None:
    with crowd(folder, count) as directory:
        department = load_department(directory.file).department
        with house.idp.ports.truth.begin() as tx:
            tx.registry.put_department(department)
        before, loaded = megabytes(), time.monotonic()

        def sync(*, full: bool = False) -> SyncRun:
            house.clock.move(minutes=5)
            return rounds.run(house.idp, department, "bench", full=full)

        timed("first full round", sync)
        print(f"{'memory above the beginning':<34}{megabytes() - before:8.0f} MB", flush=True)
        timed("delta, just loaded (overlap)", sync)
        timed("full round, nothing new", lambda: sync(full=True))
        # A delta reads anew whatever was written in the two minutes before the mark: until those are over, everybody.
        time.sleep(max(0, OVERLAP.total_seconds() + 5 - (time.monotonic() - loaded)))
        sync()
        timed("delta, nothing new", sync)
        directory.remove(17)
        timed("delta, one has left", sync)
        print(f"{'memory above the beginning':<34}{megabytes() - before:8.0f} MB", flush=True)
        console(house, count)


def console(house: House, count: int) -> None:
    console_client.ensure(house.idp, "local")
    browser = enter(house, "sys", "local", "system-administrator")
    numbers = [(number * 7919) % count for number in range(TIMES)]
    answers("people, first page", lambda number: browser.get("/admin/people"))
    answers("people, a page in the middle", lambda number: browser.get(f"/admin/people?page={count // 50}"))
    answers("people, search by mail", lambda n: browser.get(f"/admin/people?q=p{numbers[n]:06}@crowd.example"))
    answers("people, search by name", lambda n: browser.get(f"/admin/people?q=Person+{numbers[n]:06}"))
    answers("people, search that finds all", lambda number: browser.get("/admin/people?q=person"))
    answers("departments", lambda number: browser.get("/admin/departments"))
    answers("synchronisation of one", lambda number: browser.get("/admin/departments/crowd/sync"))
    answers("flow: search by name alone", lambda n: people.search(house.idp, OPERATOR, f"Person {numbers[n]:06}"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, house_in(Path(folder) / "house") as house:
        measure(house, Path(folder) / "crowd", asked.people)


if __name__ == "__main__":
    main()
