"""The how-tos of OpenLDAP and Active Directory, line by line, on real servers."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.connectors.department_file import load_department
from adapters.connectors.ldap import LdapConnector
from idp.cli.__main__ import gerege
from idp.model import PasswordState
from idp.secret import Secret
from tests.docs.test_hardware_tokens import CONFIG
from tests.support.howto import HowTo
from tests.support.openldap import openldap
from tests.support.samba import samba, shared
from tests.support.vendor_ground import PASSWORD, Ground


def shell(command: str, **more: str) -> str:
    environment = {"PATH": os.environ["PATH"], **more}
    done = subprocess.run(["bash", "-euc", command], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def placed(page: str, ground: Ground, folder: Path, places: Mapping[str, str]) -> HowTo:
    """Its files in `folder`, its places those of the server."""
    (folder / "departments").mkdir()
    for there in (folder, folder / "departments"):
        shutil.copy(ground.ca_folder / "ca.pem", there / "moh-ca.pem")
        (there / "moh.password").write_text(ground.account_password)
        (there / "moh.password").chmod(0o600)
    howto = HowTo.read(page).at(places)
    (folder / "departments" / "moh.toml").write_text(howto.blocks("toml")[0], encoding="utf-8")
    return howto


def followed(howto: HowTo, folder: Path) -> LdapConnector:
    """`dept add` and `dept test`, then the connector of that very file."""
    config = folder / "gerege.toml"
    config.write_text(CONFIG.format(folder=folder))
    for words in howto.gerege():
        done = CliRunner().invoke(gerege, words, env={"GEREGE_CONFIG": str(config)})
        assert done.exit_code == 0, done.output
    found = load_department(folder / "departments" / "moh.toml").ldap
    assert found is not None
    return LdapConnector(found)


def opens(connector: LdapConnector, typed: str, groups: set[str]) -> None:
    entry = connector.find(typed)
    assert entry is not None and groups <= set(entry.groups)
    assert connector.verify_password(entry, Secret(PASSWORD)) == PasswordState()
    connector.close()


def test_openldap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slapd").mkdir()
    with openldap(tmp_path / "slapd") as ground:
        howto = placed("connect-openldap", ground, tmp_path, {"ldaps://ldap.moh.example": ground.ldaps_url})
        written = (tmp_path / "slapd" / "slapd.conf").read_text().splitlines()
        assert set(howto.blocks("conf")[0].splitlines()) <= set(written)
        assert "mail: alice@moh.example" in shell(howto.blocks("sh")[0])
        opens(followed(howto, tmp_path), "alice", {"clerks", "ministry"})


@pytest.mark.ci
def test_active_directory(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samba").mkdir()
    with samba(tmp_path / "samba", shared(tmp_path_factory.getbasetemp())) as ground:
        places = {"ldaps://dc1.moh.example": ground.ldaps_url}
        howto = placed("connect-active-directory", ground, tmp_path, places)
        make, look = howto.blocks("sh")
        server = f" -s {tmp_path / 'samba' / 'smb.conf'}"
        shell(make.rstrip() + server, ACCOUNT_PASSWORD="Reader-pass-1!")
        assert "userPrincipalName: alice@moh.example" in shell(look)
        opens(followed(howto, tmp_path), "MOH\\alice", {"clerks", "ministry", "primary"})
