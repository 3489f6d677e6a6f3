"""Every way in which a directory cannot be reached, each told apart by its word and its raw code. On real slapd."""

import dataclasses
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.connectors.ldap_diagnosis import LdapDiagnosis
from demo.directories.ca import ensure_ca
from idp.errors import Invalid
from idp.model import Department
from idp.ports.diagnosis import Finding, Question, Report
from idp.secret import Secret
from tests.support.pki import issue
from tests.support.slapd import Directory, directory, free_ports

QUICK = {"connect_timeout_seconds": 1, "receive_timeout_seconds": 1}
REFUSES_STARTTLS = bytes.fromhex("300c02010178070a010204000400")  # extendedResp, protocolError
SUFFIX = "dc=mof,dc=example"


@pytest.fixture(scope="module")
def finance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with directory(tmp_path_factory.mktemp("finance")) as running:
        yield running


def changed(finance: Directory, **settings: Any) -> Department:
    kept = finance.file.department
    table = {key: value for key, value in (kept.settings | QUICK | settings).items() if value is not None}
    return dataclasses.replace(kept, settings=table)


def asked(department: Department, **question: Any) -> Report:
    return LdapDiagnosis().diagnose(department, Question(**question))


def last(report: Report) -> Finding:
    assert all(one.well for one in report.findings[:-1])
    return report.findings[-1]


@contextmanager
def listening(answer: bytes = b"", context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that is no directory: it shakes hands, or says one thing to whatever it is told."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                plain.settimeout(1)
                try:
                    if context:
                        plain = context.wrap_socket(plain, server_side=True)
                    elif plain.recv(4096):
                        plain.sendall(answer)
                except OSError:
                    pass
                plain.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(3)


# --- all well ---


def test_every_step_of_a_sound_directory_is_well(finance: Directory) -> None:
    report = asked(changed(finance), until="sign-in", sample="alice", password=Secret("Demo-alice-1"))
    assert [(one.step, one.fault) for one in report.findings] == [
        (step, "") for step in ("address", "tls", "bind", "base", "person", "sign-in")
    ]
    assert all(one.latency > timedelta() for one in report.findings)
    assert report.vendor == "openldap" and report.roots == (SUFFIX,)
    assert report.sample is not None
    claims = {one.name: (one.attribute, one.values) for one in report.sample.claims}
    assert claims["mail"] == ("mail", ("alice@mof.example",))
    assert claims["stable_id"] == ("entryUUID", (report.sample.entry.stable_id,))
    assert "payroll-clerks" in report.sample.entry.groups


def test_a_chain_is_shown_with_the_digest_that_openssl_would_tell(finance: Directory) -> None:
    import hashlib

    report = asked(changed(finance), until="tls")
    pem = (finance.prepared.ca_file.parent / "mof.pem").read_text()
    assert report.chain[0].fingerprint == hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    assert report.chain[0].expires > datetime.now(UTC)
    assert "demonstration CA" in report.chain[0].issuer


def test_the_names_below_one_are_listed(finance: Directory) -> None:
    report = asked(changed(finance), until="base", browse=SUFFIX)
    assert f"ou=people,{SUFFIX}" in report.children and f"ou=groups,{SUFFIX}" in report.children


# --- the address ---


def test_a_name_that_nobody_has(finance: Directory) -> None:
    assert last(asked(changed(finance, urls=[f"ldap://{'a' * 64}.localhost"]))).fault == "dns"


def test_a_port_where_nobody_listens(finance: Directory) -> None:
    found = last(asked(changed(finance, urls=[f"ldap://127.0.0.1:{free_ports()[0]}"])))
    assert (found.step, found.fault, found.code) == ("address", "refused", "ECONNREFUSED 111")


def test_a_port_that_is_blocked(finance: Directory) -> None:
    """A full queue: the kernel drops what comes, as a firewall does."""
    with socket.socket() as full, socket.socket() as one, socket.socket() as other:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for held in (one, other):
            held.setblocking(False)
            held.connect_ex(full.getsockname())
        time.sleep(0.05)
        began = time.monotonic()
        found = last(asked(changed(finance, urls=[f"ldap://127.0.0.1:{full.getsockname()[1]}"])))
    assert (found.step, found.fault) == ("address", "silent")
    assert time.monotonic() - began < 3


# --- TLS ---


def test_a_certificate_of_another_ca(finance: Directory, tmp_path: Path) -> None:
    report = asked(changed(finance, ca_file=str(ensure_ca(tmp_path, datetime.now(UTC)))))
    assert (last(report).step, last(report).fault) == ("tls", "untrusted")
    assert last(report).code.startswith("X509 ")
    assert report.chain, "shown, so that it can be compared, although it is not believed"


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    with directory(tmp_path, host="ldap.elsewhere.example") as elsewhere:
        found = last(asked(changed(elsewhere)))
    assert (found.step, found.fault, found.code[:6]) == ("tls", "other-name", "X509 6")  # 62 a host, 64 an address


def test_a_certificate_that_is_over(finance: Directory) -> None:
    folder = finance.prepared.ca_file.parent
    certificate, key = issue(folder, "over", address="127.0.0.1", life=timedelta(minutes=-1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with listening(context=context) as port:
        report = asked(changed(finance, urls=[f"ldaps://127.0.0.1:{port}"], starttls=False))
    assert (last(report).fault, last(report).code) == ("expired", "X509 10 certificate has expired")
    assert "over" in report.chain[0].subject


def test_a_key_that_is_not_pinned(finance: Directory) -> None:
    found = last(asked(changed(finance, pins=[f"sha256/{'A' * 43}="])))
    assert found.fault == "not-pinned" and found.facts["pin"].startswith("sha256/")


def test_a_server_without_starttls(finance: Directory) -> None:
    with listening(REFUSES_STARTTLS) as port:
        assert last(asked(changed(finance, urls=[f"ldap://127.0.0.1:{port}"]))).fault == "no-starttls"


def test_something_that_speaks_no_tls(finance: Directory) -> None:
    with listening(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
        found = last(asked(changed(finance, urls=[f"ldaps://127.0.0.1:{port}"], starttls=False)))
    assert (found.step, found.fault) == ("tls", "no-tls") and found.code


def test_a_frozen_directory_is_told_within_its_time(tmp_path: Path) -> None:
    with directory(tmp_path) as hung:
        hung.freeze()
        began = time.monotonic()
        found = last(asked(changed(hung)))
        hung.thaw()
    assert (found.step, found.well) == ("tls", False)
    assert time.monotonic() - began < 6


# --- bind, base, person, sign-in ---


@pytest.mark.parametrize(
    ("settings", "fault", "code"),
    [
        ({"bind_dn": f"cn=nobody,{SUFFIX}"}, "wrong-password", "49"),
        ({"bind_password_file": "EMPTY"}, "no-password", "ValueError"),
        ({"bind_password_file": "WRONG"}, "wrong-password", "49"),
    ],
    ids=["another-name", "empty", "wrong"],
)
def test_an_account_that_is_refused(
    finance: Directory, tmp_path: Path, settings: dict[str, str], fault: str, code: str
) -> None:
    for name, content in (("EMPTY", ""), ("WRONG", "wrong")):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    paths = {key: str(tmp_path / one) if one in ("EMPTY", "WRONG") else one for key, one in settings.items()}
    found = last(asked(changed(finance, **paths)))
    assert (found.step, found.fault) == ("bind", fault)
    assert found.code.startswith(code)


def test_a_base_that_is_not_there_names_the_nearest_and_what_stands_below(finance: Directory) -> None:
    report = asked(changed(finance, base_dn=f"ou=persons,{SUFFIX}"))
    found = last(report)
    assert (found.step, found.fault, found.code[:2]) == ("base", "no-such-base", "32")
    assert found.facts["near"] == SUFFIX
    assert f"ou=people,{SUFFIX}" in report.children


def test_groups_that_are_elsewhere(finance: Directory) -> None:
    found = last(asked(changed(finance, group_scheme={"base_dn": f"ou=teams,{SUFFIX}"})))
    assert (found.step, found.fault) == ("base", "no-such-group-base")


def test_a_filter_that_nobody_passes(finance: Directory) -> None:
    found = last(asked(changed(finance, people_filter="(objectClass=device)")))
    assert (found.step, found.fault) == ("base", "nobody")


def test_nobody_has_the_sample_s_name(finance: Directory) -> None:
    found = last(asked(changed(finance), sample="no)(uid=*"))
    assert (found.step, found.fault) == ("person", "not-found")


def test_a_wrong_password_of_the_sample(finance: Directory) -> None:
    found = last(asked(changed(finance), until="sign-in", sample="wang", password=Secret("wrong")))
    assert (found.step, found.fault) in {("sign-in", "refused"), ("person", "not-found")}
    found = last(asked(changed(finance), until="sign-in", sample="alice", password=Secret("")))
    assert (found.step, found.fault) == ("sign-in", "refused")


def test_settings_that_cannot_be_are_all_told(finance: Directory) -> None:
    with pytest.raises(Invalid) as caught:
        asked(changed(finance, urls=["ldap://x/y?z"], base_dn="nonsense", attributes={"stable_id": "cn"}))
    assert {"urls", "base_dn", "attributes.stable_id"} <= {
        line.partition(":")[0] for line in caught.value.message.splitlines()
    }
