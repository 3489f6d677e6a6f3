"""What is new in each vendor's real server, without reading everybody; and deletions and groups, which show nowhere."""

import pytest

from adapters.connectors.ldap import LdapConnector
from idp.ports import Changes
from tests.contracts.connectors.conftest import AD
from tests.support.vendor_ground import Ground, guest


def test_each_vendor_has_its_own_kind_of_mark(vendor: Ground, reader: LdapConnector) -> None:
    able: Changes = reader
    kind = able.mark().since.split(":")[0]
    assert kind == ("usn" if vendor.vendor == "ad" else "time")


def test_a_joiner_and_a_mover_are_news(vendor: Ground, reader: LdapConnector) -> None:
    before = reader.mark()
    with vendor.admin() as writer, guest(vendor, writer, "joiner") as dn:
        news = {entry.dn.lower(): entry for entry in reader.changed(before.since) or ()}
        assert dn.lower() in news
        writer.set(dn, "title", "Clerk")
        titles = {entry.title for entry in reader.changed(before.since) or () if entry.dn.lower() == dn.lower()}
        assert titles == {"Clerk"}


@pytest.mark.parametrize("served", [AD], indirect=True)
def test_after_a_number_nothing_is_news(vendor: Ground, reader: LdapConnector) -> None:
    news = reader.changed(reader.mark().since)
    assert news is not None and list(news) == []


@pytest.mark.parametrize("served", [AD], indirect=True)
def test_the_number_of_another_server_is_no_mark(vendor: Ground, reader: LdapConnector) -> None:
    since = reader.mark().since
    kind, server, number = since.split(":")
    assert reader.changed(f"{kind}:{'0' * len(server)}:{number}") is None
    assert reader.changed(f"{kind}:{server}:{int(number) + 1000}") is None  # it was set back to an earlier day


@pytest.mark.parametrize("since", ["", "garbage", "time:now", "usn:zz:1", "time:20260101000000Z)(uid=*"])
def test_what_is_no_mark_asks_for_everybody(vendor: Ground, reader: LdapConnector, since: str) -> None:
    assert reader.changed(since) is None


def test_who_is_deleted_or_disabled_is_present_no_more(vendor: Ground, reader: LdapConnector) -> None:
    with vendor.admin() as writer:
        with guest(vendor, writer, "leaver"):
            entry = reader.find("leaver")
            assert entry is not None and entry.stable_id in set(reader.present())
        assert entry.stable_id not in set(reader.present())
        with guest(vendor, writer, "pauser") as dn:
            entry = reader.find("pauser")
            assert entry is not None and entry.stable_id in set(reader.present())
            name, value = {
                "openldap": ("pwdAccountLockedTime", "000001010000Z"),
                "389ds": ("nsAccountLock", "true"),
                "ad": ("userAccountControl", "514"),
            }[vendor.vendor]
            writer.set(dn, name, value)
            assert entry.stable_id not in set(reader.present())


def test_an_edit_of_a_group_moves_the_mark(vendor: Ground, reader: LdapConnector) -> None:
    person, group = vendor.people["mover"], f"cn=clerks,{vendor.groups_dn}"
    before = reader.mark().groups
    with vendor.admin() as writer:
        writer.put(group, "member", person)
        after = reader.mark().groups
        assert after != before
        writer.take(group, "member", person)
        assert reader.mark().groups not in (before, after)
