"""What is true of people and groups on each vendor's real server, by the vendor's own table and nothing else."""

import dataclasses
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.connectors.ldap import LdapConnector
from adapters.connectors.ldap_settings import GroupScheme, LdapSettings
from idp.model import Entry
from tests.contracts.connectors.conftest import AD, DS389, OPENLDAP
from tests.support.vendor_ground import GROUPS, PEOPLE, Ground

ABOVE = ("clerks", "finance", "ministry")
RING = ("ring-a", "ring-b", "ring-c")
ACTIVE_DIRECTORY = pytest.mark.parametrize("served", [AD], indirect=True)
OTHERS = pytest.mark.parametrize("served", [OPENLDAP, DS389], indirect=True)


def found(connector: LdapConnector, typed: str) -> Entry:
    entry = connector.find(typed)
    assert entry is not None, typed
    return entry


@contextmanager
def grouped(vendor: Ground, **scheme: object) -> Iterator[LdapConnector]:
    """A connector with another scheme of groups."""
    usual = vendor.settings()
    connector = vendor.connector(groups=dataclasses.replace(usual.groups, **scheme))  # type: ignore[arg-type]
    yield connector
    connector.close()


# --- who it is ---


def test_everything_that_may_be_typed_is_one_person(vendor: Ground, reader: LdapConnector) -> None:
    people = {found(reader, typed).stable_id for typed in (*vendor.forms, *(form.upper() for form in vendor.forms))}
    assert people == {found(reader, "alice").stable_id}


@pytest.mark.parametrize("typed", ["ELSEWHERE\\alice", "MOH\\", "\\alice", "MOH\\alice\\alice", "MOH\\*", "MOH/alice"])
def test_nobody_has_the_name_of_another_domain(vendor: Ground, reader: LdapConnector, typed: str) -> None:
    assert reader.find(typed) is None


@pytest.mark.parametrize("key", ["wang", "odd"])
def test_names_beyond_ascii_and_with_every_special_sign(vendor: Ground, reader: LdapConnector, key: str) -> None:
    entry = found(reader, key)
    assert entry.display_name == PEOPLE[key]
    assert reader.read(entry.stable_id) == entry
    assert set(ABOVE) <= set(entry.groups)
    assert entry in list(reader.entries())


def test_a_stable_id_is_the_vendors_own(vendor: Ground, reader: LdapConnector) -> None:
    ids = [found(reader, key).stable_id for key in ("alice", "wang")]
    assert ids[0] != ids[1]
    with vendor.admin() as writer:
        name = {"openldap": "entryUUID", "389ds": "nsUniqueId", "ad": "objectGUID"}[vendor.vendor]
        (row,) = writer.read(vendor.people["alice"], "(objectClass=*)", name)
    raw = {key.lower(): values for key, values in row["raw_attributes"].items()}[name.lower()][0]
    assert ids[0] == (str(uuid.UUID(bytes_le=raw)) if vendor.vendor == "ad" else raw.decode())


def test_whoever_is_renamed_and_moved_stays_the_same_person(vendor: Ground, reader: LdapConnector) -> None:
    before, away = found(reader, "mover"), f"ou=away,{vendor.people_dn}"
    with vendor.admin() as writer:
        writer.rename(before.dn, "cn=Mo Ved", away)
        writer.set(f"cn=Mo Ved,{away}", "mail", "mo.ved@ministry.example")
    try:
        after = reader.read(before.stable_id)
        assert after is not None and after.stable_id == before.stable_id
        assert after.dn.lower().startswith("cn=mo ved,ou=away,") and after.mail == "mo.ved@ministry.example"
        assert found(reader, "mo.ved@ministry.example") == after
    finally:
        with vendor.admin() as writer:
            writer.rename(f"cn=Mo Ved,{away}", f"cn={PEOPLE['mover']}", vendor.people_dn)


def test_an_id_that_nobody_has_is_absent(vendor: Ground, reader: LdapConnector) -> None:
    for unknown in (str(uuid.uuid4()), "0", "not-an-id", "*", "\\00" * 16):
        assert reader.read(unknown) is None


# --- everybody ---


def test_everybody_is_read_as_one_by_one(vendor: Ground, reader: LdapConnector) -> None:
    everybody = {entry.stable_id: entry for entry in reader.entries()}
    assert len(everybody) >= len(PEOPLE)
    for key in ("alice", "wang", "stale", "disabled"):
        entry = found(reader, key)
        assert everybody[entry.stable_id] == entry


def test_everybody_is_read_in_pages(vendor: Ground, reader: LdapConnector, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {entry.stable_id for entry in reader.entries()}
    monkeypatch.setattr("adapters.connectors.ldap_stream.PAGE_SIZE", 3)
    assert {entry.stable_id for entry in reader.entries()} == whole


# --- groups ---


@pytest.mark.parametrize("key", ["alice", "wang", "odd", "mover"])
def test_groups_of_groups_and_circles(vendor: Ground, reader: LdapConnector, key: str) -> None:
    groups = set(found(reader, key).groups)
    direct = {group for group, (people, _) in GROUPS.items() if key in people}
    above = {*(ABOVE if "clerks" in direct else ()), *(RING if "ring-a" in direct else ())}
    assert groups & set(GROUPS) == above


def test_groups_of_groups_only_where_they_are_asked_for(vendor: Ground) -> None:
    with grouped(vendor, nested="none") as connector:
        assert set(found(connector, "wang").groups) == {"clerks", "ring-a"}


@pytest.mark.parametrize(("depth", "expected"), [(1, ABOVE[:2]), (2, ABOVE)])
def test_climbing_ends_at_the_depth(vendor: Ground, depth: int, expected: tuple[str, ...]) -> None:
    with grouped(vendor, nested="climb", depth=depth) as connector:
        entry = found(connector, "odd")
        assert entry.groups == expected
        assert entry in list(connector.entries())


def test_a_group_of_more_members_than_are_given_at_once(vendor: Ground, reader: LdapConnector) -> None:
    """Alice is the last of 1,601; for everybody at once the groups' own lists are read."""
    alice = found(reader, "alice")
    assert "crowd" in alice.groups
    assert next(entry for entry in reader.entries() if entry.stable_id == alice.stable_id).groups == alice.groups


@ACTIVE_DIRECTORY
def test_the_parts_of_a_long_attribute_make_the_whole(vendor: Ground) -> None:
    """Active Directory alone has ranges: in small steps it is the same list."""
    with grouped(vendor, nested="climb") as connector:
        steps = dataclasses.replace(vendor.settings().vendor, range_step=70)
        narrow = vendor.connector(vendor=steps, groups=connector._settings.groups)
        assert {one.stable_id: one.groups for one in narrow.entries()} == {
            one.stable_id: one.groups for one in connector.entries()
        }
        narrow.close()


def test_the_primary_group(vendor: Ground) -> None:
    scheme: dict[str, object] = {"primary": "primaryGroupID"}
    if vendor.vendor != "ad":
        scheme = {"primary": "gidNumber", "kind": "posixGroup", "nested": "none"}
    with grouped(vendor, **scheme) as connector:
        alice, wang = found(connector, "alice"), found(connector, "wang")
        assert "primary" in alice.groups and "primary" not in wang.groups
        assert ("primary-above" in alice.groups) == (vendor.vendor == "ad")
        assert alice in list(connector.entries()) and wang in list(connector.entries())


@OTHERS
def test_posix_groups_list_names(vendor: Ground) -> None:
    with grouped(vendor, kind="posixGroup", nested="none") as connector:
        assert found(connector, "alice").groups == ("posix",)
        assert found(connector, "wang").groups == ()


@ACTIVE_DIRECTORY
def test_groups_that_the_person_carries(vendor: Ground) -> None:
    with grouped(vendor, kind="memberOf", nested="none", primary="none") as connector:
        assert set(found(connector, "wang").groups) == {"clerks", "ring-a"}


def test_only_groups_below_the_base_count(vendor: Ground, reader: LdapConnector) -> None:
    usual: LdapSettings = vendor.settings()
    elsewhere = GroupScheme(
        usual.groups.kind, f"ou=away,{vendor.people_dn}", nested=usual.groups.nested, primary=usual.groups.primary
    )
    with grouped(vendor, base_dn=elsewhere.base_dn) as connector:
        assert found(connector, "alice").groups == ()


# --- about the directory ---


def test_it_is_recognised_and_well(vendor: Ground, reader: LdapConnector) -> None:
    assert reader.recognised_vendor() == vendor.vendor
    health = reader.health()
    assert health.up and health.error is None and health.certificate_expires is not None
