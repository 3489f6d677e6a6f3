"""What the environment may say, and what it may not."""

from pathlib import Path

import pytest

from config.load import SettingsError, load, production_problems


def test_the_variable_that_names_the_file_is_no_setting() -> None:
    settings = load(None, {"GEREGE_CONFIG": "/etc/gerege/gerege.toml", "GEREGE_SERVER__ISSUER": "https://id.example"})
    assert settings.server.issuer == "https://id.example"


@pytest.mark.parametrize("name", ["GEREGE_CONFIGS", "GEREGE_CONFIG__FILE", "GEREGE_SERVER__COLOUR"])
def test_any_other_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="no such setting"):
        load(None, {name: "x"})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("port = 443", "gerege.toml:5: outgoing.allowed.1: value error, an entry needs host or cidr"),
        ('host = "b.example"\nport = 0', "gerege.toml:7: outgoing.allowed.1.port: input should be greater than"),
        ('cidr = "10.0.0.1/8"', "gerege.toml:6: outgoing.allowed.1.cidr: value error, 10.0.0.1/8 has host bits set"),
        ('cidr = "inside"', "gerege.toml:6: outgoing.allowed.1.cidr: value error, 'inside' does not appear to be"),
        ('host = "b.example"\nca = "x"', "gerege.toml:7: outgoing.allowed.1.ca: no such setting"),
    ],
    ids=["nobody", "port", "bits", "no network", "unknown"],
)
def test_a_wrong_entry_of_a_list_is_told_with_its_line(tmp_path: Path, wrong: str, told: str) -> None:
    file = tmp_path / "gerege.toml"
    file.write_text(f'[[outgoing.allowed]]\nhost = "a.example"\nport = 443\n\n[[outgoing.allowed]]\n{wrong}\n')
    with pytest.raises(SettingsError) as problems:
        load(file, {})
    (problem,) = problems.value.problems
    assert told in problem


def test_names_that_the_resolver_does_not_know_have_addresses() -> None:
    with pytest.raises(SettingsError, match=r"outgoing\.resolve\.a"):
        load(None, {"GEREGE_OUTGOING__RESOLVE": '{ a = "b" }'})


def test_production_calls_no_loopback(tmp_path: Path) -> None:
    """Only demonstrations and certification runs do."""
    text = (
        '[server]\nissuer = "https://id.example"\ntrusted_proxies = []\n'
        '[outgoing]\nresolve = { "a.example" = "127.0.0.1" }\n'
        '[[outgoing.allowed]]\nhost = "suite.localhost"\n[[outgoing.allowed]]\ncidr = "127.0.0.0/8"\n'
        '[[outgoing.allowed]]\nhost = "inside.example"\ncidr = "10.0.0.0/8"\n'
    )
    file = tmp_path / "g.toml"
    file.write_text(text)
    told = [one for one in production_problems(load(file, {})) if one.startswith("outgoing")]
    assert [one.partition(" is")[0] for one in told] == [
        "outgoing.allowed: suite.localhost",
        "outgoing.allowed: 127.0.0.0/8",
        "outgoing.resolve: a.example",
    ]
    file.write_text('mode = "demonstration"\n' + text)
    assert production_problems(load(file, {})) == []
