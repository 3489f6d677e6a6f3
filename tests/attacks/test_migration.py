"""An export is somebody else's word: it makes no administrator, takes nobody over, opens no address by a pattern."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.keycloak.document import WrongExport
from adapters.keycloak.export import Wishes as Reading
from adapters.keycloak.export import load
from idp.errors import Invalid
from idp.flows.admin.scope import OPERATOR
from idp.flows.migration import carry
from idp.flows.migration.carry import Report
from idp.flows.migration.difference import Wishes
from idp.model import ADMINISTRATOR_ROLES, Department, Text
from tests.support.house import House, house_in

ID = "1833b520-e35f-4954-b050-4c9963bda867"
HASH = {
    "type": "password",
    "secretData": json.dumps({"value": "a" * 43 + "=", "salt": "94CrbRucl0uiTszMr7OJXQ=="}),
    "credentialData": json.dumps({"hashIterations": 210_000, "algorithm": "pbkdf2-sha512"}),
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as found:
        roles = sorted(ADMINISTRATOR_ROLES)
        mapping = {"groups": {"realm:boss": roles, "/admins": roles}}
        with found.idp.ports.truth.begin() as tx:
            tx.registry.put_department(
                Department("revenue", "country", "bureau", Text("Revenue", "税务局"), "local", mapping=mapping)
            )
        yield found


def person(name: str = "eve", own: str = ID, **more: object) -> dict[str, object]:
    return {"id": own, "username": name, "enabled": True} | more


def client(name: str = "portal", *redirects: str, **more: object) -> dict[str, object]:
    return {"clientId": name, "publicClient": True, "redirectUris": list(redirects)} | more


def carried(house: House, tmp_path: Path, **realm: object) -> Report:
    path = tmp_path / "realm.json"
    path.write_text(json.dumps({"realm": "revenue"} | realm), encoding="utf-8")
    moved = load(path, Reading(house.idp.party.id))
    return carry.carry(house.idp, OPERATOR, moved, Wishes("revenue", vouched=True), "moving", house.clock())


def test_no_group_and_no_role_makes_an_administrator(house: House, tmp_path: Path) -> None:
    roles: Any = {"realm": [{"name": "boss"}, *({"name": one} for one in ADMINISTRATOR_ROLES)]}
    eve = person(realmRoles=["boss", *ADMINISTRATOR_ROLES], groups=["/admins"])
    carried(house, tmp_path, users=[eve], roles=roles, groups=[{"name": "admins", "path": "/admins"}])
    people = house.idp.ports.truth.people
    given = {one.role for one in people.role_grants(ID)}
    assert people.get(ID) is not None and not given & set(ADMINISTRATOR_ROLES)
    for role in ADMINISTRATOR_ROLES:
        assert ID not in {who.id for who, _ in people.holders(role, house.clock())}


def test_somebody_s_id_is_not_taken(house: House, tmp_path: Path) -> None:
    ann = house.person("ann", "quiet harbour in winter")
    before = house.idp.ports.truth.people.get(ann.id)
    stranger = person("ann", own=ann.id)
    report = carried(house, tmp_path, users=[stranger | {"email": "eve@evil.example"}])
    assert house.idp.ports.truth.people.get(ann.id) == before
    assert [one.about for one in report.lines] == ["eve@evil.example"], (
        "she comes under an id of her own, in her own department"
    )
    other = house.idp.ports.truth.people.find("ann", "revenue")
    assert other is not None and other.id != ann.id
    carried(house, tmp_path, users=[person("bob")])
    with house.idp.ports.truth.begin() as tx:
        tx.registry.put_department(Department("other", "country", "bureau", Text("Other", "其他"), "local"))
    path = tmp_path / "again.json"
    path.write_text(json.dumps({"realm": "other", "users": [person("mallory")]}), encoding="utf-8")
    moved = load(path, Reading(house.idp.party.id))
    with pytest.raises(Invalid, match="somebody else here has the id"):
        carry.carry(house.idp, OPERATOR, moved, Wishes("other"), "moving", house.clock())
    assert house.idp.ports.truth.people.get(ID).identifiers == ("bob",)  # type: ignore[union-attr]


def test_somebody_s_name_is_not_taken(house: House, tmp_path: Path) -> None:
    carried(house, tmp_path, users=[person("bob")])
    other = "2" + ID[1:]
    report = carried(house, tmp_path, users=[person("bob", own=other, credentials=[HASH])])
    assert report.lines == () and "not taken over" in report.left[-1].why
    assert house.idp.ports.truth.people.get(other) is None
    assert house.idp.ports.truth.authenticators.of(ID) == []


def test_an_application_that_is_registered_stays_as_it_is(house: House, tmp_path: Path) -> None:
    before = house.idp.ports.truth.configuration().clients["payroll"]
    evil = client("payroll", "https://evil.example/callback")
    report = carried(house, tmp_path, clients=[evil])
    assert house.idp.ports.truth.configuration().clients["payroll"] == before
    assert any(one.place == "client payroll" for one in report.left)


@pytest.mark.parametrize(
    "uri",
    [
        "*",
        "https://portal.example/*",
        "https://*.example/callback",
        "http://portal.example/callback",
        "https://portal.example/callback#x",
        "//evil.example/callback",
        "https://user@evil.example/callback",
    ],
)
def test_no_address_is_open_by_a_pattern_or_a_trick(house: House, tmp_path: Path, uri: str) -> None:
    report = carried(house, tmp_path, clients=[client("portal", uri)])
    assert "portal" not in house.idp.ports.truth.configuration().clients
    assert any("portal" in one.place and one.fix for one in report.left)


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_an_address_that_a_browser_runs_ends_the_reading(house: House, tmp_path: Path, uri: str) -> None:
    with pytest.raises(WrongExport, match=r"clients\[0\].*a browser runs"):
        carried(house, tmp_path, clients=[client("portal", uri)], users=[person()])
    assert house.idp.ports.truth.people.get(ID) is None


def test_a_code_that_nobody_vouches_for_is_worth_a_password(house: House, tmp_path: Path) -> None:
    codes = {
        "type": "otp",
        "secretData": json.dumps({"value": "s" * 20}),
        "credentialData": json.dumps({"subType": "totp", "digits": 6, "period": 30, "algorithm": "HmacSHA1"}),
    }
    path = tmp_path / "realm.json"
    path.write_text(json.dumps({"realm": "r", "users": [person(credentials=[codes])]}), encoding="utf-8")
    moved = load(path, Reading(house.idp.party.id))
    carry.carry(house.idp, OPERATOR, moved, Wishes("revenue"), "moving", house.clock())
    (bound,) = house.idp.ports.truth.authenticators.of(ID)
    assert bound.bound_acr == "urn:gerege:aal1"


def hashed(**shape: object) -> dict[str, object]:
    told = {"hashIterations": 210_000, "algorithm": "pbkdf2-sha512"} | shape
    return person(credentials=[HASH | {"credentialData": json.dumps(told)}])


@pytest.mark.parametrize(
    ("realm", "told"),
    [
        ("{", "JSON|json"),
        ('{"realm": "a", "realm": "b"}', "twice|unique"),
        ("[" * 5000, "deep|JSON"),
        ("[]", "object"),
        ('{"users": []}', "realm"),
        ({"users": [person(), person("bob")]}, "the same id"),
        ({"users": [person(), person("EVE", own="2" + ID[1:])]}, "the same name"),
        ({"users": [person("e\x00ve")]}, "username"),
        ({"users": [person("e" * 300)]}, "username"),
        ({"users": [person(" ")]}, "username"),
        ({"users": [{"username": "eve"}]}, "id"),
        ({"users": [person(enabled="yes")]}, "enabled"),
        ({"users": [person(credentials=[HASH, HASH])]}, "more than one password"),
        ({"users": [person(credentials=[HASH] * 60)]}, "more than 50"),
        ({"users": [hashed(hashIterations=2_000_000_000)]}, r"users\[0\]"),
        ({"users": [hashed(hashIterations=-1)]}, r"users\[0\]"),
        ({"users": "all"}, "users"),
        ({"clients": [{"clientId": 7}]}, "clientId"),
    ],
)
def test_what_cannot_be_believed_ends_the_reading_with_its_place(
    tmp_path: Path, realm: str | dict[str, object], told: str
) -> None:
    path = tmp_path / "realm.json"
    text = realm if isinstance(realm, str) else json.dumps({"realm": "revenue"} | realm)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WrongExport, match=told):
        load(path, Reading("id.example"))


def test_a_kind_of_hash_that_is_not_known_stays_and_is_told(house: House, tmp_path: Path) -> None:
    report = carried(house, tmp_path, users=[hashed(algorithm="rot13")])
    assert house.idp.ports.truth.authenticators.of(ID) == []
    assert any("rot13" in one.why for one in report.left)
