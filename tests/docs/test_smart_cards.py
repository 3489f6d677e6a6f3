"""The how-to of smart cards: its settings are settings, its proxy's lines are what the proxy is given."""

import tomllib
from pathlib import Path

from config.settings import Settings
from tests.support.howto import HowTo

NGINX = Path(__file__).resolve().parents[2] / "deploy" / "nginx" / "gerege.conf"


def test_the_settings_of_the_how_to() -> None:
    (text,) = HowTo.read("smart-cards").blocks("toml")
    found = Settings.model_validate(tomllib.loads(text))
    server, line = HowTo.read("smart-cards").blocks("nginx")
    assert found.certificates.mtls_url == "https://card.id.example.gov"
    assert "server_name card.id.example.gov;" in server
    assert "ssl_verify_client optional_no_ca;" in server
    assert line.strip().split()[1:] == ["$ssl_client_escaped_cert;"]
    assert "map $server_name $gerege_client_cert" in NGINX.read_text(encoding="utf-8")
    assert found.certificates.mapping == {"local": "san-email"}
