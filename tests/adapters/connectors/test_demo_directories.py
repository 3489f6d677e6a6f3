"""The demonstration's directories before anything runs: people, LDIF, certificates, files."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from demo.directories import WrongLdif, start_directory
from demo.directories.ca import RENEW_BEFORE, SERVER_LIFE, ensure_ca, server_certificate
from demo.directories.cast import DEPARTMENTS, load, ssha, to_ldif
from demo.directories.ldif import Record, read, render

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_the_cast_is_whole(department: str, tmp_path: Path) -> None:
    cast = load(department)
    assert len(cast.people) >= 22
    for key in ("uid", "mail", "number"):
        assert len({getattr(actor, key) for actor in cast.people}) == len(cast.people)
    assert all(actor.name.isascii() and not actor.name_zh.isascii() for actor in cast.people)
    assert any(actor.disabled for actor in cast.people)
    path = tmp_path / "people.ldif"
    path.write_text(to_ldif(cast, "secret"))
    assert path.read_text() == to_ldif(load(department), "secret")
    records = {record.dn: record for record in read(path)}
    assert all(records[cast.dn(actor)].values("mail") == [actor.mail] for actor in cast.people)
    assert "Demo-" not in path.read_text() and ssha("x", "y").startswith("{SSHA}")


def test_the_two_whom_everybody_knows() -> None:
    alice = load("mof").people[0]
    assert (alice.name, alice.name_zh, alice.mail, alice.password) == (
        "Alice Chen", "陈爱丽", "alice@mof.example", "Demo-alice-1")  # fmt: skip
    assert {"payroll-clerks", "payroll-approvers"} <= set(alice.groups)
    wang = load("moe").people[0]
    assert (wang.name, wang.name_zh, wang.mail, wang.password) == (
        "Wang Wei", "王伟", "wang.wei@moe.example", "Demo-wang-1")  # fmt: skip
    assert "payroll-readers" in wang.groups and "payroll-signers" not in wang.groups


def test_what_is_rendered_is_read_again(tmp_path: Path) -> None:
    values = [
        ("objectClass", "person"),
        ("cn", "陈"),
        ("sn", " leading"),
        ("description", ": x"),
        ("title", "a b"),
        ("x", "é "),
    ]
    path = tmp_path / "x.ldif"
    path.write_text(render([Record("dc=x", attributes=values)]))
    assert read(path)[0].attributes == values


GOOD = "dn: dc=x\nobjectClass: top\n\ndn: ou=p,dc=x\nobjectClass: top\n"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "holds no entry"),
        ("cn: x\n", 1, "begin it with dn:"),
        ("dn: dc=x\nnonsense\n", 2, "write it as name: value"),
        ("dn: dc=x\nobjectClass: top\ncn:: ***\n", 3, "base64"),
        ("dn: dc=x\nobjectClass: top\ncn:\n", 3, "is empty"),
        ("dn: dc=x\nobjectClass: top\njpeg:< file:///etc/passwd\n", 3, "write the value itself"),
        ("dn: dc=x\nchangetype: delete\n", 2, "without changetype"),
        ("dn: dc=x\ncn: x\n", 1, "add objectClass"),
        (GOOD + "dn: ou=q,dc=x\n", 6, "empty line"),
        (GOOD + "\ndn: ou=p,dc=x\nobjectClass: top\n", 7, "line 4 too"),
        (GOOD + "\ndn: ou=a,ou=q,dc=x\nobjectClass: top\n", 7, "no parent"),
        (GOOD + "\ndn: nonsense\nobjectClass: top\n", 7, "is not a name"),
        (GOOD + "\ndn: cn=g,dc=x\nobjectClass: top\nmember: cn=gone,dc=x\n", 7, "that is nowhere"),
        (GOOD + "entryUUID: 1\n\ndn: ou=q,dc=x\nobjectClass: top\nentryUUID: 1\n", 8, "entryUUID of line 4"),
        (" x\n", 1, "continues nothing"),
    ],
)
def test_a_wrong_ldif_is_named_with_file_line_and_fix(tmp_path: Path, text: str, line: int, told: str) -> None:
    path = tmp_path / "people.ldif"
    path.write_text(text)
    with pytest.raises(WrongLdif) as wrong:
        read(path)
    assert str(wrong.value).startswith(f"{path}:{line}: ") and told in str(wrong.value)


def test_a_wrong_ldif_starts_no_directory(tmp_path: Path) -> None:
    path = tmp_path / "people.ldif"
    path.write_text("dn: dc=x\nnonsense\n")
    with pytest.raises(WrongLdif, match=r"people\.ldif:2: "):
        start_directory("mof", tmp_path / "state", ldif=path)


def test_keys_are_private_and_certificates_are_for_loopback_alone(tmp_path: Path) -> None:
    certificate, key = server_certificate(tmp_path / "ca", "mof", NOW)
    for secret in (key, tmp_path / "ca" / "ca.key"):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    ca = x509.load_pem_x509_certificate(ensure_ca(tmp_path / "ca", NOW).read_bytes())
    permitted = ca.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    assert {str(name.value) for name in permitted} == {"localhost", "127.0.0.0/8", "::1/128"}
    leaf = x509.load_pem_x509_certificate(certificate.read_bytes())
    leaf.verify_directly_issued_by(ca)
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_certificates_are_kept_and_renewed_near_their_end(tmp_path: Path) -> None:
    certificate, key = server_certificate(tmp_path, "mof", NOW)
    first = certificate.read_bytes(), key.read_bytes()
    server_certificate(tmp_path, "mof", NOW + SERVER_LIFE - RENEW_BEFORE - timedelta(hours=1))
    assert (certificate.read_bytes(), key.read_bytes()) == first
    server_certificate(tmp_path, "mof", NOW + SERVER_LIFE - RENEW_BEFORE + timedelta(hours=1))
    assert certificate.read_bytes() != first[0] and key.read_bytes() != first[1]


def test_a_new_ca_gives_new_server_certificates(tmp_path: Path) -> None:
    certificate, _ = server_certificate(tmp_path, "mof", NOW)
    first = certificate.read_bytes()
    (tmp_path / "ca.pem").unlink()
    server_certificate(tmp_path, "mof", NOW)
    assert certificate.read_bytes() != first
