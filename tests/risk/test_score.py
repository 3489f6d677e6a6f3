"""Bands for the situations that people meet, and laws that hold for all of them."""

import logging
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.attempt import Counts, History
from risk.evidence import Evidence
from risk.score import Thresholds, score
from risk.signals import SIGNALS
from tests.risk.build import NOON, days, usual
from tests.risk.test_attempt import rows

BANDS = ("low", "elevated", "high")
EMPTY = History.of([])
OFFICE = frozenset({"office"})
FOREIGN = {"network": "abroad", "asn": 7, "country": "SG"}
NEW_DEVICE = {"device": None, "device_known": False, "browser": "Edge", "system": "Windows"}
FIRST = {"history": EMPTY, "confirmed": 0, "previous_country": None, "previous_at": None, "zones_configured": True}


@pytest.mark.parametrize(
    ("changes", "band"),
    [
        ({}, "low"),
        ({"at": NOON.replace(hour=3)}, "low"),
        ({"network": "home"}, "low"),
        ({"failures_account": 2}, "low"),
        ({"country": None}, "low"),
        (NEW_DEVICE, "elevated"),
        (NEW_DEVICE | {"at": NOON.replace(hour=3), "network": "home", "zones_configured": True}, "elevated"),
        ({"country": "SG"}, "elevated"),
        (FOREIGN, "elevated"),
        ({"failures_account": 10}, "elevated"),
        ({"failures_account": 10**6, "failures_network": 10**6}, "elevated"),
        (FOREIGN | NEW_DEVICE | {"failures_account": 6}, "high"),
        ({"country": "SG"} | NEW_DEVICE | {"failures_account": 6}, "high"),
        (FIRST | NEW_DEVICE | {"zones": OFFICE}, "elevated"),
        (FIRST | NEW_DEVICE | {"zones": OFFICE, "failures_account": 99}, "elevated"),
        (FIRST | NEW_DEVICE, "elevated"),
        (FIRST | NEW_DEVICE | {"failures_account": 10}, "high"),
    ],
)
def test_bands(changes, band):
    assert score(usual(**changes)).band == band


def test_the_usual_sign_in_is_nothing_at_all():
    found = score(usual())
    assert (found.value, found.band, found.evidence, found.missing) == (0.0, "low", (), ())


def test_evidence_comes_strongest_first():
    found = score(usual(**FOREIGN, **NEW_DEVICE, failures_account=3))
    weights = [each.weight for each in found.evidence]
    assert weights == sorted(weights, reverse=True)
    assert found.evidence[0].signal == "country"
    assert found.value == pytest.approx(1 - 2 ** -sum(weights))


def test_an_empty_history_is_never_low_by_itself():
    assert score(usual(EMPTY, confirmed=0)).band == "elevated"


def test_what_could_not_be_measured_is_named():
    found = score(usual(country=None))
    assert found.missing == ("country",) and found.evidence == ()


def broken(_attempt):
    raise RuntimeError("no")


@pytest.mark.parametrize("weight", [math.nan, math.inf, -math.inf, -1.0])
def test_a_signal_with_an_impossible_weight_counts_and_is_named(weight, caplog):
    def odd(_attempt):
        return Evidence("odd", weight, "risk.odd")

    with caplog.at_level(logging.CRITICAL):
        found = score(usual(), (*SIGNALS, odd))
    assert found.band == "elevated" and found.missing == ("test_score",)
    assert math.isfinite(found.value)


def test_a_signal_that_breaks_counts_is_named_and_does_not_stop_the_others(caplog):
    found = score(usual(country="SG"), (broken, *SIGNALS))
    assert found.missing == ("test_score",)
    assert {each.signal for each in found.evidence} == {"country", "test_score"}
    assert "RuntimeError: no" in caplog.text
    message = next(each for each in found.evidence if each.signal == "test_score")
    assert (message.message, message.params) == ("risk.not_measured", {"signal": "test_score"})


@pytest.mark.parametrize(("elevated", "high"), [(0, 0.5), (0.5, 0.5), (0.9, 0.5), (0.5, 1.1), (math.nan, 0.9)])
def test_thresholds_must_be_in_order(elevated, high):
    with pytest.raises(ValueError, match="elevated < high"):
        Thresholds(elevated, high)


def test_thresholds_move_the_bands():
    assert score(usual(network="home"), thresholds=Thresholds(0.1, 0.2)).band == "high"


attempts = st.builds(
    lambda own, others, changes: usual(
        History(Counts(own), Counts(own + others), 3),
        **changes,
    ),
    rows,
    rows,
    st.fixed_dictionaries(
        {
            "network": st.sampled_from(["office", "home", "abroad"]),
            "asn": st.sampled_from([None, 1, 2, 3]),
            "country": st.sampled_from([None, "CN", "SG", "KP"]),
            "browser": st.sampled_from([None, "Firefox", "Edge", "Chrome"]),
            "system": st.sampled_from([None, "Linux", "Windows", "macOS"]),
            "device": st.sampled_from([None, "laptop", "phone", "new"]),
            "device_known": st.booleans(),
            "zones": st.sampled_from([frozenset(), OFFICE]),
            "zones_configured": st.just(True),
            "failures_account": st.integers(0, 12),
            "failures_network": st.integers(0, 200),
            "at": st.integers(0, 23).map(lambda hour: NOON.replace(hour=hour)),
            "confirmed": st.integers(0, 30),
        }
    ),
)


def more_harm(attempt):
    """The attempt with one thing worse, for each thing that can be."""
    own = attempt.history.own
    yield replace(attempt, failures_account=attempt.failures_account + 1)
    yield replace(attempt, failures_network=attempt.failures_network + 7)
    yield replace(attempt, zones=frozenset())
    if attempt.device_known:
        yield replace(attempt, device_known=False, device=None)
        yield replace(attempt, device_known=False, device="stranger's")
    if attempt.network in own.values["network"]:
        yield replace(attempt, network="stranger's")
    if attempt.country is None or attempt.country in own.values["country"]:
        yield replace(attempt, country="XX")
        yield replace(attempt, country="XX", asn=65000, network="stranger's")


@given(attempts)
def test_more_evidence_of_harm_never_lowers_the_score(attempt):
    before = score(attempt)
    for worse in more_harm(attempt):
        after = score(worse)
        assert after.value >= before.value
        assert BANDS.index(after.band) >= BANDS.index(before.band)


@given(attempts, st.lists(st.floats(0, 1e308), max_size=5))
def test_one_more_signal_never_lowers_the_score_and_it_stays_finite(attempt, weights):
    def giving(weight):
        return lambda _attempt: Evidence("extra", weight, "risk.extra")

    signals = SIGNALS
    value = score(attempt).value
    for weight in weights:
        signals = (*signals, giving(weight))
        after = score(attempt, signals)
        assert value <= after.value <= 1 and math.isfinite(after.value)
        value = after.value


@given(attempts, st.permutations(SIGNALS))
def test_the_order_of_signals_does_not_matter(attempt, signals):
    assert score(attempt, signals) == score(attempt)


@given(attempts, st.integers(0, len(SIGNALS) - 1))
def test_a_signal_that_raises_is_never_silently_ignored(attempt, index):
    signals = (*SIGNALS[:index], broken, *SIGNALS[index + 1 :])
    found = score(attempt, signals)
    assert "test_score" in found.missing and found.band != "low"


@given(attempts)
def test_a_person_without_history_is_never_at_zero(attempt):
    assert score(replace(attempt, history=EMPTY)).value > 0


def test_a_long_history_of_one_place_stays_low_for_a_rare_person():
    """People who sign in rarely among many who do often are not punished for it."""
    own = days(2)
    history = History(Counts(own), Counts(own + days(998, network="other", device_hash="other")), 5)
    assert score(usual(history)).band == "low"
