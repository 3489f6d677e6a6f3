"""A directory's places: so many and no more, few when it is quiet, and never all of everybody's."""

import threading
from contextlib import ExitStack
from datetime import timedelta

import pytest

from adapters.connectors import OpenDirectories
from adapters.connectors.bulkhead import QUIET_SECONDS, Bounded, Bulkhead, Full
from idp.errors import ProofRejected, Unavailable
from idp.model import Department, Text
from idp.secret import Secret
from tests.support.directory import Directory


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_no_more_than_its_own_places_and_they_come_back() -> None:
    bulkhead = Bulkhead(threading.BoundedSemaphore(10), own=3, few=1)
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(bulkhead.place())
        with pytest.raises(Full), bulkhead.place():
            pass
        assert bulkhead.inside == 3
    assert bulkhead.inside == 0
    with bulkhead.place():
        assert bulkhead.inside == 1


def test_a_directory_that_has_gone_quiet_has_few_places_and_an_answer_gives_them_back() -> None:
    clock = Clock()
    bulkhead = Bulkhead(threading.BoundedSemaphore(10), own=4, few=2, clock=clock)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(bulkhead.place())
        clock.now += QUIET_SECONDS
        with pytest.raises(Full), bulkhead.place():
            pass
        last = ExitStack()
    with bulkhead.place():
        clock.now += QUIET_SECONDS
        last.close()
        with bulkhead.place():  # two places are two places
            pass
        for _ in range(3):
            last.enter_context(bulkhead.place())  # somebody was answered just now
        last.close()


def test_what_went_unanswered_counts_as_silence() -> None:
    clock = Clock()
    bulkhead = Bulkhead(threading.BoundedSemaphore(10), own=4, few=1, clock=clock)
    with bulkhead.place():
        clock.now += QUIET_SECONDS
        with pytest.raises(Full), bulkhead.place():
            pass
    for error, quiet in ((Unavailable("mof", "away"), True), (ProofRejected("wrong"), False)):
        with bulkhead.place():
            clock.now += QUIET_SECONDS
            bulkhead._few = 2  # room for one to fail in
            with pytest.raises(type(error)), bulkhead.place():
                raise error
            bulkhead._few = 1
            if quiet:
                with pytest.raises(Full), bulkhead.place():
                    pass
            else:
                with bulkhead.place():
                    pass


def test_one_directory_leaves_places_for_the_others_and_all_together_for_who_needs_none() -> None:
    shared = threading.BoundedSemaphore(5)
    first, second = Bulkhead(shared, own=3, few=1), Bulkhead(shared, own=3, few=1)
    with ExitStack() as held:
        for one in (first, first, first, second, second):
            held.enter_context(one.place())
        with pytest.raises(Full), second.place():
            pass
    with second.place():
        pass


def test_whoever_is_too_many_hears_that_the_department_is_away_and_nothing_of_a_password() -> None:
    directory = Directory("mof")
    entry = directory.add("ann", "right")
    connector = Bounded("mof", directory, Bulkhead(threading.BoundedSemaphore(9), own=1, few=1))
    with connector.bulkhead.place():
        for ask in (
            lambda: connector.find("ann"),
            lambda: connector.read(entry.stable_id),
            lambda: connector.verify_password(entry, Secret("right")),
        ):
            with pytest.raises(Unavailable, match="too many wait") as told:
                ask()
            assert told.value.what == "mof"
        assert connector.lockout_threshold() is None
        assert not directory.binds
        assert connector.health().up
        assert [one.stable_id for one in connector.entries()] == [entry.stable_id]
    assert connector.find("ann") == entry
    assert connector.lockout_threshold() == directory.locks_after


def test_a_threshold_that_was_read_holds_while_it_cannot_be_read() -> None:
    """Or whoever keeps the directory busy could guess more often than its lock-out bears."""
    directory = Directory("mof", locks_after=5)
    connector = Bounded("mof", directory, Bulkhead(threading.BoundedSemaphore(9), own=1, few=1))
    assert connector.lockout_threshold() == 5
    with connector.bulkhead.place():
        assert connector.lockout_threshold() == 5
    directory.locks_after = None  # a connector says so of a policy that cannot be read, too
    assert connector.lockout_threshold() == 5
    directory.locks_after = 3
    assert connector.lockout_threshold() == 3


def test_each_open_directory_has_a_bulkhead_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.connectors.CONNECTORS", {"ldap": lambda one: Directory(one.id)})
    directories = OpenDirectories(places=4)
    one, other = (
        directories.of(Department(name, None, "country", Text(name, name), "ldap")) for name in ("mof", "moe")
    )
    assert isinstance(one, Bounded) and isinstance(other, Bounded)
    with one.bulkhead.place(), one.bulkhead.place():
        with pytest.raises(Unavailable):
            one.find("ann")
        assert other.find("ann") is None
        with other.bulkhead.place(), other.bulkhead.place(), pytest.raises(Unavailable):
            other.find("ann")
    assert other.health().latency == timedelta()
