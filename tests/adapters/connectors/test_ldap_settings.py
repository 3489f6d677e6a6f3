"""Every mistake in a department's file is told at once, with file, line, key and fix; none is passed over."""

import re
import shutil
from pathlib import Path

import pytest

from adapters.connectors import OpenDirectories, open_ldap
from adapters.connectors.department_file import load_department
from adapters.connectors.toml_table import WrongFile, line_of
from idp.errors import Unavailable
from idp.mapping import from_table
from idp.model import Department, Text

DEPARTMENTS = Path(__file__).parents[3] / "demo" / "departments"


@pytest.fixture
def finance(tmp_path: Path) -> Path:
    """Finance's own file, its certificate and password in place."""
    (tmp_path / "ca.pem").write_text("a certificate would stand here")
    secret = tmp_path / "password"
    secret.write_text("secret")
    secret.chmod(0o600)
    shutil.copy(DEPARTMENTS / "mof.svg", tmp_path)
    text = (DEPARTMENTS / "mof.toml").read_text()
    text = re.sub(r"(?m)^ca_file = .*$", 'ca_file = "ca.pem"', text)
    text = re.sub(r"(?m)^bind_password_file = .*$", 'bind_password_file = "password"', text)
    path = tmp_path / "mof.toml"
    path.write_text(text)
    return path


def change(path: Path, old: str, new: str) -> int:
    """Edit the file; returns the line (from 1) where `new` now stands."""
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    path.write_text(text.replace(old, new))
    return path.read_text()[: text.index(old)].count("\n") + 1


def test_finance_as_it_is_shipped_is_right(finance: Path) -> None:
    loaded = load_department(finance)
    assert loaded.ldap is not None
    assert loaded.ldap.starttls and loaded.ldap.urls == ("ldap://localhost:3890",)
    assert loaded.ldap.bind_password() == b"secret"
    assert loaded.department.domains == ("mof.example",)
    assert loaded.department.name == Text("Ministry of Finance", "财政部")
    assert from_table(loaded.department.mapping) == loaded.mapping
    assert len(loaded.examples) == 5


def test_local_has_no_directory() -> None:
    loaded = load_department(DEPARTMENTS / "local.toml")
    assert loaded.ldap is None and loaded.department.connector == "local"


WRONG = (
    ('urls = ["ldap://localhost:3890"]', 'urls = ["http://localhost"]', "directory.urls", "ldaps://host"),
    (
        'urls = ["ldap://localhost:3890"]',
        'urls = ["ldap://me:secret@localhost"]',
        "directory.urls",
        "bind_password_file",
    ),
    ('urls = ["ldap://localhost:3890"]', "urls = []", "directory.urls", '"…"'),
    ('urls = ["ldap://localhost:3890"]', 'urls = "ldaps://localhost"', "directory.urls", "list"),
    ('urls = ["ldap://localhost:3890"]', 'urls = ["ldaps://localhost"]', "directory.starttls", "remove starttls"),
    ("starttls = true ", "starttls = false ", "directory.urls", "starttls = true"),
    ("starttls = true ", 'starttls = "yes" ', "directory.starttls", "true or false"),
    ('ca_file = "ca.pem"', 'ca_file = "nowhere.pem"', "directory.ca_file", "existing file"),
    (
        'bind_password_file = "password"',
        'bind_password_file = "nowhere"',
        "directory.bind_password_file",
        "existing file",
    ),
    ('bind_password_file = "password"', 'bind_password = "secret"', "directory.bind_password", "remove it"),
    ('base_dn = "ou=people,dc=mof,dc=example"', 'base_dn = "people"', "directory.base_dn", "dc=ministry"),
    ('base_dn = "ou=people,dc=mof,dc=example"', 'base_dn = ""', "directory.base_dn", "between the quotes"),
    (
        'people_filter = "(objectClass=inetOrgPerson)"',
        'people_filter = "(uid="',
        "directory.people_filter",
        "(attribute=value)",
    ),
    ('stable_id = "entryUUID"', 'stable_id = "mail"', "directory.attributes.stable_id", "entryUUID"),
    ('stable_id = "entryUUID"', 'stable_id = "uid"', "directory.attributes.stable_id", "entryUUID"),
    ('identifiers = ["uid", "mail"]', "identifiers = []", "directory.attributes.identifiers", "uid"),
    ('kind = "groupOfNames"', 'kind = "groups"', "directory.group_scheme.kind", "posixGroup"),
    ('values = ["left"]', "values = []", "directory.disabled.attribute", "values"),
    ('values = ["left"]', 'filter = "(a=b)"', "directory.disabled.attribute", "values"),
    ('connector = "ldap"', 'connector = "ladp"', "connector", "local, ldap"),
    ('level = "country"', 'level = "planet"', "level", "bureau"),
    ("default = 2", "default = 5", "clearance.default", "from 1 to 4"),
    (
        'payroll-clerks = ["payroll-clerk"]',
        'payroll-clerks = ["system-administrator"]',
        "groups.payroll-clerks",
        "no administrator",
    ),
    ('payroll-clerks = ["payroll-clerk"]', "payroll-clerks = [1]", "groups.payroll-clerks", "…"),
    ('roles = ["payroll-clerk"]', 'roles = ["payroll-approver"]', "examples#1.roles", "correct [groups]"),
    ("clearance = 3\n", "clearance = 4\n", "examples#1.clearance", "correct [groups]"),
)


@pytest.mark.parametrize(("old", "new", "key", "fix"), WRONG)
def test_a_mistake_is_named_with_line_key_and_fix(finance: Path, old: str, new: str, key: str, fix: str) -> None:
    line = change(finance, old, new)
    with pytest.raises(WrongFile) as wrong:
        load_department(finance)
    problem = next(problem for problem in wrong.value.problems if problem.key == key)
    assert fix in problem.fix
    assert problem.file == str(finance)
    assert abs(problem.line - line) <= 1  # of two lines that do not go together, either may be the wrong one
    assert str(problem).startswith(f"{finance}:{problem.line}: {key}: ")


@pytest.mark.parametrize("key", ["id", "urls", "ca_file", "bind_dn", "bind_password_file", "base_dn"])
def test_what_must_be_given_is_missed(finance: Path, key: str) -> None:
    finance.write_text(re.sub(rf"(?m)^{key} = .*\n", "", finance.read_text()))
    with pytest.raises(WrongFile, match=rf"{key}: is missing; add {key} = "):
        load_department(finance)


def test_everything_wrong_is_told_at_once(finance: Path) -> None:
    change(finance, "starttls = true ", "startls = true ")
    change(finance, 'kind = "groupOfNames"', 'kind = "x"')
    change(finance, 'id = "mof"', "id = 7")
    with pytest.raises(WrongFile) as wrong:
        load_department(finance)
    assert {"id", "directory.startls", "directory.urls", "directory.group_scheme.kind"} <= {
        problem.key for problem in wrong.value.problems
    }


def test_a_syntax_error_has_its_line(finance: Path) -> None:
    line = change(finance, "starttls = true ", "starttls = = true ")
    with pytest.raises(WrongFile, match=rf"mof\.toml:{line}: syntax"):
        load_department(finance)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(WrongFile, match="cannot be read"):
        load_department(Path("/nowhere/x.toml"))


def test_a_password_that_others_may_read_is_refused(finance: Path) -> None:
    (finance.parent / "password").chmod(0o644)
    with pytest.raises(WrongFile, match=r"others may read .*; run: chmod o="):
        load_department(finance)


def test_a_directory_gives_roles_of_its_own_branch_alone(finance: Path) -> None:
    with pytest.raises(WrongFile, match=r"groups\.docs-editors: may not give the role 'docs-editor'"):
        load_department(finance, givable=frozenset({"payroll-clerk", "payroll-approver"}))


def test_the_line_of_a_key() -> None:
    lines = ("a = 1", "[x]", "a = 2", "[[e]]", "a = 3", "[[e]]", "a = 4", '["q.r"]')
    assert [line_of(lines, key) for key in ("a", "x", "x.a", "x.missing", "e#0.a", "e#1.a", "e#1.b", "none")] == [
        1, 2, 3, 2, 5, 7, 6, 1]  # fmt: skip


def test_what_is_kept_with_the_department_opens_the_same_directory(
    finance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_department(finance)
    opened = []
    monkeypatch.setattr("adapters.connectors.LdapConnector", opened.append)
    open_ldap(loaded.department)
    assert opened == [loaded.ldap]


def test_a_department_with_wrong_settings_is_unavailable_alone() -> None:
    broken = Department("mof", None, "country", Text("x", "x"), "ldap", {"urls": ["ldap://x"]})
    directories = OpenDirectories()
    with pytest.raises(Unavailable, match="starttls"):
        directories.of(broken)
    assert directories.of(Department("local", None, "country", Text("x", "x"), "local")) is None
