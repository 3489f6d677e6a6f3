"""The demonstration's directories as they run: kept over a restart, closed to strangers, on loopback alone."""

import ssl
from pathlib import Path

import pytest
from ldap3 import NONE, SAFE_SYNC, SUBTREE, Connection, Server

from adapters.connectors.ldap_tls import VerifiedTls
from demo.directories import WrongLdif, edit, slapd, start_directory
from demo.directories.launch import Kind
from idp.secret import Secret
from tests.support.slapd import Directory, directory, free_ports

KINDS: tuple[Kind, ...] = ("slapd", "ldaptor")


def connect(running: Directory, dn: str, password: str) -> Connection:
    tls = VerifiedTls(ssl.create_default_context(cafile=running.prepared.ca_file))
    port = int(running.prepared.ldaps_url.rsplit(":", 1)[1])
    server = Server("127.0.0.1", port=port, use_ssl=True, tls=tls, get_info=NONE, connect_timeout=3)
    connection = Connection(server, dn or None, password or None, client_strategy=SAFE_SYNC, receive_timeout=3)
    connection.open(read_server_info=False)
    if dn:
        connection.bind(read_server_info=False)
    return connection


def seen(connection: Connection, running: Directory, attributes: list[str]) -> list[dict[str, object]]:
    _, _, rows, _ = connection.search(running.cast.suffix, "(uid=alice)", SUBTREE, attributes=attributes)
    return [row["raw_attributes"] for row in rows or []]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_changed_stays_changed_at_the_next_start(tmp_path: Path, kind: Kind) -> None:
    with directory(tmp_path, kind=kind) as first:
        edit.replace(first.prepared, first.dn("alice"), "employeeType", ["left"])
        edit.remove_value(first.prepared, "cn=docs-editors,ou=groups,dc=mof,dc=example", "member", first.dn("liu.yang"))
    with directory(tmp_path, kind=kind) as second:
        connector = second.connector()
        alice, liu = connector.find("alice"), connector.find("liu.yang")
        assert alice is not None and alice.disabled and alice.display_name_zh == "陈爱丽"
        assert liu is not None and liu.groups == ()
        assert not connector.verify_password(liu, Secret("Demo-liu.yang-1")).expired


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_and_staff_read_nothing_and_nobody_reads_a_hash(tmp_path: Path, kind: Kind) -> None:
    with directory(tmp_path, kind=kind) as running:
        assert seen(connect(running, "", ""), running, ["cn"]) == []
        staff = connect(running, running.dn("alice"), "Demo-alice-1")
        assert staff.bound and seen(staff, running, ["cn"]) == []
        account = connect(running, running.prepared.account_dn, running.prepared.account_password_file.read_text())
        (alice,) = seen(account, running, ["cn", "userPassword"])
        assert alice["cn"] == [b"Alice Chen"] and not alice.get("userPassword")
        (whole,) = seen(account, running, ["*"])
        assert "userPassword" not in whole


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_administrator_changes_anything(tmp_path: Path, kind: Kind) -> None:
    with directory(tmp_path, kind=kind) as running:
        for dn, password in (
            (running.dn("alice"), "Demo-alice-1"),
            (running.prepared.account_dn, running.prepared.account_password_file.read_text()),
        ):
            connection = connect(running, dn, password)
            assert connection.bound
            _, result, _, _ = connection.modify(running.dn("alice"), {"title": [("MODIFY_REPLACE", ["Minister"])]})
            assert result["result"] == 50
            _, result, _, _ = connection.delete(running.dn("li.na"))
            assert result["result"] == 50
        with pytest.raises(edit.NotChanged):
            edit.replace(running.prepared, "uid=nobody,ou=people,dc=mof,dc=example", "title", ["x"])


def test_what_slapd_refuses_is_named_with_its_line(tmp_path: Path) -> None:
    with directory(tmp_path / "good") as good:
        text = (tmp_path / "good/directories/mof/people.ldif").read_text()
        assert good.running.kind == "slapd"
    path = tmp_path / "people.ldif"
    path.write_text(text.replace("title: Payroll officer", "shoeSize: 38"))
    with pytest.raises(WrongLdif, match=r"people\.ldif:\d+: .*shoeSize") as wrong:
        start_directory("mof", tmp_path / "bad", ldif=path, ports=free_ports())
    assert wrong.value.line > 1 and wrong.value.file == str(path)


def test_a_directory_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with directory(tmp_path / "one") as one:
        taken = int(one.prepared.ldap_url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match=f"port {taken} of 127.0.0.1 is taken"):
            start_directory("moe", tmp_path / "two", ports=(taken, free_ports()[1]))
    monkeypatch.setattr(slapd, "command", lambda *given: ("/bin/sh", "-c", "echo out of luck; exit 1"))
    with pytest.raises(RuntimeError, match="the directory moe did not start: out of luck"):
        start_directory("moe", tmp_path / "three", kind="slapd", ports=free_ports())


def test_without_slapd_and_without_debian_there_is_a_directory_in_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slapd, "find", lambda state_dir: None)
    monkeypatch.setattr(slapd.shutil, "which", lambda name: None)
    with pytest.raises(slapd.NoSlapd, match="not a Debian"):
        slapd.obtain(tmp_path)
    running = start_directory("mof", tmp_path, ports=free_ports())
    running.stop()
    assert running.kind == "ldaptor" and running.url.startswith("ldaps://")


def test_everything_is_written_under_the_state_directory_and_secrets_are_private(tmp_path: Path) -> None:
    with directory(tmp_path) as running:
        secrets = [running.prepared.account_password_file, running.prepared.admin_password_file]
        secrets += [tmp_path / "directories/mof/people.ldif", tmp_path / "directories/mof/slapd/slapd.conf"]
        for path in secrets:
            assert path.is_relative_to(tmp_path) and path.stat().st_mode & 0o077 == 0
        configuration = (tmp_path / "directories/mof/slapd/slapd.conf").read_text()
        assert running.prepared.admin_password_file.read_text() not in configuration
