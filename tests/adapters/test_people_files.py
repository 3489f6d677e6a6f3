"""People out of files: every encoding and quote that is allowed comes, and each mistake is told with line and fix."""

import base64
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from adapters import people_files
from adapters.connectors.toml_table import WrongFile
from idp.flows.migration.moved import Moved

HEAD = "username,name,id,name_zh,mail,title,groups,disabled\n"
ANN = """version: 1

# a comment
dn: uid=ann,ou=people,dc=rev,dc=example
objectClass: inetOrgPerson
uid: ann
cn: Ann Byron
cn;lang-zh:: {zh}
mail: ann@revenue.example
title: Chief of a very long
  department
entryUUID: 3f7c0000-0000-0000-0000-000000000001
userPassword:: {password}
jpegPhoto:: /9j/4AAQ

dn: cn=clerks,ou=groups,dc=rev,dc=example
objectClass: groupOfNames
cn: clerks
member: UID=ann, ou=people,dc=rev,dc=example
"""


def csv(folder: Path, text: str | bytes) -> Moved:
    path = folder / "people.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return people_files.read_csv(path)


def ldif(folder: Path, text: str) -> Moved:
    path = folder / "people.ldif"
    path.write_text(text, encoding="utf-8")
    return people_files.read_ldif(path)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_comes_as_it_was_written(tmp_path: Path, mark: str, end: str) -> None:
    rows = (
        HEAD + 'ann,"Byron, Ann ""A""",7,安·拜伦,ann@rev.example,Clerk,clerks; payroll;clerks,no\nbob,Bob,,,,,,yes\n\n'
    )
    ann, bob = csv(tmp_path, (mark + rows).replace("\n", end)).people
    assert (ann.name, ann.name_zh, ann.stable_id) == ('Byron, Ann "A"', "安·拜伦", "7")
    assert ann.identifiers == ("ann", "ann@rev.example") and ann.groups == ("clerks", "payroll") and not ann.disabled
    assert bob.stable_id == "bob" and bob.disabled and bob.password is None


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("username\nann\n", 1, "column is missing"),
        ("username,name,shoe\n", 1, "not known"),
        ("username,name,name\n", 1, "twice"),
        (HEAD + "ann,Ann\n", 2, "2 values"),
        (HEAD + "ann,Ann,,,,,,\nANN,Ann,,,,,,\n", 3, "stands at line 2"),
        (HEAD + "ann,Ann,1,,,,,\nbob,Bob,1,,,,,\n", 3, "stands at line 2"),
        (HEAD + ",Ann,,,,,,\n", 2, "empty"),
        (HEAD + "ann,,,,,,,\n", 2, "empty"),
        (HEAD + "ann,Ann,,,not an address,,,\n", 2, "mail address"),
        (HEAD + "ann,Ann,,,,,,perhaps\n", 2, "neither yes nor no"),
        (HEAD + f"{'a' * 300},Ann,,,,,,\n", 2, "255"),
        (HEAD + "a\tb,Ann,,,,,,\n", 2, "printable"),
        (HEAD + 'ann,"Ann,,,,,,\n', 2, "CSV"),
    ],
)
def test_a_mistake_in_a_table_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    with pytest.raises(WrongFile) as wrong:
        csv(tmp_path, text)
    assert any(one.line == line and told in f"{one}" for one in wrong.value.problems), str(wrong.value)


def test_a_table_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match="UTF-8"):
        csv(tmp_path, HEAD.encode() + "ann,Änn,,,,,,\n".encode("latin-1"))


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(WrongFile) as wrong:
        csv(tmp_path, HEAD + "".join(f",,,,bad,,,?{number}\n" for number in range(3)))
    assert {one.line for one in wrong.value.problems} == {2, 3, 4}


def test_an_entry_comes_with_its_groups_and_its_hash(tmp_path: Path) -> None:
    kept = "{ARGON2}" + PasswordHasher(time_cost=2, memory_cost=8192, parallelism=1).hash("quiet harbour")
    moved = ldif(tmp_path, ANN.format(zh=b64("安·拜伦"), password=b64(kept)))
    (ann,) = moved.people
    assert (ann.name, ann.name_zh, ann.title) == ("Ann Byron", "安·拜伦", "Chief of a very long department")
    assert ann.stable_id == "3f7c0000-0000-0000-0000-000000000001"
    assert ann.groups == ("cn=clerks,ou=groups,dc=rev,dc=example", "clerks")
    assert ann.password is not None and b"argon2" in ann.password.stored.reveal()
    assert moved.left == ()


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("{SSHA}whatever", "{SSHA"),
        ("in the clear", "no scheme"),
        ("{ARGON2}$argon2id$nonsense", "cannot be read"),
        ("{PBKDF2-SHA256}x$y$z", "cannot be read"),
    ],
)
def test_a_password_that_is_not_taken_is_told_and_never_shown(tmp_path: Path, password: str, told: str) -> None:
    moved = ldif(tmp_path, ANN.format(zh=b64("安"), password=b64(password)))
    assert moved.people[0].password is None
    (left,) = moved.left
    assert told.strip("{") in left.why and "ann" in left.place
    assert "clear" not in left.why and "whatever" not in left.why


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("dn: uid=a\nuid a\n", 2, "no colon"),
        ("uid: a\n", 1, "before any dn"),
        ("dn: uid=a\ndn: uid=b\n", 2, "second dn"),
        ("dn: uid=a\nchangetype: delete\n", 2, "a change"),
        ("dn: uid=a\njpegPhoto:< file:///etc/passwd\n", 2, "points to a file"),
        ("dn: uid=a\ncn:: !!!\n", 2, "base64"),
        (
            "dn: uid=a\nobjectClass: person\nuid: a\ncn: A\n\ndn: uid=b\nobjectClass: person\nuid: A\ncn: B\n",
            6,
            "line 1",
        ),
    ],
)
def test_a_mistake_in_ldif_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    with pytest.raises(WrongFile) as wrong:
        ldif(tmp_path, text)
    assert any(one.line == line and told in f"{one}" for one in wrong.value.problems), str(wrong.value)


def test_what_is_no_person_stays_and_is_told(tmp_path: Path) -> None:
    moved = ldif(tmp_path, "dn: ou=people,dc=rev\nobjectClass: organizationalUnit\nou: people\n")
    assert moved.people == () and "ou=people" in moved.left[0].place


@given(st.binary(max_size=400))
def test_whatever_stands_in_a_file_is_people_or_a_wrong_file(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "people"
    path.write_bytes(octets)
    for reader in (people_files.read_csv, people_files.read_ldif):
        try:
            reader(path)
        except WrongFile as wrong:
            assert wrong.problems
