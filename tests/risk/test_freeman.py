"""Vectors computed by hand from the formula in `risk/freeman.py`.

The person: 4 sign-ins, networks A A A B, always AS 1, China, device L, Firefox; Linux twice, Windows twice.
Everyone: 10 sign-ins. Networks A 3, B 1, C 6; AS 1: 5, AS 2: 5; CN 8, SG 2. Devices L 4, P 6; Firefox 4, Chrome 6;
Linux 5, Windows 5. So n + M is 10 + (3+2+2) = 17 for networks, 10 + (2+2) = 14 for AS, 10 + 2 = 12 for countries;
10 + (2+2+2) = 16 for devices, 14 for browsers, 12 for systems.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.attempt import Counts, History
from risk.freeman import AGENT, NEVER_SEEN, PLACE, ratio
from tests.risk.build import Row, usual
from tests.risk.test_attempt import rows

OWN = [
    Row(network=network, asn=1, country="CN", device_hash="L", browser="Firefox", system=system)
    for network, system in (("A", "Linux"), ("A", "Linux"), ("A", "Windows"), ("B", "Windows"))
]
OTHERS = [
    Row(network="C", asn=asn, country=country, device_hash="P", browser="Chrome", system=system)
    for asn, country, system in (
        (1, "CN", "Linux"),
        (2, "CN", "Linux"),
        (2, "CN", "Linux"),
        (2, "CN", "Windows"),
        (2, "SG", "Windows"),
        (2, "SG", "Windows"),
    )
]
HISTORY = History(own=Counts(OWN), everyone=Counts(OWN + OTHERS), people=3)


def attempt(**changes):
    base = {"network": "A", "asn": 1, "country": "CN", "device": "L", "browser": "Firefox", "system": "Linux"}
    return usual(HISTORY, **(base | changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (0.6 * 3 / 17 + 0.3 * 5 / 14 + 0.1 * 8 / 12) / (0.6 * 3 / 4 + 0.3 + 0.1)),
        ({"network": "B"}, (0.6 * 1 / 17 + 0.3 * 5 / 14 + 0.1 * 8 / 12) / (0.6 * 1 / 4 + 0.3 + 0.1)),
        # never seen by anyone: 1/(n+M) for everyone, nothing for the person
        ({"network": "D"}, (0.6 * 1 / 17 + 0.3 * 5 / 14 + 0.1 * 8 / 12) / (0.3 + 0.1)),
        # the others' network and operator, the person's country
        ({"network": "C", "asn": 2}, (0.6 * 6 / 17 + 0.3 * 5 / 14 + 0.1 * 8 / 12) / 0.1),
        # nothing of it was ever the person's: p_person = p_everyone / 4
        ({"network": "C", "asn": 2, "country": "SG"}, 4.0),
        ({"network": "D", "asn": 9, "country": "KP"}, 4.0),
        # levels that are unknown now are left out
        ({"asn": None}, (0.6 * 3 / 17 + 0.1 * 8 / 12) / (0.6 * 3 / 4 + 0.1)),
        ({"asn": None, "country": None}, (3 / 17) / (3 / 4)),
    ],
)
def test_place(changes, expected):
    found = ratio(attempt(**changes))
    assert found is not None and found.place == pytest.approx(expected, rel=1e-12)


def test_place_in_plain_numbers():
    found = ratio(attempt())
    assert found is not None and found.place == pytest.approx(0.3290493, abs=1e-7)
    found = ratio(attempt(network="C", asn=2))
    assert found is not None and found.place == pytest.approx(3.8557423, abs=1e-7)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (0.54 * 4 / 16 + 0.27 * 4 / 14 + 0.19 * 5 / 12) / (0.54 + 0.27 + 0.19 * 2 / 4)),
        ({"device": None}, (0.27 * 4 / 14 + 0.19 * 5 / 12) / (0.27 + 0.19 * 2 / 4)),
        ({"device": "new"}, (0.54 * 1 / 16 + 0.27 * 4 / 14 + 0.19 * 5 / 12) / (0.27 + 0.19 * 2 / 4)),
        ({"device": "P", "browser": "Chrome", "system": "macOS"}, 4.0),
    ],
)
def test_agent(changes, expected):
    found = ratio(attempt(**changes))
    assert found is not None and found.agent == pytest.approx(expected, rel=1e-12)


def test_activity_and_the_whole_ratio():
    found = ratio(attempt())
    assert found is not None and found.place is not None and found.agent is not None
    assert found.activity == pytest.approx((1 / 3) / (4 / 10))
    assert found.value == pytest.approx(found.place * found.agent * found.activity)


def test_a_feature_that_cannot_be_compared_is_none_and_counts_as_one():
    found = ratio(attempt(device=None, browser=None, system=None))
    assert found is not None and found.agent is None and found.place is not None
    assert found.value == pytest.approx(found.place * found.activity)


def test_a_level_never_known_for_this_person_is_not_held_against_them():
    own = [Row(asn=None)] * 4
    found = ratio(usual(History.of(own), asn=4134))
    without = ratio(usual(History.of(own), asn=None))
    assert found == without


def test_something_rare_for_the_person_is_never_worse_than_never_seen():
    own = [*[Row()] * 99, Row(network="cafe", asn=2, country="SG")]
    history = History(Counts(own), Counts(own + [Row(network="cafe", asn=2, country="SG")] * 900), 2)
    found = ratio(usual(history, network="cafe", asn=2, country="SG"))
    assert found is not None and found.place == NEVER_SEEN


def test_an_empty_history_has_no_ratio():
    assert ratio(usual(History(Counts(), Counts([Row()] * 50), 9))) is None


def test_weights_of_a_feature_add_up_to_one():
    for levels in (PLACE, AGENT):
        assert sum(weight for _, weight in levels) == pytest.approx(1)


@given(rows, rows, st.sampled_from(["office", "abroad"]), st.sampled_from([None, "CN", "KP"]))
def test_factors_stay_within_their_bounds(own, others, network, country):
    history = History(Counts(own), Counts(own + others), 2)
    found = ratio(usual(history, network=network, country=country))
    assert (found is None) == (not own)
    if found is not None:
        assert found.place is not None and 0 < found.place <= NEVER_SEEN
        assert found.agent is None or 0 < found.agent <= NEVER_SEEN
        assert found.activity > 0
