"""The tree of departments."""

from dataclasses import replace

import pytest

from idp.errors import Invalid, NotFound
from idp.flows.admin import departments
from idp.flows.admin.scope import OPERATOR
from idp.model import Department, Text
from tests.support.house import House

EAST = Department("east", "country", "province", Text("East", "东"), "local", domains=("east.example",))


def test_departments_are_put_together_and_unchanged_ones_move_nothing(house: House) -> None:
    city = replace(EAST, id="city", parent_id="east", level="city", domains=())
    assert set(departments.put(house.idp, OPERATOR, [city, EAST], "new")) == {"city", "east"}
    epoch = house.idp.ports.truth.configuration().epoch
    assert departments.put(house.idp, OPERATOR, [city, EAST], "again") == ()
    assert house.idp.ports.truth.configuration().epoch == epoch
    assert house.idp.ports.truth.configuration().lineage("city") == ("city", "east", "country")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (replace(EAST, id="Bad Id", domains=()), "small letters"),
        (replace(EAST, id="x", parent_id="nowhere", domains=()), "not there"),
        (replace(EAST, id="country", parent_id="north", domains=()), "above itself"),
        (replace(EAST, id="x", parent_id="north", domains=()), "cannot stand beneath"),
        (replace(EAST, id="x", domains=("local.example",)), "mail domain"),
    ],
)
def test_a_tree_that_cannot_be_is_refused_whole(house: House, wrong: Department, told: str) -> None:
    good = replace(EAST, id="good", domains=())
    with pytest.raises(Invalid, match=told):
        departments.put(house.idp, OPERATOR, [good, wrong], "r")
    assert "good" not in house.idp.ports.truth.configuration().departments


def test_a_branch_takes_no_neighbour(house: House) -> None:
    northern = replace(OPERATOR, subject_id="sub_n", branch=frozenset({"north", "far-north"}))
    south = house.idp.ports.truth.configuration().departments["south"]
    with pytest.raises(NotFound):
        departments.put(house.idp, northern, [replace(south, parent_id="north")], "mine now")
    with pytest.raises(NotFound):
        departments.put(house.idp, northern, [replace(EAST, id="new-root", parent_id=None, domains=())], "r")
    assert [one.department.id for one in departments.tree(house.idp, northern)] == ["north", "far-north"]
    with pytest.raises(NotFound):
        departments.get(house.idp, northern, "south")


def test_people_without_a_directory_have_one_department(house: House) -> None:
    assert departments.ensure_local(house.idp, OPERATOR).connector == "local"
    before = set(house.idp.ports.truth.configuration().departments)
    departments.ensure_local(house.idp, OPERATOR)
    assert set(house.idp.ports.truth.configuration().departments) == before
