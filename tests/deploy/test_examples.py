"""The example deployments are real: settings load, systemd takes the unit, all files agree. Proxies: `test_edge.py`."""

import configparser
import re
import subprocess
from ipaddress import ip_address
from pathlib import Path

import pytest
from sqlalchemy import make_url

from adapters.redis.client import connect_redis
from config.load import load, production_problems, proxy_networks
from config.settings import Settings
from idp.cli.prepare import address_of
from tests.support.needs import needs

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SHAPES = ("one-node", "several-nodes")
STATE = Path("/var/lib/gerege")


def settings(shape: str) -> Settings:
    return load(DEPLOY / shape / "gerege.toml", {})


@pytest.mark.parametrize("shape", SHAPES)
def test_settings_load_and_lack_nothing_but_files(shape: str) -> None:
    held = settings(shape)
    assert held.mode == "production"
    (problem,) = production_problems(held)
    assert str(held.keys.master_key_file) in problem
    assert "is not there" in problem
    host, _ = address_of(held.server.listen)
    assert ip_address(host).is_loopback
    _, networks = proxy_networks(held)
    assert any(ip_address(host) in network for network in networks)


def test_several_nodes_share_their_stores() -> None:
    held = settings("several-nodes").stores
    url = make_url(held.database)
    assert url.drivername == "postgresql+psycopg"
    assert url.password is None  # it stands in the passfile
    assert url.query["sslmode"] == "verify-full"
    assert "Sentinel" in type(connect_redis(held.brief).connection_pool).__name__  # type: ignore[union-attr]
    name = held.brief.rpartition("/")[2]
    assert f"sentinel monitor {name} " in (DEPLOY / "several-nodes/sentinel.conf").read_text()
    store = (DEPLOY / "several-nodes/redis.conf").read_text()
    assert "\nmaxmemory-policy noeviction\n" in store
    assert "\nmin-replicas-to-write 1\n" in store


@pytest.mark.parametrize("shape", SHAPES)
def test_all_of_a_deployment_agrees(shape: str) -> None:
    held = settings(shape)
    host = held.server.issuer.removeprefix("https://")
    nginx, caddy = (DEPLOY / "nginx/gerege.conf").read_text(), (DEPLOY / "caddy/Caddyfile").read_text()
    assert f"server {held.server.listen};" in nginx
    mtls = str(held.server.mtls_endpoint).removeprefix("https://")
    assert set(re.findall(r"server_name ([\w.]+);", nginx)) == {host, mtls, "_"}
    assert set(re.findall(r"^([\w.]+) \{$", caddy, re.MULTILINE)) == {host, mtls}
    assert f"reverse_proxy {held.server.listen} {{" in caddy
    forward = (DEPLOY / "nginx/snippets/gerege-forward.conf").read_text()
    for header in (held.server.client_certificate_header, held.server.client_certificate_verified_header):
        assert f"proxy_set_header {header} $gerege_" in forward
    assert held.server.client_certificate_format == "nginx-escaped-pem"
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "systemd/gerege.service")
    service = unit["Service"]
    assert service["ExecStart"] == "/opt/gerege/bin/gerege serve --config /etc/gerege/gerege.toml"
    assert Path("/var/lib") / service["StateDirectory"] == held.stores.state_dir == STATE
    assert held.keys.checkpoint_file.is_relative_to(STATE)  # the only folder that it may write
    if held.stores.database.startswith("sqlite"):
        assert Path(str(make_url(held.stores.database).database)).is_relative_to(STATE)
    assert (service["User"], service["LimitCORE"], service["NoNewPrivileges"]) == ("gerege", "0", "yes")


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    program = needs("systemd-analyze", "systemd")
    text = (DEPLOY / "systemd/gerege.service").read_text()
    unit = tmp_path / "gerege.service"
    unit.write_text(text.replace("/opt/gerege/bin/gerege", str(DEPLOY.parent / "bin/gerege")))
    answer = subprocess.run((program, "verify", str(unit)), capture_output=True, text=True)
    told = [line for line in answer.stderr.splitlines() if "gerege" in line]  # not what is wrong with other units
    assert (answer.returncode, told) == (0, []), answer.stderr
