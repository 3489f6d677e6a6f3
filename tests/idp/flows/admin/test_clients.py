"""Applications: registered, changed, removed."""

from dataclasses import replace
from hashlib import sha256

import pytest

from idp.errors import Conflict, Invalid, NotFound
from idp.flows.admin import clients, console_client
from idp.flows.admin.scope import OPERATOR
from idp.flows.built_in import CONSOLE_ID
from idp.model import Client, Permission, Resource, Text
from tests.support.house import PAYROLL, House

NOTES = Client("notes", Text("Notes", "笔记"), "north", ("https://notes.example/callback",))
API = Resource("urn:example:notes", NOTES.name, (Permission("notes.read", 1, frozenset({"everyone"}), NOTES.name),))


def test_the_secret_is_shown_once_and_kept_as_a_hash(house: House) -> None:
    wanted = replace(NOTES, scopes=("openid", "notes.read"), audiences=(API.audience,))
    secret = clients.put(house.idp, OPERATOR, wanted, (API,), "new")
    assert secret
    assert len(secret) >= 43
    kept = clients.get(house.idp, OPERATOR, "notes")
    assert kept.secret_hashes == (sha256(secret.encode()).digest(),)
    assert clients.put(house.idp, OPERATOR, replace(kept, grade=2), (), "sensitive") is None
    second = clients.new_secret(house.idp, OPERATOR, "notes", "rolls over")
    third = clients.new_secret(house.idp, OPERATOR, "notes", "rolls over again")
    kept = clients.get(house.idp, OPERATOR, "notes")
    assert kept.secret_hashes == tuple(sha256(one.encode()).digest() for one in (third, second))


def test_every_problem_is_told_at_once(house: House) -> None:
    wrong = replace(
        NOTES,
        id="Bad Id",
        department_id="nowhere",
        redirect_uris=("http://evil.example/cb", "https://ok.example/*", "javascript:alert(1)"),
        scopes=("openid", "unknown.scope"),
        audiences=("urn:example:none",),
        grade=7,
        countries=frozenset({"China"}),
        shared_with=frozenset({"nobody"}),
        roles=frozenset({"system-administrator"}),
    )
    with pytest.raises(Invalid) as told:
        clients.put(house.idp, OPERATOR, wrong, (), "r")
    lines = told.value.message.splitlines()
    assert {line.partition(":")[0] for line in lines} == {
        "id", "department", "redirect_uris", "scopes", "audiences", "grade", "countries", "shared_with", "roles",
    }  # fmt: skip
    assert sum(line.startswith("redirect_uris") for line in lines) == 3
    assert "Bad Id" not in house.idp.ports.truth.configuration().clients


def test_nobody_takes_our_names_or_another_s_permissions(house: House) -> None:
    for name in (CONSOLE_ID, "gerege-account"):
        with pytest.raises(Invalid):
            clients.put(house.idp, OPERATOR, replace(NOTES, id=name), (), "r")
    for permission in ("admin.people.write", "openid", "payroll.read", "two words"):
        stolen = Resource("urn:example:evil", NOTES.name, (Permission(permission, 1, frozenset({"x"}), NOTES.name),))
        with pytest.raises(Invalid):
            clients.put(house.idp, OPERATOR, replace(NOTES, id="thief", audiences=(stolen.audience,)), (stolen,), "r")


def test_a_branch_registers_within_itself_only(house: House) -> None:
    northern = replace(OPERATOR, subject_id="sub_n", branch=frozenset({"north"}))
    with pytest.raises(NotFound):
        clients.put(house.idp, northern, replace(NOTES, id="southern", department_id="south"), (), "r")
    with pytest.raises(Conflict):
        clients.put(house.idp, northern, replace(NOTES, id="payroll"), (), "r")
    with pytest.raises(NotFound):
        clients.get(house.idp, northern, "payroll")
    with pytest.raises(NotFound):
        clients.remove(house.idp, northern, "payroll", "r", house.clock())
    mine = Resource(PAYROLL, NOTES.name, (Permission("payroll.read", 1, frozenset({"everyone"}), NOTES.name),))
    with pytest.raises(Conflict):
        clients.put(house.idp, northern, replace(NOTES, id="thief", audiences=(PAYROLL,)), (mine,), "r")
    assert {one.department_id for one in clients.listed(house.idp, northern)} <= {"north"}


def test_a_removed_application_is_over_and_the_console_stays(house: House) -> None:
    clients.put(house.idp, OPERATOR, replace(NOTES, id="going"), (), "r")
    clients.remove(house.idp, OPERATOR, "going", "retired", house.clock())
    kept = clients.get(house.idp, OPERATOR, "going")
    assert (kept.disabled, kept.ended_before) == (True, house.clock())
    with pytest.raises(Conflict):
        clients.remove(house.idp, OPERATOR, "going", "r", house.clock())
    with pytest.raises(Invalid):
        clients.remove(house.idp, OPERATOR, CONSOLE_ID, "r", house.clock())


def test_the_console_is_registered_once_and_follows_its_version(house: House) -> None:
    before = house.idp.ports.truth.configuration()
    console_client.ensure(house.idp, "south")
    after = house.idp.ports.truth.configuration()
    assert after.epoch == before.epoch
    assert after.clients[CONSOLE_ID].department_id == "local"
    assert set(after.permissions_of(after.clients[CONSOLE_ID])) == set(console_client.WORDS)
