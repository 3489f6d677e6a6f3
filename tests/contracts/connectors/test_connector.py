"""What every connector must do, whatever keeps the people. Seen through the port alone."""

import uuid

import pytest

from adapters.connectors.ldap import LdapConnector
from demo.directories import edit
from demo.directories.cast import Actor
from idp.errors import Ambiguous, ProofRejected, Unavailable
from idp.model import PasswordState
from idp.ports import Connector
from idp.secret import Secret
from tests.support.slapd import Directory

HOSTILE = (
    "*", "a*", "alice*", "*)(uid=*", "alice)(uid=*", "x)(|(uid=*", ")(", "(", "\\", "\\2a", "\\00", "alice\\",
    "alice)(&(objectClass=*", "*)(userPassword=*", "uid=alice,ou=people", "%2a", "＊", "alice\u202e", "%s{}",
)  # fmt: skip
NOBODYS = ("", " ", "\t", "\0", "alice\0", "alice\0@mof.example", "\ud800", "a" * 257, "alice\n")


def somebody(ground: Directory) -> Actor:
    return ground.cast.people[0]


def test_is_a_connector(connector: LdapConnector) -> None:
    port: Connector = connector
    assert port is connector


def test_finds_by_everything_that_may_be_typed(ground: Directory, connector: LdapConnector) -> None:
    actor = somebody(ground)
    entry = connector.find(actor.mail)
    assert entry is not None
    assert connector.find(actor.mail.upper()) == entry
    assert connector.find(actor.uid if ground.cast.shape == "uid" else actor.number) == entry
    assert entry.dn == ground.cast.dn(actor)
    assert (entry.display_name, entry.display_name_zh) == (actor.name, actor.name_zh)
    assert (entry.mail, entry.title, entry.disabled) == (actor.mail, actor.title, False)
    assert entry.groups == tuple(sorted(actor.groups))
    assert actor.mail in entry.identifiers
    assert str(uuid.UUID(entry.stable_id)) == entry.stable_id


def test_nobody_is_found_by_what_is_no_identifier_here(ground: Directory, connector: LdapConnector) -> None:
    actor = somebody(ground)
    assert connector.find(actor.name) is None
    assert connector.find("nobody@nowhere.example") is None
    if ground.cast.shape == "posix":
        assert connector.find(actor.uid) is None


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_filter_cannot_be_injected(connector: LdapConnector, typed: str) -> None:
    assert connector.find(typed) is None
    assert connector.read(typed) is None


@pytest.mark.parametrize("typed", NOBODYS)
def test_nobody_has_an_empty_endless_or_unprintable_name(connector: LdapConnector, typed: str) -> None:
    assert connector.find(typed) is None
    assert connector.read(typed) is None


def test_reads_by_the_stable_id_alone(ground: Directory, connector: LdapConnector) -> None:
    entry = connector.find(somebody(ground).mail)
    assert entry is not None
    assert connector.read(entry.stable_id) == entry
    assert connector.read(entry.mail or "") is None
    assert connector.read(str(uuid.uuid4())) is None


def test_everybody_is_read_with_their_groups(ground: Directory, connector: LdapConnector) -> None:
    entries = {entry.dn: entry for entry in connector.entries()}
    assert len(entries) == len(ground.cast.people) >= 22
    for actor in ground.cast.people:
        entry = entries[ground.cast.dn(actor)]
        assert entry.groups == tuple(sorted(actor.groups))
        assert entry.disabled == actor.disabled
        assert connector.find(actor.mail) == entry


def test_a_right_password_is_right_and_every_other_is_not(ground: Directory, connector: LdapConnector) -> None:
    actor = somebody(ground)
    entry = connector.find(actor.mail)
    assert entry is not None
    assert connector.verify_password(entry, Secret(actor.password)) == PasswordState()
    for wrong in (actor.password + " ", " " + actor.password, actor.password.lower(), "*", "x" * 1025, "\ud800"):
        with pytest.raises(ProofRejected):
            connector.verify_password(entry, Secret(wrong))
    assert connector.verify_password(entry, Secret(actor.password)) == PasswordState()


@pytest.mark.parametrize("password", ["", "\0", "\0Demo-alice-1"])
def test_an_empty_password_is_refused_before_any_call(ground: Directory, password: str) -> None:
    entry = ground.connector().find(somebody(ground).mail)
    assert entry is not None
    unopened = ground.connector(urls=("ldaps://127.0.0.1:1",))
    with pytest.raises(ProofRejected):  # Unavailable, had it called
        unopened.verify_password(entry, Secret(password))


def test_a_password_cut_at_a_nul_does_not_pass(ground: Directory, connector: LdapConnector) -> None:
    actor = somebody(ground)
    entry = connector.find(actor.mail)
    assert entry is not None
    with pytest.raises(ProofRejected):
        connector.verify_password(entry, Secret(actor.password + "\0more"))


def test_a_password_is_passed_as_it_was_typed(ground: Directory, connector: LdapConnector) -> None:
    """SASLprep would make "Ⅸ" into "IX" and drop a soft hyphen: two passwords would open one door."""
    from demo.directories.cast import ssha

    actor = ground.cast.people[2]
    typed = "Demo-Ⅸ\u00ad é-密码"
    edit.replace(ground.prepared, ground.cast.dn(actor), "userPassword", [ssha(typed, "test")])
    try:
        entry = connector.find(actor.mail)
        assert entry is not None
        assert not connector.verify_password(entry, Secret(typed)).expired
        for other in ("Demo-IX é-密码", typed.replace("\u00ad", ""), typed.replace("é", "e\u0301")):
            with pytest.raises(ProofRejected):
                connector.verify_password(entry, Secret(other))
    finally:
        edit.replace(ground.prepared, ground.cast.dn(actor), "userPassword", [ssha(actor.password, "test")])
        if ground.running.kind == "slapd":  # its policy wants a password that an administrator set to be changed
            edit.replace(ground.prepared, ground.cast.dn(actor), "pwdReset", [])


def test_somebody_disabled_is_told_apart_by_read_and_has_no_right_password(
    ground: Directory, connector: LdapConnector
) -> None:
    actor = next(actor for actor in ground.cast.people if actor.disabled)
    entry = connector.find(actor.mail)
    assert entry is not None and entry.disabled
    with pytest.raises(ProofRejected):
        connector.verify_password(entry, Secret(actor.password))


def test_disabling_is_seen_at_the_next_read(ground: Directory, connector: LdapConnector) -> None:
    actor = ground.cast.people[3]
    name, left, here = ("employeeType", ["left"], []) if ground.cast.shape == "uid" else (
        "loginShell", ["/usr/sbin/nologin"], ["/bin/bash"])  # fmt: skip
    entry = connector.find(actor.mail)
    assert entry is not None and not entry.disabled
    edit.replace(ground.prepared, entry.dn, name, left)
    try:
        again = connector.read(entry.stable_id)
        assert again is not None and again.disabled
    finally:
        edit.replace(ground.prepared, entry.dn, name, here)


def test_a_group_edit_is_seen_at_the_next_read(ground: Directory, connector: LdapConnector) -> None:
    actor = somebody(ground)
    group = actor.groups[0]
    group_dn = f"cn={group},ou=groups,{ground.cast.suffix}"
    attribute, value = ("member", ground.cast.dn(actor)) if ground.cast.shape == "uid" else ("memberUid", actor.uid)
    entry = connector.find(actor.mail)
    assert entry is not None and group in entry.groups
    edit.remove_value(ground.prepared, group_dn, attribute, value)
    try:
        again = connector.read(entry.stable_id)
        assert again is not None and again.groups == tuple(one for one in entry.groups if one != group)
    finally:
        edit.add_value(ground.prepared, group_dn, attribute, value)


def test_two_people_with_one_address_are_both_refused(ground: Directory, connector: LdapConnector) -> None:
    first, second = ground.cast.people[4:6]
    edit.replace(ground.prepared, ground.cast.dn(second), "mail", [first.mail])
    try:
        with pytest.raises(Ambiguous):
            connector.find(first.mail)
    finally:
        edit.replace(ground.prepared, ground.cast.dn(second), "mail", [second.mail])
    found = connector.find(first.mail)
    assert found is not None and found.dn == ground.cast.dn(first)


def test_who_is_deleted_is_absent(ground: Directory, connector: LdapConnector) -> None:
    dn = f"uid=guest,ou=people,{ground.cast.suffix}"
    kind = ["inetOrgPerson"] if ground.cast.shape == "uid" else ["inetOrgPerson", "posixAccount"]
    posix = {"uidNumber": "1", "gidNumber": "1", "homeDirectory": "/"} if ground.cast.shape == "posix" else {}
    stable_id = {} if ground.running.kind == "slapd" else {"entryUUID": str(uuid.uuid4())}
    names = {"uid": "guest", "cn": "Guest", "sn": "Guest", "mail": "guest@example"}
    edit.add(ground.prepared, dn, {"objectClass": kind, **names, **posix, **stable_id})
    entry = connector.find("guest@example")
    assert entry is not None and entry.groups == ()
    edit.delete(ground.prepared, dn)
    assert connector.read(entry.stable_id) is None


def test_what_it_says_about_itself(ground: Directory, connector: LdapConnector) -> None:
    health = connector.health()
    assert health.up and health.error is None
    assert health.certificate_expires is not None and health.latency.total_seconds() < 5
    assert connector.lockout_threshold() == 10


def test_many_threads_ask_at_once(ground: Directory, connector: LdapConnector) -> None:
    from concurrent.futures import ThreadPoolExecutor

    people = [actor for actor in ground.cast.people if not actor.disabled][:12]

    def sign_in(actor: Actor) -> bool:
        entry = connector.find(actor.mail)
        assert entry is not None and entry.dn == ground.cast.dn(actor)
        with pytest.raises(ProofRejected):
            connector.verify_password(entry, Secret("wrong"))
        return connector.verify_password(entry, Secret(actor.password)) == PasswordState()

    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(sign_in, people))


def test_after_close_nothing_is_left_open(ground: Directory) -> None:
    opened = ground.connector()
    opened.find(somebody(ground).mail)
    opened.close()
    assert not opened._channel._readers._idle


@pytest.mark.parametrize("setting", ["base_dn", "groups"])
def test_a_wrong_base_is_unavailable_and_never_absent(ground: Directory, setting: str) -> None:
    import dataclasses

    wrong = f"ou=nowhere,{ground.cast.suffix}"
    settings = ground.settings()
    change = wrong if setting == "base_dn" else dataclasses.replace(settings.groups, base_dn=wrong)
    connector = ground.connector(**{setting: change})
    with pytest.raises(Unavailable, match=r"base_dn.*ou=nowhere"):
        connector.find(somebody(ground).mail)
    assert connector.health().up is False
    connector.close()
