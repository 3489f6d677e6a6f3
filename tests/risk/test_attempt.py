"""Histories count what was known, in one pass or step by step."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.attempt import LEVELS, Attempt, Counts, History
from tests.risk.build import NOON, Row, days

rows = st.lists(
    st.builds(
        Row,
        at=st.integers(0, 7000).map(lambda hours: NOON - timedelta(hours=hours)),
        network=st.sampled_from(["office", "home", "phone"]),
        asn=st.sampled_from([None, 1, 2]),
        country=st.sampled_from([None, "CN", "SG"]),
        browser=st.sampled_from([None, "Firefox", "Edge"]),
        system=st.sampled_from([None, "Linux", "Windows"]),
        device_hash=st.sampled_from([None, "laptop", "phone"]),
    ),
    max_size=20,
)


def content(counts: Counts) -> tuple[object, ...]:
    return counts.total, counts.hours, counts.known, counts.values


def test_a_history_counts_values_known_rows_and_hours():
    counts = Counts([Row(), Row(network="home", asn=None, at=NOON + timedelta(hours=9))])
    assert counts.total == 2
    assert counts.values["network"] == Counter(office=1, home=1)
    assert counts.values["asn"] == Counter({"4134": 1})
    assert counts.known["asn"] == 1 and counts.known["network"] == 2
    assert counts.hours[12] == counts.hours[21] == 1 and sum(counts.hours) == 2


def test_hours_are_of_the_persons_clock():
    history = History.of([Row(at=datetime(2026, 11, 20, 18, 30, tzinfo=UTC))], ZoneInfo("Asia/Shanghai"))
    assert history.own.hours[2] == 1
    attempt = Attempt(at=datetime(2026, 11, 20, 19, 14, tzinfo=UTC), network="office", history=history)
    assert f"{attempt.local_time:%H:%M}" == "03:14"


@given(rows, rows)
def test_one_pass_and_step_by_step_are_the_same(kept, dropped):
    counts = Counts(dropped)
    for row in kept:
        counts.add(row)
    for row in dropped:
        counts.remove(row)
    assert content(counts) == content(Counts(kept))


def test_what_was_never_counted_cannot_be_removed():
    counts = Counts([Row()])
    with pytest.raises(ValueError, match="never counted"):
        counts.remove(Row(network="elsewhere"))
    assert content(counts) == content(Counts([Row()]))


def test_a_population_added_up_by_a_store_is_the_same_as_its_rows():
    population = [*days(3), *days(2, network="home", asn=None, country="SG")]
    counted = Counts(population)
    tallied = Counts.from_tallies({level: dict(counted.values[level]) for level in LEVELS})
    assert (tallied.values, tallied.known, tallied.total) == (counted.values, counted.known, counted.total)


def test_an_unknown_level_in_tallies_is_named():
    with pytest.raises(ValueError, match="'colour'"):
        Counts.from_tallies({"colour": {"red": 1}})


def test_an_attempt_needs_an_aware_time_and_sane_counts():
    history = History.of([])
    with pytest.raises(ValueError, match="aware"):
        Attempt(at=datetime(2026, 1, 1), network="office", history=history)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="negative"):
        Attempt(at=NOON, network="office", history=history, failures_account=-1)
