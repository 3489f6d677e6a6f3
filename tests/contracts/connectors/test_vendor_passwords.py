"""What each vendor's real server says of a password and of its account, told only to whoever has the password."""

import re

import pytest

from adapters.connectors.ldap import LdapConnector
from idp.errors import Invalid, ProofRejected
from idp.model import Entry, PasswordState
from idp.secret import Secret
from tests.contracts.connectors.conftest import AD, DS389, OPENLDAP
from tests.support.vendor_ground import LOCK_AFTER, PASSWORD, Ground, Writer, guest

RIGHT, WRONG, BETTER = Secret(PASSWORD), Secret("Demo-alice-2"), Secret("密码-Über-9 better")


def entry_of(connector: LdapConnector, key: str) -> Entry:
    entry = connector.find(key)
    assert entry is not None
    return entry


def refusal(connector: LdapConnector, entry: Entry, password: Secret[str]) -> ProofRejected:
    with pytest.raises(ProofRejected) as refused:
        connector.verify_password(entry, password)
    return refused.value


def unwilling(connector: LdapConnector, entry: Entry, new: Secret[str]) -> str:
    with pytest.raises(Invalid) as refused:
        connector.change_password(entry, RIGHT, new)
    return refused.value.message


# --- states ---


def test_right_is_right_and_wrong_is_wrong(vendor: Ground, reader: LdapConnector) -> None:
    for key in ("alice", "wang", "odd"):
        entry = entry_of(reader, key)
        assert reader.verify_password(entry, RIGHT) == PasswordState()
        refusal(reader, entry, WRONG)
        assert reader.verify_password(entry, RIGHT) == PasswordState()


@pytest.mark.parametrize(
    ("key", "state"), [("stale", PasswordState(expired=True)), ("fresh", PasswordState(must_change=True))]
)
def test_expired_and_to_be_changed_are_told_after_the_right_password_alone(
    vendor: Ground, reader: LdapConnector, key: str, state: PasswordState
) -> None:
    entry = entry_of(reader, key)
    assert not entry.disabled
    assert reader.verify_password(entry, RIGHT) == state
    assert not re.search(r"expire|change|532|773", refusal(reader, entry, WRONG).detail)
    assert reader.verify_password(entry, RIGHT) == state


@pytest.mark.parametrize("key", ["disabled", "left"])
def test_who_is_disabled_or_whose_time_is_over_has_no_right_password(
    vendor: Ground, reader: LdapConnector, key: str
) -> None:
    """389 Directory Server has no date of its own after which an account is over."""
    if vendor.vendor == "389ds":
        key = "disabled"
    entry = entry_of(reader, key)
    assert entry.disabled
    assert entry.stable_id not in set(reader.present())
    refusal(reader, entry, RIGHT)
    refusal(reader, entry, WRONG)
    assert next(one for one in reader.entries() if one.stable_id == entry.stable_id).disabled


@pytest.mark.parametrize("served", [AD], indirect=True)
def test_the_log_says_which_code_it_was(vendor: Ground, reader: LdapConnector) -> None:
    means = {"disabled": "data 533, v1db1 (disabled)", "left": "data 701, v1db1 (account_expired)"}
    for key, words in means.items():
        assert words in refusal(reader, entry_of(reader, key), RIGHT).detail
    assert "data 52e, v1db1 (wrong)" in refusal(reader, entry_of(reader, "left"), WRONG).detail


def test_the_directory_locks_after_as_many_as_it_says(vendor: Ground, reader: LdapConnector) -> None:
    assert reader.lockout_threshold() == LOCK_AFTER
    with vendor.admin() as writer, guest(vendor, writer, "guessed"):
        entry = entry_of(reader, "guessed")
        for _ in range(LOCK_AFTER):
            refusal(reader, entry, WRONG)
        assert "locked by its policy" in refusal(reader, entry, RIGHT).detail
        again = reader.read(entry.stable_id)
        assert again is not None and not again.disabled  # who guesses would end other people's sessions


def test_a_threshold_that_may_not_be_read_is_none(vendor: Ground) -> None:
    connector = vendor.connector(policies_base_dn="ou=nowhere," + vendor.suffix, base_dn="ou=nowhere," + vendor.suffix)
    assert connector.lockout_threshold() == (LOCK_AFTER if vendor.vendor != "openldap" else None)
    connector.close()


# --- a new password ---


def test_a_password_is_changed_by_the_old_one(vendor: Ground, reader: LdapConnector) -> None:
    with vendor.admin() as writer, guest(vendor, writer, "changing") as dn:
        settle(vendor, writer, dn, must_change=False)
        entry = entry_of(reader, "changing")
        with pytest.raises(ProofRejected):
            reader.change_password(entry, WRONG, BETTER)
        assert "rules refuse" in unwilling(reader, entry, Secret("short"))
        assert reader.verify_password(entry, RIGHT) == PasswordState()
        reader.change_password(entry, RIGHT, BETTER)
        assert reader.verify_password(entry, BETTER) == PasswordState()
        if vendor.vendor != "ad":  # which lets the last one in for an hour more
            refusal(reader, entry, RIGHT)


def test_a_password_that_must_be_changed_can_be(vendor: Ground, reader: LdapConnector) -> None:
    with vendor.admin() as writer, guest(vendor, writer, "newcomer") as dn:
        settle(vendor, writer, dn, must_change=True)
        entry = entry_of(reader, "newcomer")
        assert reader.verify_password(entry, RIGHT).must_change
        reader.change_password(entry, RIGHT, BETTER)
        assert reader.verify_password(entry, BETTER) == PasswordState()


@pytest.mark.parametrize("served", [OPENLDAP, DS389], indirect=True)
def test_an_expired_password_without_a_bind_is_the_help_desks(vendor: Ground, reader: LdapConnector) -> None:
    assert "help desk" in unwilling(reader, entry_of(reader, "stale"), BETTER)


@pytest.mark.parametrize("unfit", ["", "\0", "new\0word", "x" * 1025, "\ud800"])
def test_an_unfit_new_password_is_refused_before_any_call(vendor: Ground, unfit: str) -> None:
    entry = Entry("1", f"cn=x,{vendor.people_dn}", (), "x", None, None, (), False)
    unopened = vendor.connector(urls=("ldaps://127.0.0.1:1",))
    with pytest.raises(Invalid):
        unopened.change_password(entry, RIGHT, Secret(unfit))


def test_where_it_is_not_allowed_nothing_is_changed(vendor: Ground) -> None:
    connector = vendor.connector(change_password=False)
    assert "its own systems" in unwilling(connector, entry_of(connector, "alice"), BETTER)
    assert connector.verify_password(entry_of(connector, "alice"), RIGHT) == PasswordState()
    connector.close()


def settle(vendor: Ground, writer: Writer, dn: str, *, must_change: bool) -> None:
    """What an administrator set may have to be changed at its first use."""
    if vendor.vendor == "openldap":
        writer.set(dn, "pwdReset", *(["TRUE"] if must_change else []))
    elif vendor.vendor == "ad":
        writer.set(dn, "pwdLastSet", "0" if must_change else "-1")
    elif not must_change:
        writer.set(dn, "passwordExpirationTime", "20380101000000Z")
