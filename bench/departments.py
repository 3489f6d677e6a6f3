"""A thousand departments beside one: sign-ins, memory, start-up. One real slapd answers for all of them.

    python -m bench.departments [--many 1000] [--rounds 5]

Every department has a directory of its own in its settings, with connections and budgets of its own; sign-ins go round
all of them, the worst case, each having been used once. Each size is measured in a process of its own, in turn, and
what is compared is pairs of the same round: operations per second of CPU of this process (slapd's is not in it). A
sign-in here is the way from the first page to a right password that a directory has confirmed.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from adapters.connectors.department_file import load_department
from idp.app import build
from idp.model import Department
from tests.support.house import Browser, House, house_in
from tests.support.slapd import directory

SIGN_INS = 300
PATIENT = {"network_burst": 100_000, "stranger_burst": 100_000, "stranger_daily_burst": 100_000}
"""Budgets of guesses that this many sign-ins of strangers do not reach."""


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--many", type=int, default=1000)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--worker", nargs=2, metavar=("N", "FILE"))
    chosen = words.parse_args()
    if chosen.worker:
        print(json.dumps(measure(int(chosen.worker[0]), Path(chosen.worker[1]))))
        return
    with tempfile.TemporaryDirectory() as folder, directory(Path(folder)):
        file = Path(folder) / "departments" / "mof.toml"
        pairs = [(worker(1, file), worker(chosen.many, file)) for _ in range(chosen.rounds)]
        tenth = worker(max(1, chosen.many // 10), file)
    tell(chosen.many, pairs, tenth)


def worker(many: int, file: Path) -> dict[str, float]:
    command = (sys.executable, "-m", "bench.departments", "--worker", str(many), str(file))
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def tell(many: int, pairs: list[tuple[dict[str, float], dict[str, float]]], tenth: dict[str, float]) -> None:
    one, all_ = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    for name, unit in (("sign-ins", "per CPU second"), ("start", "s"), ("kept", "MB"), ("used", "MB")):
        left, right = (statistics.median(each[name] for each in side) for side in (one, all_))
        print(f"{name:9} 1: {left:8.2f}   {many // 10}: {tenth[name]:8.2f}   {many}: {right:8.2f} {unit}")
    ratio = statistics.median(right["sign-ins"] / left["sign-ins"] for left, right in pairs)
    kept, used = (
        statistics.median(right[name] - left[name] for left, right in pairs) * 1000 / (many - 1)
        for name in ("kept", "used")
    )
    print(f"throughput of {many} to 1: {ratio:.3f};  each department {kept:.1f} kB, and {used:.1f} kB once it was used")


def measure(many: int, file: Path) -> dict[str, float]:
    """One size: MB resident at the start and after sign-ins everywhere, seconds to build, sign-ins per second."""
    with tempfile.TemporaryDirectory() as folder, house_in(Path(folder), guessing=PATIENT) as house:
        model = load_department(file).department
        with house.idp.ports.truth.begin() as tx:
            for number in range(many):
                tx.registry.put_department(named(model, number))
        began = time.perf_counter()
        idp = build(house.idp.settings)
        idp.ports.truth.configuration()
        started = time.perf_counter() - began
        idp.ports.close()
        sign_in(house, 0)
        kept = resident()
        for number in range(max(many, 3)):
            sign_in(house, number % many)  # its connection stands then
        cpu = time.process_time()
        for number in range(SIGN_INS):
            sign_in(house, number % many)
        spent = time.process_time() - cpu
        return {"sign-ins": SIGN_INS / spent, "start": started, "kept": kept, "used": resident()}


def named(model: Department, number: int) -> Department:
    return replace(model, id=f"d{number}", parent_id="country", domains=(), prefixes=(f"D{number}",))


def sign_in(house: House, number: int) -> None:
    browser = Browser(house, address=f"10.{number % 250}.{number // 250}.7").get("/sign-in")
    browser.submit(username=f"D{number}\\alice").submit(password="Demo-alice-1")  # noqa: S106
    if "/sign-in/password" in browser.url:
        raise SystemExit(f"no sign-in at d{number}: {re.findall(r'error[^<]*<[^<]*', browser.page)[:1]}")


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


if __name__ == "__main__":
    main()
