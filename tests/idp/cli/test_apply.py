"""`gerege apply` on a real house: what would change, all or nothing, then nothing; drift, and what left the plan."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.idp.cli.conftest import Shell

PLAN = """
[departments.tax]
name = "Tax office"
name_zh = "税务局"
connector = "local"
domains = ["tax.example"]

[resources."urn:example:tax"]
name = "Tax"
name_zh = "税务"

[[resources."urn:example:tax".permissions]]
scope = "tax.read"
grade = 2
roles = ["tax-clerk"]
name = "See taxes"
name_zh = "查看税务"

[clients.tax]
name = "Tax"
name_zh = "税务"
department = "tax"
redirect_uris = ["https://tax.example/callback"]
grant_types = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"]
scopes = ["openid", "tax.read"]
audiences = ["urn:example:tax"]
secret_file = "tax.secret"

[clients.tax-jobs]
department = "tax"
grant_types = ["client_credentials"]
scopes = ["tax.read"]
audiences = ["urn:example:tax"]
secret = "generate"

[agreements.tax-itself]
client = "tax"
from = "urn:example:tax"
to = "urn:example:tax"
scopes = ["tax.read"]
reason = "jobs on behalf of people"

[people."clerk@tax.example"]
department = "tax"
name = "Clerk"
name_zh = "职员"
password = "generate"
clearance = 2
roles = ["tax-clerk"]

[people."clerk@tax.example".claims]
given_name = "Clara"
"""


@pytest.fixture
def plan(shell: Shell) -> Path:
    path = shell.folder / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    secret = shell.folder / "tax.secret"
    if not secret.exists():
        secret.write_text("t" * 43)
        secret.chmod(0o600)
    return path


def changes(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["kind"], one["id"], one["what"]) for one in told["changes"]]


def test_a_plan_is_shown_then_done_then_nothing_is_left(shell: Shell, plan: Path) -> None:
    shown = shell.told("apply", str(plan), "--plan")
    assert changes(shown) == [
        ("department", "tax", "added"),
        ("resource", "urn:example:tax", "added"),
        ("agreement", "tax-itself", "added"),
        ("client", "tax", "added"),
        ("client", "tax-jobs", "added"),
        ("person", "clerk@tax.example", "added"),
    ]
    assert not shown["applied"]
    assert [one for one in shown["changes"] if {"client_secret", "password"} & one.keys()] == []
    assert all(one["client_id"] != "tax" for one in shell.told("client", "list"))
    assert "tax" not in shell.ok("dept", "list")
    assert shell.run("apply", str(plan), "--check").exit_code == 1

    done = shell.told("apply", str(plan), "--reason", "the tax office begins")
    assert changes(done) == changes(shown)
    made = {one["id"]: one for one in done["changes"]}
    assert len(made["tax-jobs"]["client_secret"]) >= 43
    assert len(made["clerk@tax.example"]["password"]) >= 43
    assert "client_secret" not in made["tax"]
    assert "t" * 43 not in json.dumps(done)
    kept = shell.told("client", "show", "tax")
    assert kept["redirect_uris"] == ["https://tax.example/callback"]

    again = shell.ok("apply", str(plan))
    assert again == "Nothing to do.\n"
    assert shell.told("apply", str(plan), "--check")["changes"] == []
    events = shell.told("audit", "search", "--event", "client.changed")
    assert "the tax office begins" in json.dumps(events, ensure_ascii=False)


def test_drift_is_shown_field_by_field_and_mended(shell: Shell, plan: Path) -> None:
    shell.run("apply", str(plan))
    shell.ok("client", "new-secret", "tax", "--reason", "by hand")  # the plan's own stays good beside it
    assert shell.run("apply", str(plan), "--check").exit_code == 0
    plan.write_text(
        PLAN.replace("grade = 2", "grade = 3").replace('"openid", "tax.read"', '"openid", "email", "tax.read"')
    )
    told = json.loads(shell.run("apply", str(plan), "--check", "--json").output)
    assert told["error"] == "drift"
    fields = {
        (one["id"], each["field"]): (each["before"], each["after"]) for one in told["changes"] for each in one["fields"]
    }
    assert fields == {
        ("urn:example:tax", "permissions.tax.read.grade"): (2, 3),
        ("tax", "scopes"): (["openid", "tax.read"], ["openid", "email", "tax.read"]),
    }
    words = shell.ok("apply", str(plan))
    assert "~ resource urn:example:tax\n    permissions.tax.read.grade: 2 → 3" in words
    assert shell.ok("apply", str(plan)) == "Nothing to do.\n"


def test_a_new_secret_of_the_plan_comes_first_and_the_old_one_stays_once(shell: Shell, plan: Path) -> None:
    shell.run("apply", str(plan))
    (shell.folder / "tax.secret").write_text("u" * 43)
    told = shell.told("apply", str(plan))
    assert [each for one in told["changes"] for each in one["fields"]] == [
        {"field": "secret", "before": "***", "after": "***"}
    ]
    assert shell.ok("apply", str(plan)) == "Nothing to do.\n"


def test_all_or_nothing_and_every_problem_at_its_line(shell: Shell, plan: Path) -> None:
    wrong = PLAN.replace('"https://tax.example/callback"', '"http://tax.example/#x"').replace(
        '"tax.read"]\naud', '"x"]\naud'
    )
    wrong = wrong.replace('[clients.tax-jobs]\ndepartment = "tax"', '[clients.newcomer]\ndepartment = "nowhere"')
    wrong = wrong.replace(
        'roles = ["tax-clerk"]\n\n[people', 'roles = ["security-administrator", "no-role"]\n\n[people'
    )
    plan.write_text(wrong)
    said = shell.wrong(2, "apply", str(plan))
    lines = wrong.splitlines()
    for key, starts in (
        ("clients.tax.redirect_uris", "redirect_uris"),
        ("clients.newcomer.department", 'department = "nowhere"'),
        ("people.clerk@tax.example.roles", 'roles = ["security'),
    ):
        line = next(number for number, text in enumerate(lines, 1) if text.startswith(starts))
        assert f"plan.toml:{line}: {key}: " in said, said
    assert "a second person" in said
    assert "there is no role 'no-role'" in said
    assert "newcomer" not in shell.ok("client", "list")


def test_what_left_the_plan_goes_only_when_somebody_says_so_and_why(shell: Shell, plan: Path) -> None:
    shell.run("apply", str(plan))
    less = PLAN.partition("[clients.tax-jobs]")[0] + "[people" + PLAN.partition("[people")[2]
    plan.write_text(less)
    assert "tax-jobs is in no plan any more; --prune removes it" in shell.ok("apply", str(plan), "--plan")
    assert shell.run("apply", str(plan), "--check").exit_code == 1
    assert not shell.told("client", "show", "tax-jobs")["disabled"]
    assert "--reason" in shell.wrong(2, "apply", str(plan), "--prune")
    told = shell.told("apply", str(plan), "--prune", "--reason", "jobs are over")
    assert {("client", "tax-jobs", "removed"), ("agreement", "tax-itself", "removed")} <= set(changes(told))
    assert shell.told("client", "show", "tax-jobs")["disabled"]
    assert shell.ok("apply", str(plan), "--check") == "Nothing to do.\n"
    plan.write_text(PLAN)
    assert "tax-jobs was removed and stays so; --restore brings it back" in shell.ok("apply", str(plan))
    shell.ok("apply", str(plan), "--restore")
    assert not shell.told("client", "show", "tax-jobs")["disabled"]


def test_what_is_our_own_is_no_plan_s(shell: Shell, plan: Path) -> None:
    plan.write_text(
        '[resources."urn:gerege:console"]\n[clients.gerege-console]\ndepartment = "local"\nsecret = "generate"\n'
    )
    said = shell.wrong(2, "apply", str(plan))
    assert "resources.urn:gerege:console" in said
    assert "clients.gerege-console.id" in said
