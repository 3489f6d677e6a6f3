"""`gerege dept test` on a real OpenLDAP: by file and by name, green and red, in words and in JSON."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.idp.cli.conftest import Shell
from tests.support.slapd import Directory, directory


@pytest.fixture
def finance(tmp_path: Path) -> Iterator[Directory]:
    with directory(tmp_path / "ldap") as running:
        yield running


def file_of(finance: Directory) -> Path:
    return finance.prepared.ca_file.parents[2] / "departments" / "mof.toml"


def test_a_file_is_tried_with_its_examples_before_anything_is_kept(shell: Shell, finance: Directory) -> None:
    path = file_of(finance)
    words = shell.ok("dept", "test", str(path), "--person", "alice")
    assert words.count("ok ") == 5 and "5 examples of the file hold" in words
    assert "payroll-approvers" in words and "mapped" in words and "clearance 4" in words
    assert "it locks after 10 wrong passwords" in words
    assert "mof" not in [one["id"] for one in shell.told("dept", "list")]


def test_a_kept_department_is_told_in_json_and_in_chinese(shell: Shell, finance: Directory) -> None:
    shell.ok("dept", "add", str(file_of(finance)))
    told = shell.told("dept", "test", "mof", "--person", "alice")
    assert [one["step"] for one in told["steps"]] == ["address", "tls", "bind", "base", "person"]
    assert told["up"] and "payroll-approver" in told["roles"] and told["groups"]["payroll-clerks"] == "mapped"
    assert told["lockout_threshold"] == 10 and len(told["chain"][0]["fingerprint"]) == 64
    assert "证书可信" in shell.ok("dept", "test", "mof", "--language", "zh-CN")


def test_each_red_step_ends_with_one(shell: Shell, finance: Directory) -> None:
    path = file_of(finance)
    shell.wrong(2, "dept", "test", str(path), "--sign-in")
    text = path.read_text()
    wrong = path.with_name("wrong.toml")
    wrong.write_text(text.replace('base_dn = "ou=people,', 'base_dn = "ou=nobody,'))
    said = shell.wrong(1, "dept", "test", str(wrong))
    assert "ou=nobody,dc=mof,dc=example does not exist" in said
    nobody = shell.wrong(1, "dept", "test", str(path), "--person", "no.such.person")
    assert "Nobody is called no.such.person" in nobody


def test_an_example_that_does_not_hold_is_a_wrong_file(shell: Shell, finance: Directory) -> None:
    path = file_of(finance)
    wrong = path.with_name("wrong.toml")
    wrong.write_text(path.read_text().replace('roles = ["help-desk"]', 'roles = ["payroll-clerk"]'))
    assert "examples" in shell.wrong(2, "dept", "test", str(wrong))
    assert json.dumps(shell.told("dept", "list"))
