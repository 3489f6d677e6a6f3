"""The example deployments are real: settings load, the proxies' files are accepted, and all of them agree."""

import configparser
import re
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
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
    assert set(re.findall(r"server_name (\S+);", nginx)) == {host}
    assert caddy.startswith(f"{host} {{")
    assert f"reverse_proxy {held.server.listen} {{" in caddy
    for text in (nginx, caddy):  # set, never appended
        assert re.search(r"X-Forwarded-For (\$remote_addr;|\{remote_host\})", text)
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


def test_nginx_accepts_its_file(tmp_path: Path) -> None:
    program = needs("nginx", "nginx")
    text = (DEPLOY / "nginx/gerege.conf").read_text()
    certificate(tmp_path)
    text = text.replace("/etc/ssl/gerege", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    places = "".join(f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi"))
    places += f"uwsgi_temp_path {tmp_path}/uwsgi; scgi_temp_path {tmp_path}/scgi;"
    whole = f"pid {tmp_path}/pid; error_log stderr;\nevents {{}}\nhttp {{ access_log off; {places}\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    answer = subprocess.run((program, "-t", "-c", str(tmp_path / "nginx.conf")), capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert "test is successful" in answer.stderr
    assert "[warn]" not in answer.stderr


def certificate(folder: Path) -> None:
    """A certificate that signs itself, in the names that the file asks for."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "id")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    signed = made.sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    plain = key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(plain)
