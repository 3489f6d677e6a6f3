"""The configuration snapshot of one process: never older than a second, however idle the process was."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

from adapters.sql.truth import SqlTruth
from tests.support.stores import PAYROLL, new_keyring, settle

CALLERS = 8
TIMES = 20


def test_after_an_idle_time_nobody_is_handed_the_old_one(tmp_path: Path) -> None:
    """All callers at once, after five seconds without one: the first looks, and the others wait for what it finds."""
    at, keyring, url = [0.0], new_keyring(tmp_path), f"sqlite:///{tmp_path / 'gerege.sqlite'}"
    mine = SqlTruth(url, keyring, checkpoint_file=tmp_path / "mine", clock=lambda: at[0])
    other = SqlTruth(url, keyring, checkpoint_file=tmp_path / "other")
    settle(other)
    gate = Barrier(CALLERS)

    def grade() -> int:
        gate.wait()
        return mine.configuration().clients["payroll"].grade

    try:
        with ThreadPoolExecutor(CALLERS) as pool:
            for number in range(TIMES):
                wanted = number % 4 + 1
                with other.begin() as tx:
                    tx.registry.put_client(replace(PAYROLL, grade=wanted))
                at[0] += 5
                assert [one.result() for one in [pool.submit(grade) for _ in range(CALLERS)]] == [wanted] * CALLERS
    finally:
        mine.close()
        other.close()


def test_a_client_of_a_moment_ago_is_no_stranger_at_another_node(tmp_path: Path) -> None:
    """It registered itself at one node and asks the other at once, before that one would have looked again."""
    keyring, url = new_keyring(tmp_path), f"sqlite:///{tmp_path / 'gerege.sqlite'}"
    mine = SqlTruth(url, keyring, checkpoint_file=tmp_path / "mine", clock=lambda: 0.0)
    other = SqlTruth(url, keyring, checkpoint_file=tmp_path / "other")
    try:
        settle(other)
        assert "new" not in mine.configuration("new").clients
        with other.begin() as tx:
            tx.registry.put_client(replace(PAYROLL, id="new"))
        assert "new" not in mine.configuration().clients
        assert "new" in mine.configuration("new").clients
    finally:
        mine.close()
        other.close()
