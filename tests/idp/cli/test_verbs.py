"""Every noun's verbs, on a real house, by words and by JSON."""

import re
import sqlite3
from pathlib import Path

import click
import pytest

from adapters import keyring_of, truth_of
from config.load import load
from idp.cli.__main__ import gerege
from tests.idp.cli.conftest import SETTINGS, Shell, shell_in

PASSWORD = "a password that is long enough"


def verbs(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        return [found for name, below in command.commands.items() for found in verbs(below, (*words, name))]
    return [(words, command)]


@pytest.mark.parametrize(
    ("words", "command"), verbs(gerege), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_verb_explains_itself_and_its_exit_codes(
    shell: Shell, words: tuple[str, ...], command: click.Command
) -> None:
    said = shell.ok(*words, "--help")
    assert "Exit codes" in said
    assert "--json" in said
    assert command.help


def test_people(shell: Shell) -> None:
    added = shell.told(
        "person", "add", "li.na", "--department", "local", "--name", "Li Na", "--name-zh", "李娜", "--password-stdin",
        given=PASSWORD + "\n",
    )  # fmt: skip
    assert shell.told("person", "show", "li.na")["id"] == added["id"]
    assert "李娜" in shell.ok("--language", "zh-CN", "person", "list", "李娜")
    code = shell.told("person", "enrol-code", "li.na")
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", code["code"])
    assert code["subject"] == added["id"]
    shell.ok("person", "set-password", "li.na", "--stdin", given="another long password of hers\n")
    assert shell.told("person", "disable", "li.na", "--reason", "on leave")["disabled"] is True
    assert shell.told("person", "show", added["id"])["disabled"] is True
    assert "disabled" in shell.wrong(1, "person", "enrol-code", "li.na")
    shell.ok("person", "enable", "li.na", "--reason", "back")
    assert "not disabled" in shell.wrong(1, "person", "enable", "li.na", "--reason", "again")
    assert shell.told("person", "end-sessions", "li.na")["ended"] == 0
    assert "nobody is called" in shell.wrong(1, "person", "show", "nobody.here")
    assert "signs in by that name" in shell.wrong(1, "person", "add", "li.na", "--department", "local", "--name", "x")
    assert "8 to 1024 characters" in shell.wrong(1, "person", "set-password", "li.na", "--stdin")


def test_applications(shell: Shell) -> None:
    made = shell.told(
        "client", "add", "notes", "--department", "local", "--redirect-uri", "http://localhost:9000/cb",
        "--audience", "urn:example:notes", "--permission", "notes.read:1:everyone",
        "--permission", "notes.write:2:editor", "--country", "cn",
    )  # fmt: skip
    assert len(made["client_secret"]) >= 43
    assert made["scope"] == "openid profile notes.read notes.write"
    shown = shell.told("client", "show", "notes")
    assert shown["countries"] == ["CN"]
    assert made["client_secret"] not in shell.ok("client", "show", "notes")
    assert shell.told("client", "new-secret", "notes")["client_secret"] != made["client_secret"]
    assert {one["client_id"] for one in shell.told("client", "list")} >= {"notes", "gerege-console"}
    assert "registered already" in shell.wrong(1, "client", "add", "notes", "--department", "local")
    problems = shell.wrong(
        1, "client", "add", "Bad Id", "--department", "nowhere", "--redirect-uri", "http://x.example/"
    )
    assert {line.partition(":")[0] for line in problems.splitlines()} == {"id", "department", "redirect_uris"}
    assert "NAME:GRADE:ROLE" in shell.wrong(
        2, "client", "add", "x1", "--department", "local", "--audience", "urn:x:y", "--permission", "read"
    )
    assert "--audience" in shell.wrong(
        2, "client", "add", "x1", "--department", "local", "--permission", "a.b:1:everyone"
    )
    quick = shell.told("client", "add", "quick", "--redirect-uri", "http://quick.localhost:8003/callback",
                       "--audience", "urn:example:quick", "--permission", "quick.read:1")  # fmt: skip
    assert (quick["department"], quick["scope"]) == ("local", "openid profile quick.read")
    machine = shell.told("client", "add", "robot", "--department", "local", "--machine", "--role", "reader")
    assert machine["grant_types"] == ["client_credentials"]
    shell.ok("client", "remove", "notes")
    assert shell.told("client", "show", "notes")["disabled"] is True


def test_departments(shell: Shell, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('id = "bureau"\nname = "Bureau"\nname_zh = "局"\nparent = "local"\nconnector = "local"\n')
    bad.write_text('id = "bad"\nname = "Bad"\nconnector = "telepathy"\ntypo = 1\n')
    said = shell.wrong(2, "dept", "add", str(bad))
    assert f"{bad}:3: connector:" in said
    assert f"{bad}:4: typo:" in said
    assert "name_zh" in said
    assert shell.told("dept", "add", str(good)) == {"changed": ["bureau"], "unchanged": []}
    assert shell.told("dept", "add", str(good)) == {"changed": [], "unchanged": ["bureau"]}
    assert {one["id"]: one["parent"] for one in shell.told("dept", "list")}["bureau"] == "local"
    assert "keeps its people here" in shell.ok("dept", "test", "bureau")
    assert "no department" in shell.wrong(1, "dept", "test", "nowhere")
    shell.wrong(2, "dept", "add", str(tmp_path / "missing.toml"))


def test_a_directory_that_does_not_answer_is_a_failed_check(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    (tmp_path / "far.toml").write_text(
        'id = "far"\nname = "Far"\nname_zh = "远"\nconnector = "ldap"\n'
        '[directory]\nurls = ["ldaps://127.0.0.1:1"]\nca_file = "ca.pem"\nbind_dn = "cn=x"\n'
        'bind_password_file = "password"\nbase_dn = "dc=x"\npeople_filter = "(objectClass=person)"\n'
        '[directory.attributes]\nstable_id = "entryUUID"\nidentifiers = ["uid"]\ndisplay_name = "cn"\n'
        '[directory.group_scheme]\nkind = "groupOfNames"\nbase_dn = "dc=x"\n'
    )
    shell.ok("dept", "add", str(tmp_path / "far.toml"))
    assert "far does not answer" in shell.wrong(1, "dept", "test", "far")
    assert "directory far" in shell.wrong(1, "doctor")


def test_roles_and_why(shell: Shell) -> None:
    shell.ok(
        "client", "add", "pay", "--department", "local", "--redirect-uri", "https://pay.example/cb",
        "--audience", "urn:example:pay", "--permission", "pay.see:1:payer", "--name", "Pay", "--name-zh", "工资",
    )  # fmt: skip
    shell.ok("person", "add", "wei", "--department", "local", "--name", "Wei", "--name-zh", "伟", "--clearance", "2")
    before = shell.told("policy", "why", "--person", "wei", "--app", "pay")
    assert (before["outcome"], before["dropped"]) == ("allowed", ["pay.see"])
    words = shell.ok("policy", "why", "--person", "wei", "--app", "pay", "--language", "zh-CN")
    assert "伟 → 工资" in words
    assert "如果拥有角色 payer" in words
    assert "held the role payer" in shell.ok("policy", "why", "--person", "wei", "--app", "pay")
    shell.ok("role", "grant", "wei", "payer", "--reason", "pays", "--until", "2099-12-31")
    assert shell.told("policy", "why", "--person", "wei", "--app", "pay", "--scope", "pay.see")["dropped"] == []
    held = {one["role"]: one for one in shell.told("role", "list")}
    assert held["payer"]["allows"] == ["pay.see"]
    assert "already" in shell.wrong(1, "role", "grant", "wei", "payer", "--reason", "again")
    assert shell.told("role", "grant", "wei", "audit-administrator", "--reason", "audits")["waiting"]
    assert "audit-administrator" not in str(shell.told("person", "show", "wei")["roles"])
    shell.ok("role", "take", "wei", "payer", "--reason", "no more")
    assert "does not hold" in shell.wrong(1, "role", "take", "wei", "payer", "--reason", "again")
    assert "known are" in shell.wrong(1, "role", "grant", "wei", "nonsense", "--reason", "r")
    shell.wrong(2, "role", "grant", "wei", "payer")
    assert "--reference" in shell.wrong(2, "policy", "why")
    assert "no decision" in shell.wrong(1, "policy", "why", "--reference", "ABCD-EFGH")
    assert "no application" in shell.wrong(1, "policy", "why", "--person", "wei", "--app", "nothing")
    assert "it has pay.see" in shell.wrong(1, "policy", "why", "--person", "wei", "--app", "pay", "--scope", "pay.rob")


def test_policies_keep_their_examples(shell: Shell) -> None:
    told = shell.told("policy", "check")
    assert told["examples"] > 40
    assert told["failed"] == told["untried"] == []


def test_bad_policies_are_named_with_file_and_line(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "schema.cedarschema").write_text("nonsense")
    broken = shell_in(tmp_path, SETTINGS.replace("mode =", f'policies_dir = "{rules}"\nmode ='))
    assert "schema.cedarschema:1" in broken.wrong(2, "policy", "check")
    assert "schema.cedarschema:1" in broken.wrong(2, "person", "list")


def test_the_log(shell: Shell, tmp_path: Path) -> None:
    rows = shell.told("audit", "search", "--event", "role.changed")
    assert {one["event"] for one in rows} == {"role.changed"}
    assert "gave" in shell.ok("audit", "search", "--event", "role.changed")
    assert "授予" in shell.ok("audit", "search", "--event", "role.changed", "--language", "zh-CN")
    assert "known are" in shell.wrong(1, "audit", "search", "--event", "nonsense")
    assert shell.told("audit", "vkey")["vkey"].startswith("localhost:8000/audit+")


def test_an_edited_row_is_named(tmp_path: Path) -> None:
    mine = shell_in(tmp_path)
    mine.ok("admin", "bootstrap")
    sequence(mine)
    told = mine.told("audit", "verify")
    assert told["ok"]
    assert told["rows"] > 5
    exported = mine.told("audit", "export", str(tmp_path / "bundle"))
    assert exported["rows"] == told["rows"]
    with sqlite3.connect(tmp_path / "gerege.sqlite") as database:
        database.execute("UPDATE audit_event SET body = body || ' ' WHERE seq = 3")
    assert "row 3" in mine.wrong(1, "audit", "verify")
    assert "row 3" in mine.wrong(1, "doctor")
    with sqlite3.connect(tmp_path / "gerege.sqlite") as database:
        database.execute("DELETE FROM audit_event WHERE seq > 4")
        database.execute("DELETE FROM audit_checkpoint WHERE size > 4")
    assert "truncated" in mine.wrong(1, "audit", "verify")


def test_typed_reasons_are_shown_checked_and_not_exported(tmp_path: Path) -> None:
    mine = shell_in(tmp_path)
    mine.ok("admin", "bootstrap")
    mine.ok("person", "disable", "audit-admin", "--reason", "Zhang San left")
    sequence(mine)
    assert "Zhang San left" in mine.ok("audit", "search", "--event", "person.disabled")
    (row,) = mine.told("audit", "search", "--event", "person.disabled")
    assert (row["reason"], row["reason_state"]) == ("Zhang San left", "kept")
    mine.ok("audit", "verify")
    mine.ok("audit", "export", str(tmp_path / "bundle"))
    exported = (tmp_path / "bundle" / "rows.jsonl").read_text()
    assert "reason_commitment" in exported
    assert "Zhang" not in exported
    with sqlite3.connect(tmp_path / "gerege.sqlite") as database:
        database.execute("UPDATE audit_event SET reason = randomblob(90) WHERE seq = ?", (row["seq"],))
    assert f"reason_changed: row {row['seq']}" in mine.wrong(1, "audit", "verify")
    (row,) = mine.told("audit", "search", "--event", "person.disabled")
    assert (row["reason"], row["reason_state"]) == (None, "changed")
    assert "not the one that was written" in mine.ok("audit", "search", "--event", "person.disabled")


def sequence(shell: Shell) -> None:
    """What the server's background work would do within a second."""
    settings = load(shell.config, {})
    truth = truth_of(settings, keyring_of(settings))
    try:
        truth.audit.sequence()
    finally:
        truth.close()


def test_keys(shell: Shell, tmp_path: Path) -> None:
    first = shell.told("keys", "list")
    assert [(one["alg"], one["state"], one["retired_at"], one["in_token"]) for one in first] == [
        ("ES256", "signs", None, False)
    ]
    made = shell.told("keys", "rotate")
    states = {one["kid"]: one["state"] for one in shell.told("keys", "list")}
    assert states == {first[0]["kid"]: "signs", made[0]["kid"]: "to come"}
    assert "--at-once needs --reason" in shell.wrong(2, "keys", "rotate", "--at-once")
    assert "HS256" in shell.wrong(2, "keys", "rotate", "--alg", "HS256")
    urgent = shell.told("keys", "rotate", "--alg", "ES256", "--at-once", "--reason", "a backup was lost")
    states = {one["kid"]: one["state"] for one in shell.told("keys", "list")}
    assert states == {first[0]["kid"]: "revoked", made[0]["kid"]: "revoked", urgent[0]["kid"]: "signs"}
    shown = shell.ok("keys", "list")
    assert "ALGORITHM" in shown and "revoked" in shown
    sequence(shell)
    told = shell.told("audit", "search", "--event", "key.changed")
    assert {row.get("reason") for row in told if row["what"] == "revoked"} == {"a backup was lost"}
    file = tmp_path / "fresh.key"
    shell.ok("keys", "make-master", "--file", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert "overwritten" in shell.wrong(2, "keys", "make-master", "--file", str(file))


def test_the_first_administrators_are_made_once(shell: Shell, tmp_path: Path) -> None:
    assert "administrators already" in shell.wrong(1, "admin", "bootstrap")
    other = shell_in(tmp_path)
    made = other.told("admin", "bootstrap")["administrators"]
    assert {one["role"] for one in made} == {"system-administrator", "security-administrator", "audit-administrator"}
    assert len({one["subject"] for one in made}) == 3
    assert all(len(one["password"]) >= 24 and one["code"] for one in made)


def test_named_people_become_the_first_administrators(tmp_path: Path) -> None:
    mine = shell_in(tmp_path)
    (tmp_path / "departments" / "local.toml").write_text(
        'id = "local"\nname = "Local"\nname_zh = "本地"\nconnector = "local"\nlevel = "country"\n'
    )
    mine.ok("dept", "add", str(tmp_path / "departments"))
    for name in ("ana", "ben"):
        mine.ok("person", "add", name, "--department", "local", "--name", name, "--clearance", "2")
    mine.ok("person", "add", "low", "--department", "local", "--name", "low")
    assert "three people" in mine.wrong(1, "admin", "bootstrap", "--system", "ana", "--security", "ana")
    assert "clearance" in mine.wrong(1, "admin", "bootstrap", "--system", "low")
    made = mine.told("admin", "bootstrap", "--system", "ana", "--security", "ben")["administrators"]
    assert [one["signs_in_as"] for one in made] == ["ana", "ben", "audit-admin"]
    assert [one["password"] is None for one in made] == [True, True, False]


def test_what_an_operator_typed_wrong_is_named_with_its_place(tmp_path: Path) -> None:
    mine = shell_in(tmp_path, SETTINGS + "\n[life]\ncode_seconds = 1\ntypo = 3\n")
    said = mine.wrong(2, "person", "list")
    assert re.search(r"gerege\.toml:\d+: life\.code_seconds", said)
    assert re.search(r"gerege\.toml:\d+: life\.typo: no such setting", said)
    mine.config.write_text("not toml at all [")
    assert "is not TOML" in mine.wrong(2, "person", "list")
    mine.config.unlink()
    assert "cannot be read" in mine.wrong(2, "person", "list")


def test_a_lost_master_key_is_told_with_what_it_means(tmp_path: Path) -> None:
    mine = shell_in(tmp_path, SETTINGS.replace("demonstration", "production"))
    said = mine.wrong(2, "person", "list")
    assert "Without it nobody can open the sealed columns" in said
    mine.ok("keys", "make-master")
    mine.ok("dept", "list")
    (tmp_path / "master.key").unlink()
    mine.ok("keys", "make-master")
    assert "was sealed with master key" in mine.wrong(2, "dept", "list")
    (tmp_path / "master.key").chmod(0o644)
    assert "chmod 600" in mine.wrong(2, "dept", "list")


def test_the_doctor_tells_every_red_line_with_its_fix(tmp_path: Path) -> None:
    mine = shell_in(tmp_path)
    (tmp_path / "departments" / "bad.toml").write_text('id = "bad"\n')
    result = mine.run("doctor")
    assert result.exit_code == 1
    assert "bad.toml" in result.output
    assert "gerege admin bootstrap" in result.output
    reds = [line for line in result.output.splitlines() if line.startswith("RED")]
    assert reds
    assert result.output.count("→") >= len(reds)
    production = shell_in(tmp_path, SETTINGS.replace("demonstration", "production").replace("trusted_proxies", "#"))
    said = production.wrong(1, "doctor")
    assert "server.issuer" in said
    assert "server.trusted_proxies" in said
