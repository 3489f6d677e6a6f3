"""Whom an operator means: by id, by what they type, in one department or in all, known here or to the directory."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from idp.errors import Ambiguous, Conflict, NotFound, Unavailable
from idp.flows.admin import departments, people
from idp.flows.admin.scope import OPERATOR
from tests.support.directory import Directory
from tests.support.house import House, house_in

MOF, MOE = Directory("mof"), Directory("moe")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    MOF.add("alice", "x")
    MOF.add("wang", "x")
    MOE.add("wang", "x")
    with house_in(tmp_path_factory.mktemp("house"), {"mof": MOF, "moe": MOE}) as found:
        yield found
    MOF.people.clear()
    MOE.people.clear()


def test_who_never_signed_in_is_taken_over_from_the_directory_and_gets_a_code(house: House) -> None:
    now = house.clock()
    assert house.idp.ports.truth.people.find("alice", "mof") is None
    subject = people.resolve(house.idp, OPERATOR, "alice@mof.example", now)
    assert subject.department_id == "mof"
    assert people.resolve(house.idp, OPERATOR, "MOF\\alice", now).id == subject.id
    assert people.resolve(house.idp, OPERATOR, subject.id, now).id == subject.id
    code, _ = people.enrolment_code(house.idp, OPERATOR, subject.id, "first day", now)
    assert code


def test_one_name_in_two_departments_asks_for_the_department(house: House) -> None:
    now = house.clock()
    one = people.resolve(house.idp, OPERATOR, "wang", now, "mof")
    other = people.resolve(house.idp, OPERATOR, "wang@moe.example", now)
    assert one.id != other.id
    with pytest.raises(Ambiguous, match="moe, mof"):
        people.resolve(house.idp, OPERATOR, "wang", now)
    assert people.resolve(house.idp, OPERATOR, "wang", now, "moe").id == other.id


def test_who_is_nobody_is_not_found_and_a_silent_directory_is_no_answer(house: House) -> None:
    now = house.clock()
    for who in ("zoe@mof.example", "zoe", "sub_zoe", "", "*", "*)(uid=*"):
        with pytest.raises(NotFound):
            people.resolve(house.idp, OPERATOR, who, now)
    with pytest.raises(NotFound):
        people.resolve(house.idp, OPERATOR, "alice", now, "nowhere")
    MOF.down = True
    try:
        with pytest.raises(Unavailable):
            people.resolve(house.idp, OPERATOR, "zoe@mof.example", now)
    finally:
        MOF.down = False


def test_another_branch_is_not_even_asked(house: House) -> None:
    eastern = replace(OPERATOR, subject_id="sub_e", branch=frozenset({"moe"}))
    MOF.add("hidden", "x")
    with pytest.raises(NotFound):
        people.resolve(house.idp, eastern, "hidden@mof.example", house.clock())
    assert house.idp.ports.truth.people.find("hidden", "mof") is None


def test_who_is_disabled_there_is_told_so(house: House) -> None:
    MOF.people["left"] = (replace(MOF.add("left", "x"), disabled=True), "x")
    with pytest.raises(Conflict, match="disabled in the directory"):
        people.resolve(house.idp, OPERATOR, "left@mof.example", house.clock())


def test_health_is_asked_of_each_directory_and_remembered(house: House) -> None:
    now, healths = house.clock(), departments.Healths()
    shown = list(house.idp.ports.truth.configuration().departments.values())
    found = healths.of(house.idp, shown, now)
    assert {name: health.up for name, (health, _) in found.items()} == {"mof": True, "moe": True}
    MOF.down = True
    try:
        assert healths.of(house.idp, shown, now)["mof"][0].up
        later = now + departments.FRESH
        assert not healths.of(house.idp, shown, later)["mof"][0].up
        assert healths.of(house.idp, shown, later)["moe"][0].up
    finally:
        MOF.down = False
