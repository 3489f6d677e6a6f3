"""The how-to of hardware tokens, line by line, on a house with a person and a maker's file."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner

from adapters.pskc import read
from idp.cli.__main__ import gerege
from idp.secret import Secret
from tests.adapters.test_pskc import FIGURE_7, SEED
from tests.support.house import house_in
from tests.support.howto import HowTo

pytestmark = pytest.mark.ci  # many whole houses: too slow for every `make test`


CONFIG = """mode = "demonstration"
[server]
issuer = "https://id.example"
trusted_proxies = []
[stores]
database = "sqlite:///{folder}/gerege.sqlite"
state_dir = "{folder}"
[keys]
master_key_file = "{folder}/master.key"
checkpoint_file = "{folder}/audit.checkpoint"
"""


def test_the_how_to_as_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    second = FIGURE_7[FIGURE_7.index(b"<KeyPackage>") : FIGURE_7.index(b"</KeyPackage>") + len(b"</KeyPackage>")]
    both = FIGURE_7.replace(b"987654321", b"GE-0001").replace(
        b"</KeyContainer>", second.replace(b"987654321", b"GE-0002") + b"</KeyContainer>"
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tokens.pskc.xml").write_bytes(both)
    (tmp_path / "tokens.passphrase").write_text("qwerty\n", encoding="utf-8")
    (tmp_path / "gerege.toml").write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    assert len(read(both, datetime.now(UTC), passphrase=Secret("qwerty"))) == 2
    device = pyotp.TOTP(base64.b32encode(SEED).decode(), digits=8)
    with house_in(tmp_path) as house:
        anna = house.person("anna", "x" * 15)
        told = {}
        for words in HowTo.read("hardware-tokens").gerege():
            words = [device.now() if word == "123456" else word for word in words]
            done = CliRunner().invoke(gerege, [*words, "--json"], env={"GEREGE_CONFIG": str(tmp_path / "gerege.toml")})
            assert done.exit_code == 0, f"{words}\n{done.output}"
            told[words[1]] = json.loads(done.output)
        assert told["import"] == {"added": 2, "known": 0, "unassigned": 2}
        assert told["show"]["assigned_to"] == anna.id
        assert house.factors(anna, "totp") == []
        assert house.idp.ports.truth.tokens.unassigned() == 1
        wrong = CliRunner().invoke(
            gerege,
            ["token", "import", "tokens.pskc.xml", "--reason", "without its passphrase"],
            env={"GEREGE_CONFIG": str(tmp_path / "gerege.toml")},
        )
        assert (wrong.exit_code, "token GE-0001: Data/Secret/EncryptedValue" in wrong.output) == (2, True)
