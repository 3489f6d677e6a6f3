"""Whom a directory ended it may begin again; whom an administrator ended only an administrator."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from idp.flows.admin.people import disable, enable
from idp.flows.admin.scope import OPERATOR
from idp.model import Subject
from tests.support.browser import Browser
from tests.support.directory import Directory
from tests.support.house import House, house_in

MOF = Directory("mof")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    for name in ("ann", "ben", "cho"):
        MOF.add(name, f"{name}'s")
    with house_in(tmp_path_factory.mktemp("house"), {"mof": MOF}) as found:
        yield found


def tried(house: House, name: str) -> str:
    """Where a right password leads."""
    browser = Browser(house).get("/").submit(username=f"{name}@mof.example")
    return browser.submit(password=f"{name}'s").path


def says(name: str, *, disabled: bool) -> None:
    entry, password = MOF.people[name]
    MOF.people[name] = (replace(entry, disabled=disabled), password)


def person(house: House, name: str) -> Subject:
    found = house.idp.ports.truth.people.find(name, "mof")
    assert found is not None
    return found


def test_the_directory_lets_back_in_whom_it_had_shut_out(house: House) -> None:
    assert tried(house, "ann") != "/sign-in/password"
    says("ann", disabled=True)
    assert tried(house, "ann") == "/sign-in/password" and person(house, "ann").disabled_by == "directory"
    says("ann", disabled=False)
    assert tried(house, "ann") != "/sign-in/password" and not person(house, "ann").disabled


def test_the_directory_does_not_let_in_whom_an_administrator_shut_out(house: House) -> None:
    tried(house, "ben")
    disable(house.idp, OPERATOR, person(house, "ben").id, "under inquiry", house.clock())
    assert tried(house, "ben") == "/sign-in/password" and person(house, "ben").disabled_by == "administrator"
    enable(house.idp, OPERATOR, person(house, "ben").id, "cleared")
    assert tried(house, "ben") != "/sign-in/password"


def test_an_administrator_s_word_stands_also_when_the_directory_was_first(house: House) -> None:
    tried(house, "cho")
    says("cho", disabled=True)
    tried(house, "cho")
    disable(house.idp, OPERATOR, person(house, "cho").id, "under inquiry", house.clock())
    says("cho", disabled=False)
    assert tried(house, "cho") == "/sign-in/password" and person(house, "cho").disabled
