"""`gerege desk`: the same script and the same two people, from the server's shell."""

import re

import pytest

from tests.idp.cli.conftest import Shell

pytestmark = pytest.mark.ci  # many whole houses: too slow for every `make test`


CHECKED = ("--check", "staff-card", "--note", "seen", "--reason", "lost phone")


def test_a_pass_by_the_operator(shell: Shell) -> None:
    shell.told("person", "add", "mei", "--department", "local", "--name", "Mei")
    assert {one["id"] for one in shell.told("desk", "checks", "mei")["checks"]} >= {"call-back", "staff-card"}
    made = shell.told("desk", "pass", "mei", *CHECKED)
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", made["code"])
    assert made["waits"] is False
    assert shell.told("desk", "approve")["waiting"] == []
    weak = ("--check", "staff-number", "--note", "n", "--reason", "r")
    assert "not enough" in shell.wrong(1, "desk", "pass", "mei", *weak)


def test_the_operator_does_not_approve_what_the_operator_made(shell: Shell) -> None:
    shell.told("person", "add", "bo", "--department", "local", "--name", "Bo")
    made = shell.told("desk", "pass", "bo", *CHECKED, "--check", "manager", "--strong")
    assert made["waits"] is True
    (waiting,) = shell.told("desk", "approve")["waiting"]
    assert waiting["subject"] == made["subject"]
    assert "not who made it" in shell.wrong(1, "desk", "approve", waiting["id"], "--reason", "r")
    assert len(shell.told("desk", "approve")["waiting"]) == 1
