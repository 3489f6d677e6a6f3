"""The demonstration's applications in a real database, and travellers' addresses from the real country file."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import keyring_of, truth_of
from adapters.redis import embedded
from config.load import load
from demo import furnish, journey, settings
from demo.doors import Doors
from demo.travel import Itinerary
from idp.model import Department, Text
from idp.ports import Truth

MOVED = Doors(8100, 8101, 8102)


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[Truth]:
    path = tmp_path / "gerege.toml"
    path.write_text(settings.toml(tmp_path, Doors()))
    furnish.secrets(tmp_path)
    store = embedded.start(tmp_path)
    read = load(path, environment={})
    opened = truth_of(read, keyring_of(read))
    with opened.begin() as tx:
        for id_ in ("mof", "moe"):
            tx.registry.put_department(Department(id_, None, "country", Text(id_, id_)))
    yield opened
    opened.close()
    store.stop()


def test_applications_come_by_the_plan_and_only_once(tmp_path: Path, truth: Truth) -> None:
    furnish.register(tmp_path, Doors())
    first = truth.configuration()
    payroll, docs = first.clients["payroll"], first.clients["docs"]
    assert payroll.redirect_uris == ("http://payroll.localhost:8001/callback",)
    assert payroll.registered_by == "plan"
    assert (docs.countries, docs.networks, docs.labels) == ({"CN"}, {"office"}, {"all-employees", "degraded-ok"})
    assert {p.name: p.grade for p in first.resources["urn:example:payroll"].permissions} == {
        "payroll.read": 3,
        "payroll.approve": 4,
    }
    assert {p.name for p in first.resources["urn:example:docs"].permissions} == {"docs.read", "docs.write"}
    furnish.register(tmp_path, Doors())
    assert truth.configuration().epoch == first.epoch


def test_other_ports_move_the_addresses_and_nothing_else(tmp_path: Path, truth: Truth) -> None:
    furnish.register(tmp_path, Doors())
    with truth.begin() as tx:
        tx.registry.put_client(replace(truth.configuration().clients["payroll"], disabled=True, grade=4))
    furnish.register(tmp_path, MOVED)
    payroll = truth.configuration().clients["payroll"]
    assert payroll.disabled
    assert payroll.grade == 4
    assert payroll.redirect_uris == ("http://payroll.localhost:8101/callback",)
    assert payroll.backchannel_logout_uri == "http://payroll.localhost:8101/backchannel-logout"


def test_a_traveller_gets_an_address_of_that_country(tmp_path: Path) -> None:
    assert "SG" in journey.go(tmp_path, "Alice@mof.example", "sg")
    written = json.loads((tmp_path / "travel.json").read_text())
    assert written["alice"]["country"] == "SG"
    assert Itinerary(tmp_path / "travel.json").place("alice@mof.example")
    with pytest.raises(LookupError, match="two letters"):
        journey.go(tmp_path, "alice", "Atlantis")
    journey.go(tmp_path, "alice", "home")
    assert json.loads((tmp_path / "travel.json").read_text()) == {}
