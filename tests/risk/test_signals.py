"""Each signal: an attempt that it is silent about, and one that it tells of, in which words."""

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from risk.attempt import Counts, History
from risk.evidence import Evidence
from risk.signals import (
    SIGNALS,
    country,
    failures_account,
    failures_network,
    network_zone,
    new_device,
    new_network,
    unusual_hour,
    usual,
)
from tests.risk.build import NOON, Row, days
from tests.risk.build import usual as attempt

ROOT = Path(__file__).parents[2]
EMPTY = History.of([])


def test_the_usual_sign_in_gives_no_evidence():
    assert [signal(attempt()) for signal in SIGNALS] == [None] * len(SIGNALS)


def test_network_zone():
    assert network_zone.measure(attempt(zones=frozenset({"office"}), zones_configured=True)) is None
    assert network_zone.measure(attempt(zones_configured=False)) is None
    outside = network_zone.measure(attempt(zones_configured=True))
    assert outside == Evidence("network_zone", 0.25, "risk.outside_networks")


def test_a_new_country_tells_where_and_when_the_last_was():
    found = country.measure(attempt(country="SG"))
    assert found == Evidence(
        "country",
        1.5,
        "risk.new_country_since",
        {"country": "SG", "previous_country": "CN", "previous_at": (NOON - timedelta(days=1)).isoformat()},
    )


def test_a_new_country_without_a_known_previous_one():
    found = country.measure(attempt(country="SG", previous_country=None))
    assert found is not None and (found.message, found.params) == ("risk.new_country", {"country": "SG"})


def test_an_unknown_country_is_not_foreign_but_missing():
    assert country.measure(attempt(country=None)) == Evidence("country", 0.0, "risk.place_unknown")


def test_a_history_without_countries_cannot_be_compared():
    found = country.measure(attempt(History.of(days(5, country=None)), country="SG"))
    assert found == Evidence("country", 0.0, "risk.places_not_recorded")


def test_without_history_no_country_is_new():
    assert country.measure(attempt(EMPTY, country="SG")) is None


def test_a_new_device_is_named_when_it_is_known():
    assert new_device.measure(attempt()) is None
    named = new_device.measure(attempt(device_known=False, browser="Edge", system="Windows"))
    assert named == Evidence("new_device", 1.0, "risk.new_device_named", {"browser": "Edge", "system": "Windows"})
    assert new_device.measure(attempt(device_known=False, browser=None)) == Evidence(
        "new_device", 1.0, "risk.new_device"
    )


def test_a_device_hash_alone_proves_nothing():
    """The digest may be replayed by whoever copied it; only a proved binding makes a device known."""
    assert new_device.measure(attempt(device="laptop", device_known=False)) is not None


def test_new_network():
    assert new_network.measure(attempt()) is None
    assert new_network.measure(attempt(EMPTY)) is None
    assert new_network.measure(attempt(network="cafe")) == Evidence("new_network", 0.5, "risk.new_network")


@pytest.mark.parametrize(("hour", "unusual"), [(12, False), (10, False), (14, False), (9, True), (15, True), (3, True)])
def test_hours_beside_the_usual_one_are_usual(hour, unusual):
    found = unusual_hour.measure(attempt(at=NOON.replace(hour=hour, minute=14)))
    assert (found is not None) == unusual
    if found is not None:
        assert found.params == {"time": f"{hour:02d}:14"}


def test_the_clock_is_round():
    night = History.of([Row(at=datetime(2026, 11, day, 23, tzinfo=UTC)) for day in range(1, 16)])
    assert unusual_hour.measure(attempt(night, at=NOON.replace(hour=0))) is None
    assert unusual_hour.measure(attempt(night, at=NOON.replace(hour=1))) is None
    assert unusual_hour.measure(attempt(night, at=NOON.replace(hour=2))) is not None


def test_few_sign_ins_have_no_usual_hour():
    assert unusual_hour.measure(attempt(History.of(days(9)), at=NOON.replace(hour=3))) is None


@pytest.mark.parametrize(("count", "weight"), [(2, None), (3, 0.75), (4, 1.0), (6, 1.5), (10**9, 1.5)])
def test_failures_account(count, weight):
    found = failures_account.measure(attempt(failures_account=count))
    assert (found and found.weight) == weight
    if found is not None:
        assert found.params == {"count": str(count), "minutes": "10"}


@pytest.mark.parametrize(
    ("count", "inside", "weight"),
    [(9, False, None), (10, False, 0.5), (20, False, 1.0), (99, False, 1.5), (49, True, None), (50, True, 0.5)],
)
def test_failures_network_counts_offices_less(count, inside, weight):
    zones = frozenset({"office"} if inside else ())
    found = failures_network.measure(attempt(failures_network=count, zones=zones))
    assert (found and found.weight) == weight


def test_a_first_sign_in_is_evidence_of_its_own():
    first = usual.measure(attempt(EMPTY, confirmed=0))
    assert first == Evidence("usual", 1.0, "risk.first_sign_in")
    assert usual.measure(attempt(EMPTY, confirmed=0, zones=frozenset({"office"}))) == Evidence(
        "usual", 0.5, "risk.first_sign_in"
    )
    assert usual.measure(attempt(EMPTY, confirmed=9)) == Evidence("usual", 1.0, "risk.no_recent_sign_in")


def test_what_is_rare_for_the_person_and_common_for_others_is_unusual():
    own = [*days(99), Row(network="cafe", asn=2, country="SG", device_hash="tablet", browser="Edge", system="iOS")]
    others = [own[-1]] * 900
    history = History(Counts(own), Counts(own + others), 10)
    elsewhere = attempt(
        history, network="cafe", asn=2, country="SG", device="tablet", browser="Edge", system="iOS", device_known=True
    )
    assert usual.measure(elsewhere) == Evidence("usual", 1.0, "risk.unlike_usual")
    assert usual.measure(attempt(history)) is None


def test_a_usual_device_does_not_vouch_for_a_foreign_place():
    found = usual.measure(attempt(network="abroad", asn=1, country="SG"))
    assert found is not None and found.weight == 0.5


def test_every_text_is_written_in_both_languages_and_none_is_left_over():
    texts = tomllib.loads((ROOT / "idp/translations/reasons.risk.toml").read_text())
    code = "".join(path.read_text() for path in (ROOT / "risk").rglob("*.py"))
    assert set(re.findall(r'"(risk\.[a-z_]+)"', code)) == set(texts)
    for each in texts.values():
        assert each.keys() == {"en", "zh"} and all(each.values())
        assert sorted(re.findall(r"%\((\w+)\)s", each["en"])) == sorted(re.findall(r"%\((\w+)\)s", each["zh"]))


@pytest.mark.parametrize(
    "changes",
    [
        {"country": "SG"},
        {"country": "SG", "previous_country": None},
        {"device_known": False},
        {"at": NOON.replace(hour=3)},
        {"failures_account": 6, "failures_network": 60},
        {"history": EMPTY},
    ],
)
def test_the_params_fill_the_texts(changes):
    texts = tomllib.loads((ROOT / "idp/translations/reasons.risk.toml").read_text())
    found = [evidence for signal in SIGNALS if (evidence := signal(attempt(**changes)))]
    assert found
    for evidence in found:
        for text in texts[evidence.message].values():
            assert "%" not in text % evidence.params
