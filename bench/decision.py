"""The whole decision of a sign-in, with its store reads: history from SQLite, counters from Valkey, score, policies.

Run: `python -m bench.decision`. Prints wall-clock percentiles and CPU per decision of this process.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from idp.flows.context import Visit
from idp.flows.decide import at_sign_in, decided
from idp.model import AAL2, SignIn
from idp.ports import Place
from tests.support.house import House, house_in

ROUNDS = 2000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, house_in(Path(folder)) as house:
        decide = prepared(house)
        measure("asked for the first time in a minute", decide, decided.cache_clear)
        measure("asked again, as at each step of a sign-in", decide, lambda: None)


def measure(what: str, decide: Callable[[], None], before: Callable[[], None]) -> None:
    walls = []
    decide()
    cpu = time.process_time()
    for _ in range(ROUNDS):
        before()
        began = time.perf_counter()
        decide()
        walls.append((time.perf_counter() - began) * 1000)
    cpu = (time.process_time() - cpu) / ROUNDS * 1000
    cuts = statistics.quantiles(walls, n=100)
    print(f"{what}: p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms, {cpu:.2f} ms CPU of this process each")


def prepared(house: House) -> Callable[[], None]:
    """A person with sixty sign-ins behind them, at their usual place, opening Payroll."""
    idp = house.idp
    person = house.person("alice", "correct horse battery", roles=("payroll-clerk", "payroll-approver"))
    visit = Visit(
        house.clock(),
        "a",
        "n",
        Place("CN", None, None),
        frozenset({"office"}),
        "Firefox",
        "Linux",
        "en",
        "b",
        None,
        "d",
    )
    row = SignIn(
        "",
        person.id,
        house.clock(),
        "succeeded",
        "payroll",
        "n",
        "CN",
        None,
        "Firefox",
        "Linux",
        visit.device_hash,
        None,
        True,
    )
    with idp.ports.truth.begin() as tx:
        for day in range(60):
            tx.history.add_sign_in(replace(row, id=f"t{day}", at=row.at - timedelta(days=day + 1)))
    standing = idp.ports.truth.people.standing(person.id, house.clock())
    client = idp.ports.truth.configuration().clients["payroll"]
    if standing is None:
        raise LookupError("the person has no post")

    def decide() -> None:
        at_sign_in(
            idp, visit, standing, client, ("payroll.read", "payroll.approve"), AAL2, degraded=False, account="acct"
        )

    return decide


if __name__ == "__main__":
    main()
