"""A plan's file: every mistake at once, each with file, line, key and the way to mend it; a secret is never taken."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.connectors.toml_table import WrongFile
from adapters.plan import PlanFile, load_plan
from idp.flows.admin.plan import Problem

SECRET = "s" * 43
WELL = """
[departments.tax]
name = "Tax office"
name_zh = "税务局"
connector = "local"
domains = ["TAX.example"]

[resources."urn:example:tax"]
name = "Tax"
name_zh = "税务"
url = "https://tax.example/api"

[[resources."urn:example:tax".permissions]]
scope = "tax.read"
grade = 2
roles = ["tax-clerk"]

[[resources."urn:example:tax".detail_types]]
type = "tax_file"
permission = "tax.read"
fields = [
  { field = "year", kind = "number", name = "Year", name_zh = "年度", required = true },
  { field = "actions", kind = "texts", choices = ["read", "write"] },
]

[clients.tax]
name = "Tax"
department = "tax"
redirect_uris = ["https://tax.example/callback"]
scopes = ["openid", "tax.read"]
audiences = ["urn:example:tax"]
secret_env = "TAX_SECRET"

[clients.tax-machine]
department = "tax"
token_endpoint_auth_method = "private_key_jwt"
grant_types = ["client_credentials"]
jwks_file = "machine.jwks.json"
scopes = ["tax.read"]
audiences = ["urn:example:tax"]

[agreements.tax-to-tax]
client = "tax"
from = "urn:example:tax"
to = "urn:example:tax"
scopes = ["tax.read"]
reason = "because"
until = 2027-12-31

[issuers."https://other.example"]
department = "tax"
jwks_uri = "https://other.example/jwks"
clients = ["tax-machine"]
subjects = { robot = "clerk" }

[people."clerk@tax.example"]
department = "tax"
name = "Clerk"
password = "generate"
roles = ["tax-clerk"]

[people."clerk@tax.example".claims]
birthdate = 1990-01-31
address = { formatted = "1 Main St", country = "CN" }
"""


def read(folder: Path, text: str, **environment: str) -> PlanFile:
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return load_plan([folder / "plan.toml"], environment)


def problems(folder: Path, text: str, **environment: str) -> list[tuple[int, str, str]]:
    with pytest.raises(WrongFile) as wrong:
        read(folder, text, **environment)
    return [(one.line, one.key, f"{one.told}; {one.fix}") for one in wrong.value.problems]


def test_a_whole_plan(tmp_path: Path) -> None:
    (tmp_path / "machine.jwks.json").write_text('{"keys": [{"kty": "EC"}]}')
    plan = read(tmp_path, WELL, TAX_SECRET=SECRET).plan
    assert plan.departments[0].domains == ("tax.example",)
    [api] = plan.resources
    assert api.permissions[0].roles == {"tax-clerk"}
    assert [(one.name, one.kind, one.required, one.choices) for one in api.detail_types[0].fields] == [
        ("year", "number", True, ()),
        ("actions", "texts", False, ("read", "write")),
    ]
    web, machine = plan.clients
    assert web.secret is not None
    assert web.secret.reveal() == SECRET
    assert (web.client.registered_by, web.client.name.zh) == ("plan", "Tax")
    assert machine.client.jwks == ({"kty": "EC"},)
    assert machine.secret is None
    assert plan.agreements[0].until == datetime(2028, 1, 1, tzinfo=UTC)
    assert plan.issuers[0].subjects == {"robot": "clerk"}
    [clerk] = plan.people
    assert clerk.new.claims == {"birthdate": "1990-01-31", "address": {"formatted": "1 Main St", "country": "CN"}}


def test_a_secret_that_stands_there_is_refused(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        '[clients.a]\ndepartment = "x"\nsecret = "hunter2hunter2hunter2hunter2hunter2"\n[clients.b]\ndepartment = "x"\n'
        '[clients.c]\ndepartment = "x"\nsecret_file = "others"\n[clients.d]\ndepartment = "x"\nsecret_env = "NOT_SET"\n'
        '[clients.e]\ndepartment = "x"\nsecret_env = "SHORT"\n[clients.f]\ndepartment = "x"\nsecret = "generate"\n'
        'secret_env = "SHORT"\n[clients.g]\ndepartment = "x"\nsecret_env = "SHORT"\n'
        'token_endpoint_auth_method = "none"\n',
        SHORT="abc",
    )
    assert [(line, key) for line, key, _ in told] == [
        (3, "clients.a.secret"),
        (4, "clients.b.secret"),
        (8, "clients.c.secret_file"),
        (11, "clients.d.secret_env"),
        (14, "clients.e.secret_env"),
        (17, "clients.f.secret"),
        (19, "clients.g.secret"),
    ]
    assert "never stands in a plan" in told[0][2]
    assert "hunter2" not in str(told)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").write_text(SECRET)
    (tmp_path / "open").chmod(0o644)
    [(line, _, told)] = problems(tmp_path, '[clients.a]\ndepartment = "x"\nsecret_file = "open"\n')
    assert line == 3
    assert "chmod 600" in told


def test_misspelt_keys_name_the_nearest(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        '[clients.a]\ndepartment = "x"\nsecret = "generate"\nredirect_uri = ["https://a.example/"]\n'
        'profile = "fapi"\n\n[client.b]\n',
    )
    assert [(line, key) for line, key, _ in told] == [
        (4, "clients.a.redirect_uri"),
        (5, "clients.a.profile"),
        (7, "client"),
    ]
    assert "did you mean redirect_uris?" in told[0][2]
    assert "fapi2" in told[1][2]
    assert "did you mean clients?" in told[2][2]


def test_several_files_are_one_plan_and_a_name_stands_once(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text('[clients.a]\ndepartment = "x"\nsecret = "generate"\n')
    two.write_text('purpose = "certification"\n[clients.b]\ndepartment = "x"\nsecret = "generate"\n')
    plan = load_plan([one, two], {}).plan
    assert [each.client.id for each in plan.clients] == ["a", "b"]
    assert plan.purpose == "certification"
    two.write_text('[clients.a]\ndepartment = "x"\nsecret = "generate"\n')
    with pytest.raises(WrongFile, match=r"two.toml:1: clients.a: stands in .*one.toml too"):
        load_plan([one, two], {})


def test_what_the_rules_find_is_told_at_its_line(tmp_path: Path) -> None:
    found = read(
        tmp_path, '# first\n[clients.a]\ndepartment = "x"\nsecret = "generate"\nredirect_uris = [\n  "http://x/",\n]\n'
    )
    wrong = found.wrong([Problem("clients.a.redirect_uris", "http://x/ is http: use https"), Problem("purpose", "no")])
    assert [(one.line, one.key, one.told) for one in wrong.problems] == [
        (1, "purpose", "no"),
        (5, "clients.a.redirect_uris", "http://x/ is http: use https"),
    ]


def test_the_plan_that_is_shown_can_be_read(tmp_path: Path) -> None:
    """docs/howto/apply.md: but for the secret's file, which is the reader's own."""
    page = (Path(__file__).parents[3] / "docs" / "howto" / "apply.md").read_text(encoding="utf-8")
    shown = page.partition("```toml\n")[2].partition("```")[0]
    plan = read(tmp_path, shown.replace('secret_file = "/etc/gerege/tax.secret"', 'secret_env = "S"'), S=SECRET).plan
    assert [one.client.id for one in plan.clients] == ["tax", "tax-nightly"]
