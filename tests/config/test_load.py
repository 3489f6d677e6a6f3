"""What the environment may say, and what it may not."""

import pytest

from config.load import SettingsError, load


def test_the_variable_that_names_the_file_is_no_setting() -> None:
    settings = load(None, {"GEREGE_CONFIG": "/etc/gerege/gerege.toml", "GEREGE_SERVER__ISSUER": "https://id.example"})
    assert settings.server.issuer == "https://id.example"


@pytest.mark.parametrize("name", ["GEREGE_CONFIGS", "GEREGE_CONFIG__FILE", "GEREGE_SERVER__COLOUR"])
def test_any_other_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="no such setting"):
        load(None, {name: "x"})
