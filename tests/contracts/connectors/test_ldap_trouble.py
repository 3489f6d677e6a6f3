"""An LDAP directory that is down, frozen, somebody else's, or has its own mind about a password. On real slapd."""

import dataclasses
import ssl
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.connectors.ldap import LdapConnector
from demo.directories import edit
from demo.directories.ca import ensure_ca
from demo.directories.cast import LOCK_AFTER, ssha
from idp.errors import ProofRejected, Unavailable
from idp.model import Entry, PasswordState
from idp.secret import Secret
from tests.support.slapd import Directory, directory, free_ports

QUICK = {"receive_timeout": timedelta(seconds=1), "connect_timeout": timedelta(seconds=1), "rest": timedelta(0)}
RIGHT, WRONG = Secret("Demo-alice-1"), Secret("Demo-alice-2")


@pytest.fixture(scope="module")
def finance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with directory(tmp_path_factory.mktemp("finance")) as running:
        yield running


def alice(connector: LdapConnector) -> Entry:
    entry = connector.find("alice")
    assert entry is not None
    return entry


# --- whom we speak with ---


@pytest.mark.parametrize("tls", ["starttls", "ldaps"])
def test_a_certificate_for_another_host_is_refused_and_named(tmp_path: Path, tls: str) -> None:
    with directory(tmp_path, host="ldap.elsewhere.example", tls=tls) as elsewhere:
        connector = elsewhere.connector(**QUICK)
        with pytest.raises(Unavailable, match=r"urls: .*another name.*use a name that stands in the certificate"):
            connector.find("alice")
        assert "another name" in (connector.health().error or "")


@pytest.mark.parametrize("tls", ["starttls", "ldaps"])
def test_a_certificate_of_another_ca_is_refused_and_named(finance: Directory, tmp_path: Path, tls: str) -> None:
    from datetime import UTC, datetime

    other = ensure_ca(tmp_path, datetime.now(UTC))
    url = finance.prepared.ldap_url if tls == "starttls" else finance.prepared.ldaps_url
    connector = finance.connector(ca_file=other, urls=(url,), starttls=tls == "starttls", **QUICK)
    with pytest.raises(Unavailable, match=r"ca_file: .*did not sign the certificate"):
        connector.find("alice")
    with pytest.raises(Unavailable):
        connector.verify_password(alice(finance.connector()), RIGHT)


def test_a_ca_file_that_is_none_is_named(finance: Directory, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(Unavailable, match=r"ca_file: .*give the CA's PEM file"):
        finance.connector(ca_file=tmp_path / "ca.pem")


def test_a_server_that_speaks_only_old_tls_is_refused(finance: Directory) -> None:
    """A listener with our own CA's certificate, at TLS 1.1 at most."""
    import socket
    import threading

    ca_folder = finance.prepared.ca_file.parent
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca_folder / "mof.pem", ca_folder / "mof.key")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            plain, _ = listener.accept()
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(plain, server_side=True)
            plain.close()

        thread = threading.Thread(target=serve)
        thread.start()
        connector = finance.connector(urls=(f"ldaps://127.0.0.1:{listener.getsockname()[1]}",), starttls=False, **QUICK)
        with pytest.raises(Unavailable, match="TLS"):
            connector.find("alice")
        thread.join()


def test_starttls_that_is_stripped_on_the_way_sends_no_password(finance: Directory) -> None:
    """A server that refuses StartTLS sees no bind: what it was sent holds neither name nor password."""
    import socket
    import threading

    seen = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            plain, _ = listener.accept()
            seen.extend(plain.recv(4096))
            plain.sendall(bytes.fromhex("300c02010178070a010204000400"))  # extendedResp, protocolError
            plain.settimeout(2)
            while more := plain.recv(4096):
                seen.extend(more)
            plain.close()

        thread = threading.Thread(target=serve)
        thread.start()
        connector = finance.connector(urls=(f"ldap://127.0.0.1:{listener.getsockname()[1]}",), **QUICK)
        with pytest.raises(Unavailable):
            connector.find("alice")
        thread.join()
    assert b"1.3.6.1.4.1.1466.20037" in seen
    assert b"gerege" not in seen and finance.prepared.account_password_file.read_bytes() not in seen


def test_a_wrong_bind_password_is_named(finance: Directory, tmp_path: Path) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("wrong")
    connector = finance.connector(bind_password_file=wrong)
    with pytest.raises(Unavailable, match=r"bind_password_file: .*refused cn=gerege.*put the right password"):
        connector.find("alice")


def test_an_empty_bind_password_never_reads_as_nobody(finance: Directory, tmp_path: Path) -> None:
    empty = tmp_path / "password"
    empty.write_text("\n")
    with pytest.raises(Unavailable, match=r"bind_password_file: .*empty"):
        finance.connector(bind_password_file=empty).find("alice")


def test_the_directory_itself_refuses_what_is_not_protected(finance: Directory) -> None:
    from ldap3 import NONE, SAFE_SYNC, Connection, Server

    server = Server("127.0.0.1", port=int(finance.prepared.ldap_url.rsplit(":", 1)[1]), get_info=NONE)
    password = finance.prepared.account_password_file.read_text()
    with Connection(server, finance.prepared.account_dn, password, client_strategy=SAFE_SYNC) as plain:
        assert not plain.bound


# --- down, frozen, back ---


def test_a_killed_server_is_unavailable_and_comes_back_by_itself(tmp_path: Path) -> None:
    ports = free_ports()
    with directory(tmp_path, ports=ports) as first:
        connector = first.connector(**QUICK)
        entry = alice(connector)
        assert connector.verify_password(entry, RIGHT) == PasswordState()
        first.kill()
        for ask in (lambda: connector.find("alice"), lambda: connector.read(entry.stable_id)):
            with pytest.raises(Unavailable):
                ask()
        with pytest.raises(Unavailable):
            connector.verify_password(entry, RIGHT)
        with pytest.raises(Unavailable):
            list(connector.entries())
        health = connector.health()
        assert not health.up and "does not answer" in (health.error or "")
    with directory(tmp_path, ports=ports):
        assert connector.find("alice") == entry
        assert connector.verify_password(entry, RIGHT) == PasswordState()


def test_a_restart_between_two_questions_is_not_noticed(tmp_path: Path) -> None:
    ports = free_ports()
    with directory(tmp_path, ports=ports) as first:
        connector = first.connector(**QUICK)
        entry = alice(connector)
        connector.verify_password(entry, RIGHT)
    with directory(tmp_path, ports=ports):
        assert connector.find("alice") == entry
        assert connector.verify_password(entry, RIGHT) == PasswordState()


def test_a_frozen_server_is_unavailable_within_the_deadline(tmp_path: Path) -> None:
    with directory(tmp_path) as frozen:
        connector = frozen.connector(**QUICK)
        entry = alice(connector)
        connector.verify_password(entry, RIGHT)
        frozen.freeze()
        for ask in (lambda: connector.find("alice"), lambda: connector.verify_password(entry, RIGHT)):
            began = time.monotonic()
            with pytest.raises(Unavailable):
                ask()
            assert time.monotonic() - began < 2.5
        began = time.monotonic()
        with pytest.raises(Unavailable):  # a new connection: TCP is accepted by the kernel, TLS is not answered
            frozen.connector(**QUICK).find("alice")
        assert time.monotonic() - began < 2.5
        frozen.thaw()
        assert connector.find("alice") == entry
        assert connector.verify_password(entry, RIGHT) == PasswordState()


def test_after_failures_nobody_waits_and_one_probe_finds_it_back(tmp_path: Path) -> None:
    with directory(tmp_path) as frozen:
        connector = frozen.connector(**{**QUICK, "failures_to_rest": 1, "rest": timedelta(seconds=1)})
        frozen.freeze()
        with pytest.raises(Unavailable):
            connector.find("alice")
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(Unavailable, match="resting"):
                connector.find("alice")
        assert time.monotonic() - began < 0.5
        frozen.thaw()
        assert connector.health().up  # the health check is a probe of its own and closes the breaker
        assert connector.find("alice") is not None


def test_the_second_replica_serves_when_the_first_is_dead(finance: Directory) -> None:
    dead = "ldap://127.0.0.1:1"
    connector = finance.connector(urls=(dead, finance.prepared.ldap_url), **QUICK)
    entry = alice(connector)
    assert connector.verify_password(entry, RIGHT) == PasswordState()
    began = time.monotonic()
    assert connector.health().up
    assert time.monotonic() - began < 0.5


def test_nobody_can_rest_a_department_by_what_they_type(finance: Directory) -> None:
    connector = finance.connector(failures_to_rest=1)
    for typed in ("*)(", "\\zz", "é" * 200, "alice)(|"):
        connector.find(typed)
    entry = alice(connector)
    for password in ("wrong", "\ud800", "", "\0", "x" * 4000):
        with pytest.raises(ProofRejected):
            connector.verify_password(entry, Secret(password))
    assert connector.find("alice") == entry


def test_an_account_that_lost_its_right_to_read_sees_nobody_absent(finance: Directory) -> None:
    connector = finance.connector(base_dn="uid=alice,ou=people,dc=mof,dc=example")
    assert connector.find("alice") is not None
    hidden = finance.connector(
        bind_dn=finance.dn("tang.bo"), bind_password_file=_password_file(finance, "Demo-tang.bo-1")
    )
    with pytest.raises(Unavailable, match="may not be read"):
        hidden.find("alice")
    with pytest.raises(Unavailable):
        hidden.read(alice(connector).stable_id)


def _password_file(finance: Directory, password: str) -> Path:
    path = finance.prepared.account_password_file.with_name("other.password")
    path.write_text(password)
    return path


# --- what its policy says of a password ---


def test_a_locked_account_is_not_told_apart(tmp_path: Path) -> None:
    with directory(tmp_path) as locking:
        connector = locking.connector()
        assert connector.lockout_threshold() == LOCK_AFTER
        entry = alice(connector)
        with pytest.raises(ProofRejected) as before:
            connector.verify_password(entry, WRONG)
        for _ in range(LOCK_AFTER):
            with pytest.raises(ProofRejected):
                connector.verify_password(entry, WRONG)
        for password in (RIGHT, WRONG):
            with pytest.raises(ProofRejected) as after:
                connector.verify_password(entry, password)
            assert (type(after.value), after.value.code, after.value.status) == (
                type(before.value), before.value.code, before.value.status)  # fmt: skip
        assert connector.find("alice") == entry


def test_must_change_is_told_only_after_the_right_password(finance: Directory) -> None:
    dn = finance.dn("li.na")
    edit.replace(finance.prepared, dn, "pwdReset", ["TRUE"])
    connector = finance.connector(pool_size=1)
    entry = connector.find("li.na")
    assert entry is not None
    with pytest.raises(ProofRejected):
        connector.verify_password(entry, Secret("wrong"))
    assert connector.verify_password(entry, Secret("Demo-li.na-1")) == PasswordState(must_change=True)
    # The connection that carried it is restricted by the directory until the next bind: others are not.
    assert connector.verify_password(alice(connector), RIGHT) == PasswordState()


def test_expired_and_grace_are_told_only_after_the_right_password(finance: Directory) -> None:
    dn, policy = finance.dn("ma.li"), "cn=ageing,ou=policies,dc=mof,dc=example"
    ageing = {"pwdAttribute": "userPassword", "pwdMaxAge": "1", "pwdGraceAuthNLimit": "1", "cn": "ageing"}
    edit.add(finance.prepared, policy, {"objectClass": ["device", "pwdPolicy"], **ageing})
    edit.replace(finance.prepared, dn, "pwdPolicySubentry", [policy])
    edit.replace(finance.prepared, dn, "userPassword", [ssha("Demo-ma.li-1", "again")])  # sets pwdChangedTime
    connector = finance.connector()
    entry = connector.find("ma.li")
    assert entry is not None
    time.sleep(2.1)  # the directory counts age in whole seconds of its own clock
    right, wrong = Secret("Demo-ma.li-1"), Secret("wrong")
    with pytest.raises(ProofRejected):
        connector.verify_password(entry, wrong)
    assert connector.verify_password(entry, right).grace_left == 0
    assert connector.verify_password(entry, right) == PasswordState(expired=True)
    with pytest.raises(ProofRejected):
        connector.verify_password(entry, wrong)


def test_the_lowest_threshold_of_all_policies_counts(tmp_path: Path) -> None:
    with directory(tmp_path) as strict:
        policy = {"pwdAttribute": "userPassword", "pwdLockout": "TRUE", "pwdMaxFailure": "3", "cn": "strict"}
        edit.add(strict.prepared, "cn=strict,ou=policies,dc=mof,dc=example",
                 {"objectClass": ["device", "pwdPolicy"], **policy})  # fmt: skip
        assert strict.connector().lockout_threshold() == 3
        assert strict.connector(policies_base_dn="").lockout_threshold() is None
        assert strict.connector(policies_base_dn="ou=nowhere,dc=mof,dc=example").lockout_threshold() is None


def test_member_of_gives_groups_of_the_base_alone(tmp_path: Path) -> None:
    with directory(tmp_path) as finance:
        dn = finance.dn("tang.bo")
        outside = "cn=payroll-approvers,ou=policies,dc=mof,dc=example"
        edit.add(finance.prepared, outside, {"objectClass": ["groupOfNames"], "cn": "payroll-approvers", "member": dn})
        edit.add_value(finance.prepared, "cn=docs-editors,ou=groups,dc=mof,dc=example", "member", dn)
        scheme = dataclasses.replace(finance.settings().groups, kind="memberOf")
        connector = finance.connector(groups=scheme)
        entry = connector.find("tang.bo")
        assert entry is not None and entry.groups == ("docs-editors",)
        assert next(one for one in connector.entries() if one.dn == dn).groups == ("docs-editors",)


def test_everybody_is_read_over_many_pages(finance: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.connectors.ldap_search.PAGE_SIZE", 7)
    entries = list(finance.connector().entries())
    assert len({entry.stable_id for entry in entries}) == len(entries) == len(finance.cast.people)
