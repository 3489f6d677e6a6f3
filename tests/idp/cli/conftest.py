"""The command line on a temporary house: real SQLite and Valkey, the verbs called in this process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from adapters.redis import embedded
from idp.cli.__main__ import gerege

SETTINGS = """
mode = "demonstration"
departments_dir = "{folder}/departments"
[server]
issuer = "http://localhost:8000"
listen = "unix:{folder}/server.sock"
trusted_proxies = ["unix"]
[stores]
database = "sqlite:///{folder}/gerege.sqlite"
state_dir = "{folder}"
[keys]
master_key_file = "{folder}/master.key"
checkpoint_file = "{folder}/audit.checkpoint"
"""


@dataclass
class Shell:
    """An operator's shell in one state folder."""

    folder: Path
    config: Path

    def run(self, *words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(gerege, [*words, "--config", str(self.config)], input=given)

    def ok(self, *words: str, given: str | None = None) -> str:
        """What it says; it must be well."""
        result = self.run(*words, given=given)
        assert result.exit_code == 0, result.output
        return result.output

    def told(self, *words: str, given: str | None = None) -> Any:
        """What it says as JSON."""
        return json.loads(self.ok(*words, "--json", given=given))

    def wrong(self, code: int, *words: str) -> str:
        """What it says when it ends with this code, never by a traceback of ours."""
        result = self.run(*words)
        assert result.exit_code == code, (result.exit_code, result.output)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result.output


def shell_in(folder: Path, settings: str = SETTINGS) -> Shell:
    (folder / "departments").mkdir(exist_ok=True)
    config = folder / "gerege.toml"
    config.write_text(settings.format(folder=folder))
    return Shell(folder, config)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Valkey is kept between the verbs, as beside a running server; the doors are furnished by `admin bootstrap`."""
    folder = tmp_path_factory.mktemp("state")
    store = embedded.start(folder)
    try:
        found = shell_in(folder)
        found.ok("admin", "bootstrap")
        yield found
    finally:
        store.stop()
